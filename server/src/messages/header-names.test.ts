import assert from "node:assert/strict"
import { test } from "node:test"
import { scanMessage } from "@letterkeep/mime"
import fc from "fast-check"
import { prepareEntry, readEntry } from "./entry.ts"

const entryOf = (message: string) =>
  readEntry(prepareEntry(scanMessage(Buffer.from(message)))(0, { kind: "accept", reasons: [] }))

test("an entry knows the names of all header fields, well-known ones and others, each once", () => {
  const entry = entryOf(
    "From: a@b\r\nX-Own: 1\r\nRECEIVED: x\r\nReceived: y\r\nno field\r\nx-own:\r\n\r\nText",
  )
  assert.deepEqual([...entry.names].sort(), ["from", "received", "x-own"])
  assert.equal(entry.namesCut, false)
})

test("an entry says so when there are more names than it holds", () => {
  const many = Array.from({ length: 60 }, (_, at) => `X-Name-${at}: 1\r\n`).join("")
  const entry = entryOf(`${many}Comments: here\r\n\r\n`)
  assert.equal(entry.namesCut, true)
  assert.ok(entry.names.includes("comments") && entry.names.includes("x-name-0"))
  assert.equal(entryOf(`${"X".repeat(100)}: 1\r\n\r\n`).namesCut, true)
})

test("an entry says whether it holds all of the text", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60_000 }), fc.boolean(), (length, html) => {
      const text = "word ".repeat(length / 5)
      const body = html ? `<p>${text}</p>` : text
      const entry = entryOf(`Content-Type: text/${html ? "html" : "plain"}\r\n\r\n${body}`)
      assert.ok(entry.textCut || entry.text.trim() === text.trim())
      if (length < 30_000) assert.equal(entry.textCut, false)
    }),
  )
  const padded = `Content-Type: text/html\r\n\r\n${"<b></b>".repeat(60_000)}<p>end</p>`
  assert.equal(entryOf(padded).textCut, true)
})
