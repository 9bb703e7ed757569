import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { errorsOf } from "./person-rules.ts"

const good = { organisation: "", domain: "example.org", localPart: "anna", password: "twelve chars" }
const fields = (changed: Partial<typeof good>) => Object.keys(errorsOf({ ...good, ...changed }, 12))

describe("the form of the first person", () => {
  test("takes a plain entry, and one in another script", () => {
    assert.deepEqual(fields({}), [])
    assert.deepEqual(fields({ domain: "bücher.example", localPart: "jürgen" }), [])
    assert.deepEqual(fields({ domain: "xn--bcher-kva.example" }), [])
  })

  test("names every field that cannot be right", () => {
    assert.deepEqual(fields({ domain: "", localPart: "", password: "" }), ["domain", "localPart", "password"])
    for (const domain of [
      "example",
      "-a.example",
      "a..example",
      "a b.example",
      "anna@example.org",
      ".example",
      "example.",
    ])
      assert.deepEqual(fields({ domain }), ["domain"], domain)
    for (const localPart of ["anna@example.org", "anna berg"])
      assert.deepEqual(fields({ localPart }), ["localPart"])
  })

  test("counts characters, not the units that they are stored in", () => {
    assert.deepEqual(fields({ password: "🔑".repeat(11) }), ["password"])
    assert.deepEqual(fields({ password: "🔑".repeat(12) }), [])
    assert.match(errorsOf({ ...good, password: "eleven char" }, 12).password ?? "", /1 more character,/)
  })
})
