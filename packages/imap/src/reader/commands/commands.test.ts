import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { hear } from "../../../fixtures/hear.ts"

type List = Readonly<Record<string, readonly (readonly [string, unknown])[]>>

const listOf = (name: string): List =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/${name}.json`, import.meta.url), "utf8")) as List

for (const [family, entries] of Object.entries(listOf("commands"))) {
  test(`reads each command of the list: ${family}`, () => {
    for (const [wire, command] of entries) {
      const expected = { kind: "command", tag: "a1", command }
      assert.deepEqual(hear([`a1 ${wire}\r\n`]).at(-1), expected, wire)
    }
  })

  test(`hears the same however the octets are cut: ${family}`, () => {
    for (const [wire] of entries) {
      const bytes = Buffer.from(`a1 ${wire}\r\na2 NOOP\r\n`, "latin1")
      const whole = hear([bytes])
      for (let at = 1; at < bytes.length; at += 1) {
        assert.deepEqual(hear([bytes.subarray(0, at), bytes.subarray(at)]), whole, `${wire}, cut at ${at}`)
      }
      assert.deepEqual(hear([...bytes].map(octet => Buffer.of(octet))), whole, wire)
    }
  })
}

for (const [family, entries] of Object.entries(listOf("faults"))) {
  test(`refuses each fault of the list in a sentence that says where: ${family}`, () => {
    for (const [wire, sentence] of entries) {
      const bytes = Buffer.from(`${wire}\r\n`, "latin1")
      const heard = hear([bytes]) as readonly { kind: string; tag?: string; code?: string; text: string }[]
      const last = heard.at(-1)
      assert.equal(last?.kind, "bad", wire)
      const said = `${last?.tag === undefined ? "* " : ""}${last?.code === undefined ? "" : `[${last.code}] `}${last?.text}`
      assert.equal(said.slice(0, String(sentence).length), sentence, wire)
      assert.match(last?.text ?? "", /^[\x20-\x7e]*$/, wire)
    }
  })
}

test("never repeats a word of LOGIN or AUTHENTICATE, nor of a LOGIN whose tag was forgotten", () => {
  for (const wire of [
    "a LOGIN bob secret more",
    'a LOGIN bob "secret',
    "a LOGIN bob secret\0",
    "a AUTHENTICATE PLAIN *secret*",
    "LOGIN secret x",
    "authenticate secret",
  ]) {
    assert.doesNotMatch(JSON.stringify(hear([`${wire}\r\n`])), /secret/, wire)
  }
})

test("repeats no more than forty octets of a client's words, none of them 8-bit", () => {
  const [heard] = hear([`a SEARCH SINCE ${"x".repeat(39)}\u00e9${"y".repeat(100)}\r\n`])
  assert.deepEqual(heard, {
    kind: "bad",
    tag: "a",
    text: `SEARCH: expected a date such as 1-Feb-2026 after SINCE, got ${"x".repeat(39)}?`,
  })
})
