import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { element, escapeXml, textOfOnly } from "./xml.ts"

test("writes any text so that it stays text, and reads it back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), text => {
      const written = element("a", text)
      assert.equal([...written.matchAll(/[<>]/g)].length, 4)
      assert.equal(textOfOnly("a", `<x>${written}</x>`), text.trim())
    }),
  )
  assert.equal(escapeXml(`<a b="c" d='e'>&`), "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;")
})

test("reads one element alone, with nothing but text in it", () => {
  for (const [xml, text] of [
    ["<a> x </a>", "x"],
    ["<a></a>", ""],
    ["<b/><a>x</a>", "x"],
    ["<a>x</a><a>y</a>", undefined],
    ["<a>x<b/></a>", undefined],
    ["<a><![CDATA[x]]></a>", undefined],
    ["<a>x", undefined],
    ["<a>x</b>", undefined],
    ["<a >x</a>", undefined],
    ["<a>&amp;&lt;&gt;&quot;&apos;</a>", `&<>"'`],
    ["<a>&amp;lt;</a>", "&lt;"],
    ["<a>&</a>", undefined],
    ["<a>&nbsp;</a>", undefined],
    ["<a>&#60;</a>", undefined],
    ["", undefined],
  ] as const)
    assert.equal(textOfOnly("a", xml), text, xml)
})
