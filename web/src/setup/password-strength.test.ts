import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { strengthOf } from "./password-strength.ts"

const levelOf = (password: string, ...ownWords: string[]) => strengthOf(password, ownWords).level

describe("the hint on a password", () => {
  test("calls what lists of passwords hold easy to guess, however long", () => {
    for (const password of [
      "password1234",
      "aaaaaaaaaaaaaaaa",
      "abcdefghijklmnop",
      "qwertyuiopasdfgh",
      "12345678901234567890",
      "iloveyouiloveyouiloveyou",
    ])
      assert.equal(levelOf(password), "weak", password)
  })

  test("gives nothing for the person's own words", () => {
    assert.equal(levelOf("margarethe-winterfeld-1990", "Margarethe", "winterfeld"), "weak")
    assert.notEqual(levelOf("margarethe-winterfeld-1990"), "weak")
  })

  test("rises with each word that is added", () => {
    const rising = [
      "blue river",
      "blue river stones lantern",
      "blue river stones lantern harvest",
      "blue river stones lantern harvest cobalt umbrella",
    ]
    assert.deepEqual(
      rising.map(password => levelOf(password)),
      ["weak", "fair", "good", "strong"],
    )
  })

  test("knows chance when it sees it", () => {
    assert.equal(levelOf("kq7Zv!wB2r#T9x$m"), "strong")
  })

  test("has a hint for letters of any script", () => {
    for (const password of ["", " ", "蓝色的河流石头灯笼收获", "🔑🔑🔑🔑", "ДождьНадРекойЗелёныйСад"])
      assert.ok(strengthOf(password, []).words.length > 0)
  })
})
