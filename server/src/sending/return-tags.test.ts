import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { type AccountId, asId } from "../store/ids.ts"
import { createReturnTags } from "./return-tags.ts"

const anna = asId<AccountId>(7)
const ben = asId<AccountId>(8)
const tagsOf = (key: string) =>
  createReturnTags({
    serverHash: (purpose, value) => createHmac("sha256", key).update(`${purpose} ${value}`).digest(),
  })
const tags = tagsOf("ours")
const mails = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

test("an address with a tag leads back to the address and the message, whatever the case it comes in", () => {
  fc.assert(
    fc.property(mails, fc.boolean(), (mail, isFolded) => {
      const tagged = tags.tag("anna.n@near.test", anna, mail)
      assert.match(tagged, /^anna\.n\+b=[a-z2-7]{19}@near\.test$/)
      const read = tags.read(isFolded ? tagged.toUpperCase() : tagged)
      assert.equal(read?.plain.toLowerCase(), "anna.n@near.test")
      assert.equal(read?.mailOf(anna), mail)
    }),
  )
})

test("a tag is one account's and one server's, and no letter of it can be another", () => {
  fc.assert(
    fc.property(
      mails,
      fc.nat(18),
      fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz234567"),
      (mail, at, letter) => {
        const tagged = tags.tag("anna@near.test", anna, mail)
        assert.equal(tags.read(tagged)?.mailOf(ben), undefined)
        assert.equal(tagsOf("others").read(tagged)?.mailOf(anna), undefined)
        const place = "anna+b=".length + at
        const altered = tagged.slice(0, place) + letter + tagged.slice(place + 1)
        assert.equal(tags.read(altered)?.mailOf(anna), altered === tagged ? mail : undefined)
      },
    ),
  )
})

test("what has a tag of its own, is quoted, or would get too long stays as it is", () => {
  for (const address of [
    "anna+shop@near.test",
    '"anna n"@near.test',
    `${"a".repeat(43)}@near.test`,
    `${"ä".repeat(22)}@near.test`,
    "postmaster",
    "",
  ])
    assert.equal(tags.tag(address, anna, 5), address)
  assert.notEqual(tags.tag(`${"a".repeat(42)}@near.test`, anna, 5), `${"a".repeat(42)}@near.test`)
  const tagged = tags.tag("anna@near.test", anna, 5)
  assert.equal(tags.tag(tagged, anna, 6), tagged)
})

test("reads nothing into other addresses, whatever they are", () => {
  for (const address of [
    "",
    "anna@near.test",
    "anna+b=@near.test",
    "anna+b=aaaa@near.test",
    "+b=aaaaaaaaaaaaaaaaaaa@near.test",
    "anna+b=aaaaaaaaaaaaaaaaaa1@near.test",
  ])
    assert.equal(tags.read(address), undefined, address)
  fc.assert(fc.property(fc.string(), text => void tags.read(text)?.mailOf(anna)))
})
