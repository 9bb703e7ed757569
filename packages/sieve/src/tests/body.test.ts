// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import { holds } from "../../fixtures/running.ts"

const message = [
  "Subject: parts",
  "Content-Type: multipart/mixed; boundary=outer",
  "",
  "the prologue",
  "--outer",
  "Content-Type: multipart/alternative; boundary=inner",
  "",
  "--inner",
  "Content-Type: text/plain; charset=iso-8859-1",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "plain caf=E9 and a soft=",
  "ened line",
  "--inner",
  "Content-Type: text/html",
  "",
  "<p>rich <b>text</b> &amp; more</p>",
  "--inner--",
  "--outer",
  "Content-Type: application/pdf",
  "Content-Transfer-Encoding: base64",
  "",
  "JVBERiBwb3J0YWJsZQ==",
  "--outer",
  "Content-Type: message/rfc822",
  "",
  "Subject: attached",
  "",
  "words inside",
  "--outer--",
  "the epilogue",
  "",
].join("\n")

for (const [line, expected] of [
  ['body :contains "café and a softened"', true],
  ['body :text :contains "RICH TEXT & MORE"', true],
  ['body :text :contains "<b>"', false],
  ['body :text :contains "words inside"', true],
  ['body :text :contains "portable"', false],
  ['body :text :contains "the prologue"', false],
  ['body :raw :contains "caf=E9"', true],
  ['body :raw :contains "--outer"', true],
  ['body :raw :contains "Subject: parts"', false],
  ['body :content "text/plain" :contains "café"', true],
  ['body :content "text/html" :contains "<b>"', true],
  ['body :content "TEXT" :contains "words inside"', true],
  ['body :content "application" :contains "portable"', true],
  ['body :content ["application/pdf", "text/x"] :is "%PDF portable"', true],
  ['body :content "" :contains "portable"', true],
  ['body :content "text/" :contains ""', false],
  ['body :content "/plain" :contains ""', false],
  ['body :content "text/plain/x" :contains ""', false],
  ['body :content "multipart" :contains "the prologue"', true],
  ['body :content "multipart" :is "the prologue"', true],
  ['body :content "multipart" :is "the epilogue\n"', true],
  ['body :content "multipart" :is ""', true],
  ['body :content "multipart" :contains "outer"', false],
  ['body :content "message/rfc822" :is "Subject: attached\n"', true],
  ['body :content "text" :count "eq" "3"', true],
  ['body :matches "*words*"', true],
] as const) {
  test(`${line} is ${expected}`, async () => assert.equal(await holds(line, { message }), expected))
}

test("a message of a header alone has no body, one with an empty line an empty one", async () => {
  for (const line of ['body :raw :contains ""', 'body :is ""', 'body :content "" :matches "*"']) {
    assert.equal(await holds(line, { message: "Subject: x\n" }), false)
    assert.equal(await holds(line, { message: "Subject: x\n\n" }), true)
  }
})

test("a test of the body leaves the match variables alone", async () => {
  const before = 'if header :matches "subject" "*r*" { }'
  assert.equal(await holds('allof (body :matches "*words*", string "${1}" "pa")', { message }, before), true)
})

test("looks at no more parts and octets than its limits", async () => {
  assert.equal(await holds('body :contains "words inside"', { message, limits: { bodyParts: 4 } }), false)
  assert.equal(await holds('body :contains "words inside"', { message, limits: { bodyBytes: 30 } }), false)
  assert.equal(await holds('body :contains "plain"', { message, limits: { bodyBytes: 30 } }), true)
})
