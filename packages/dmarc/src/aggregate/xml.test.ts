import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { escapeXml, readXml, type XmlElement, xmlDepthLimit, xmlElementLimit, xmlTextLimit } from "./xml.ts"

/** What lies under the root, or how it ended. */
function read(text: string): readonly XmlElement[] | string {
  const found: XmlElement[] = []
  const outcome = readXml(text, element => found.push(element) > 0)
  return outcome.kind === "read" ? found : outcome.kind === "malformed" ? outcome.why : outcome.kind
}
const leaf = (name: string, text: string): XmlElement => ({ name, text, children: [] })

for (const [text, expected] of [
  ["<r><a>1</a><b>2</b></r>", [leaf("a", "1"), leaf("b", "2")]],
  ["<r/>", []],
  ["<r></r>", []],
  ['\ufeff<?xml version="1.0"?>\n<!-- <a> -->\n<r>\n <a/> </r>\n<!-- x --> ', [leaf("a", "")]],
  ["<r><a>x<b>1</b>y</a></r>", [{ name: "a", text: "xy", children: [leaf("b", "1")] }]],
  ['<n:r xmlns:n="u"><n:a x="1 > 2" y=\'"\'>1</n:a ></n:r>', [leaf("a", "1")]],
  ["<r><a>&lt;&#65;&#x42;&amp;lt;&apos;&quot;&gt;</a></r>", [leaf("a", "<AB&lt;'\">")]],
  ["<r><a>&nbsp;&toString;&#0;&#xD800;.</a></r>", [leaf("a", "&nbsp;&toString;  .")]],
  ["<r><a><![CDATA[<b>&amp;]]]]><![CDATA[>]]></a></r>", [leaf("a", "<b>&amp;]]>")]],
  ["<r><a><!-- <b> -->1<?php > ?>2</a></r>", [leaf("a", "12")]],
  ["<r><ä>ü</ä></r>", [leaf("ä", "ü")]],
] as const)
  test(`reads ${JSON.stringify(text).slice(0, 70)}`, () => {
    assert.deepEqual(read(text), expected)
  })

for (const text of [
  "",
  "   ",
  "text",
  "<r>",
  "<r><a></r>",
  "<r></a></r>",
  "</r>",
  "<r></r><r></r>",
  "<r></r>text",
  "<r><a</r>",
  '<r a="></r>',
  "<r><1/></r>",
  "< r></r>",
  "<r><a></A></r>",
  "<r><!-- </r>",
  "<r><![CDATA[ </r>",
  "<![CDATA[x]]>",
  "<?xml <r></r>",
  "<!DOCTYPE r><r></r>",
  '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
  "<r><!ELEMENT x></r>",
])
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.equal(typeof read(text), "string")
  })

test("stops at its depth, its number of elements, its length of text and of names", () => {
  const nested = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth)
  assert.equal(typeof read(nested(xmlDepthLimit)), "object")
  assert.equal(read(nested(xmlDepthLimit + 1)), "Its elements lie too deep.")
  assert.equal(read("<a>".repeat(1_000_000)), "Its elements lie too deep.")
  assert.equal(
    read(`<r><a>${"<b/>".repeat(xmlElementLimit)}</a></r>`),
    "One of its parts has too many elements.",
  )
  assert.equal(
    (read(`<r>${"<a><b/></a>".repeat(xmlElementLimit)}</r>`) as readonly XmlElement[]).length,
    xmlElementLimit,
  )
  const [long] = read(`<r><a>${"x ".repeat(50_000)}</a></r>`) as readonly XmlElement[]
  assert.ok((long?.text.length ?? 0) <= xmlTextLimit)
  assert.equal(read(`<r><${"a".repeat(300)}/></r>`), "A tag cannot be read.")
})

test("ends where it is told to, and says where it could not go on", () => {
  assert.deepEqual(
    readXml("<r><a/><b/><", element => element.name !== "b"),
    { kind: "stopped" },
  )
  assert.deepEqual(
    readXml("<r><a/></x>", () => true),
    { kind: "malformed", at: 7, why: "An end fits no beginning." },
  )
})

test("never throws, takes no long time, and reads back what is escaped", () => {
  const piece = fc.constantFrom(
    "<",
    ">",
    "/",
    "a",
    "r",
    "=",
    '"',
    "'",
    "&",
    ";",
    "!",
    "[",
    "]",
    "-",
    "?",
    " ",
    "<a>",
    "</a>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => void read(pieces.join(""))),
    { numRuns: 2_000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 50 }), text => {
      assert.deepEqual(read(`<r><a>${escapeXml(text)}</a></r>`), [
        leaf("a", text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, " ").trim()),
      ])
    }),
  )
  assert.doesNotMatch(escapeXml("\0\ud800\u001f<&>]]>"), /[\0\ud800<]|\]\]>/u)
  const began = performance.now()
  for (const hostile of ["<", "&", "<!--", "</a", '<a b="', "<a ", "<![CDATA["])
    read(`<r>${hostile.repeat(100_000)}`)
  assert.ok(performance.now() - began < 5_000)
})
