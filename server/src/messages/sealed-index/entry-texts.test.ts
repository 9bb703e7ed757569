import assert from "node:assert/strict"
import { test } from "node:test"
import { addressText, decodeWords, foldText, mailboxesOf, parseAddressList } from "@letterkeep/mime"
import fc from "fast-check"
import { foldedField } from "./entry-texts.ts"

const atom = fc.stringMatching(/^[A-Za-z0-9.'_+-]{1,5}$/)
const between = fc.constantFrom(
  "",
  " ",
  "  ",
  ", ",
  ",",
  "@",
  "<",
  ">",
  " <",
  "> ",
  '"',
  "\\",
  "(x)",
  ";",
  ":",
  "é",
)
const odd = fc.array(fc.tuple(atom, between), { maxLength: 8 }).map(all => all.flat().join(""))
const address = fc.tuple(atom, atom).map(([local, domain]) => `${local}@${domain}`)
const named = fc.tuple(fc.array(atom, { minLength: 1, maxLength: 3 }), address)
const plain = fc.oneof(
  address,
  named.map(([words, one]) => `${words.join(" ")} <${one}>`),
)
const lists = fc.oneof(
  odd,
  fc.array(plain, { maxLength: 4 }).map(all => all.join(", ")),
  fc.tuple(plain, odd).map(all => all.join(",")),
)

test("names and addresses are in a list's text as programs show them, however the list is written", () => {
  let short = 0
  fc.assert(
    fc.property(lists, value => {
      const text = foldedField("to", value, true)
      assert.ok(text.startsWith(foldText(decodeWords(value))))
      for (const mailbox of mailboxesOf(parseAddressList(value)))
        for (const shown of [decodeWords(mailbox.name ?? ""), addressText(mailbox)])
          assert.ok(text.includes(foldText(shown)), `${JSON.stringify(value)} shows ${shown}`)
      if (!text.includes("\n")) short++
    }),
    { numRuns: 5_000 },
  )
  assert.ok(short > 500)
})

test("a list that stops being plain late is looked at once", () => {
  const long = "Anna Writer <anna@near.test>, ".repeat(1_000)
  const began = performance.now()
  foldedField("to", `${long}"`, true)
  foldedField("to", `${"a ".repeat(15_000)}"`, true)
  foldedField("to", `${"a@b".repeat(10_000)}<`, true)
  assert.ok(performance.now() - began < 1_000)
})
