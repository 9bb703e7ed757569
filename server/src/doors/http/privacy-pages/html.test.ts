import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { html } from "./html.ts"

test("no value opens a tag, ends an attribute or makes an entity", () => {
  fc.assert(
    fc.property(fc.string(), value => {
      const { text } = html`<p title="${value}">${value}</p>`
      const parts = /^<p title="([^"<>]*)">([^<>"]*)<\/p>$/s.exec(text)
      assert.ok(parts !== null, text)
      for (const part of parts.slice(1)) assert.equal(plainText(part), value)
    }),
  )
})

test("writes what is HTML already as it is, and lists of it one after the other", () => {
  const items = ["a & b", "<c>"].map(one => html`<li>${one}</li>`)
  assert.equal(html`<ul>${items}</ul>${7}`.text, "<ul><li>a &amp; b</li><li>&lt;c&gt;</li></ul>7")
})

function plainText(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
  }
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, entity => signs[entity] ?? entity)
}
