import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { isDeclaredCountry } from "./transfers.ts"

const code = fc.stringMatching(/^[A-Z]{2}$/)

test("takes the countries that are declared and no other", () => {
  fc.assert(
    fc.property(fc.uniqueArray(code), code, (countries, country) => {
      const where = { kind: "countries", countries, ground: "safeguards" } as const
      assert.equal(isDeclaredCountry(where, country), countries.includes(country))
    }),
  )
})

test("takes no country at all for what stays on the machine", () => {
  fc.assert(fc.property(code, country => !isDeclaredCountry({ kind: "this-machine" }, country)))
})

test("takes any country where the policy says anywhere, and nothing that is no country", () => {
  const where = { kind: "anywhere", why: "w", ground: "contract" } as const
  for (const country of ["DE", "US", "NZ"]) assert.ok(isDeclaredCountry(where, country), country)
  for (const word of ["", "de", "Germany", "EU1", " DE"]) assert.ok(!isDeclaredCountry(where, word), word)
})
