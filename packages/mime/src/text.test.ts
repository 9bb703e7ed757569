import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { envelopeTextOf } from "./envelope.ts"
import { PREVIEW_LIMIT, SOURCE_FACTOR } from "./limits.ts"
import { scanMessage } from "./scan.ts"
import { stripHtml } from "./strip-html.ts"
import { attachmentNames, decodeText, previewOf, previewOfText, textOf } from "./text.ts"
import { decodeQuotedPrintable, decodeTransfer } from "./transfer.ts"

function mail(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.join("\r\n"), "utf8")
}

function text(...lines: readonly string[]): string {
  return textOf(scanMessage(mail(...lines)), 10_000)
}

/** Every octet as it must, or at least may, be written: letters plain, all others coded, soft breaks at 70. */
function encodeQuotedPrintable(octets: Buffer): Buffer {
  let line = ""
  let out = ""
  for (const octet of octets) {
    const char = String.fromCharCode(octet)
    line += /[a-z]/i.test(char) ? char : `=${octet.toString(16).toUpperCase().padStart(2, "0")}`
    if (line.length > 70) {
      out += `${line}=\r\n`
      line = ""
    }
  }
  return Buffer.from(out + line)
}

const BOTH = [
  "Content-Type: multipart/alternative; boundary=b",
  "",
  "--b",
  "Content-Type: text/html",
  "",
  "<p>html",
  "--b",
  "",
  "plain",
  "--b--",
]

test("of alternatives the plain part is the text, or the HTML where that is empty", () => {
  assert.equal(text(...BOTH), "plain")
  assert.equal(text(...BOTH.map(line => (line === "plain" ? " " : line))).trim(), "html")
})

test("takes parts in order, forwarded messages and text attachments among them, and no other", () => {
  const parts = [
    "one",
    "Content-Type: image/png\r\n\r\nno",
    "Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\ntwo",
    "three",
  ]
  const lines = parts.flatMap(part => ["--b", part.startsWith("Content") ? part : `\r\n${part}`])
  assert.equal(text("Content-Type: multipart/mixed; boundary=b", "", ...lines, "--b--"), "one\ntwo\nthree")
})

test("undoes encoding and charset, and falls back to windows-1252", () => {
  assert.equal(decodeText(Buffer.from("SsO2cmc="), "base64", "utf-8"), "Jörg")
  assert.equal(decodeText(Buffer.from("J=F6rg=\r\n!"), "quoted-printable", "iso-8859-1"), "Jörg!")
  assert.equal(decodeText(Buffer.from([0x4a, 0xf6, 0x80]), "8bit", "us-ascii"), "Jö€")
  assert.equal(decodeText(Buffer.from("Jörg"), "8bit", "us-ascii"), "Jörg")
  assert.equal(decodeText(Buffer.from("Jörg"), "8bit", "x-nobody-knows"), "Jörg")
  assert.equal(decodeText(Buffer.from("\ufeffJ"), "", "utf-8"), "J")
  assert.equal(decodeText(Buffer.from([0xff, 0x4a]), "", "utf-8"), "\ufffdJ")
})

test("stops at the limit without decoding the rest", () => {
  const lines = ["Content-Transfer-Encoding: base64", "", ...("YWJj".repeat(20_000).match(/.{76}/g) ?? [])]
  assert.equal(textOf(scanMessage(mail(...lines)), 30), "abc".repeat(10))
})

test("base64 and quoted-printable with a limit give the beginning of what they give without", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.nat(300),
      fc.constantFrom("base64", "quoted-printable"),
      (octets, limit, encoding) => {
        const plain = Buffer.from(octets)
        const lines = (plain.toString("base64").match(/.{1,76}/g) ?? []).join("\r\n")
        const encoded = encoding === "base64" ? Buffer.from(lines) : encodeQuotedPrintable(plain)
        assert.deepEqual(
          decodeTransfer(encoded, encoding).subarray(0, limit),
          decodeTransfer(encoded, encoding, limit),
        )
      },
    ),
  )
})

test("decodes quoted-printable that a careful sender encodes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), octets => {
      const plain = Buffer.from(octets)
      assert.deepEqual(decodeQuotedPrintable(encodeQuotedPrintable(plain)), plain)
    }),
  )
})

test("quoted-printable: soft breaks, white space at line ends, and what is no code", () => {
  const decode = (encoded: string) => decodeQuotedPrintable(Buffer.from(encoded)).toString()
  assert.equal(decode("a= \t\r\nb"), "ab")
  assert.equal(decode("a  \t\r\nb \n"), "a\r\nb\n")
  assert.equal(decode("a=3D=3d=zz=4"), "a===zz=4")
  assert.equal(decode("a ="), "a ")
  assert.equal(decode("a=20\r\n"), "a \r\n")
})

const HTML: readonly (readonly [html: string, meaning: string])[] = [
  ["<p>a</p><p>b</p>", "\na\n\nb\n"],
  ["a<br>b", "a\nb"],
  ["<b>a</b>b", "ab"],
  ["a&amp;b&#228;&#xe4;&euro;&unknown;&", "a&bää€&unknown;&"],
  ["&#0;&#xd800;&#1114112;&#x110000;", "&#0;&#xd800;&#1114112;&#x110000;"],
  ["<script>if (a < b) x()</script>c", "c"],
  ["<STYLE type='text/css'>p { }</Style >c", "c"],
  ["<script>never closed", ""],
  ["<!-- <p> -->a<!doctype html><?xml ?>b", "ab"],
  ["<a href=\"x>y\" title='>'>z</a>", "z"],
  ["1 < 2 and 3 > 2", "1 < 2 and 3 > 2"],
  ["a <b", "a <b"],
  ["<!-- open a", "<!-- open a"],
  ["<title/>t", "t"],
  ["don't <i class=a'b>x</i>", "don't x"],
]

test("strips HTML to its text", () => {
  for (const [html, meaning] of HTML) assert.equal(stripHtml(html), meaning, html)
})

test("any HTML gives text no longer than itself, and hostile ones take no longer than their length", () => {
  const piece = fc.constantFrom(
    "<",
    ">",
    "a",
    '"',
    "'",
    "=",
    "/",
    "!--",
    "--",
    "script",
    "&",
    "#",
    "x",
    ";",
    "1",
    " ",
    "<p ",
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }),
      pieces => stripHtml(pieces.join("")).length <= pieces.join("").length,
    ),
    { numRuns: 3_000 },
  )
  for (const bad of [
    "<a",
    "<a ",
    "<!--",
    "<script>",
    "<script></",
    "</script",
    '<a b="',
    "&",
    "&#",
    "<?",
    "<<",
  ])
    stripHtml(bad.repeat(1 << 16))
})

test("a preview is one line of at most its limit, white space and invisible padding collapsed", () => {
  assert.equal(
    previewOf(scanMessage(mail("", " Hello,", "", "\tworld\u200c\u200c!  \u00a0 "))),
    "Hello, world!",
  )
  assert.equal([...previewOfText("😀".repeat(500))].length, PREVIEW_LIMIT)
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), source => {
      const preview = previewOfText(source)
      assert.ok(
        [...preview].length <= PREVIEW_LIMIT && preview.trim() === preview && !/\s\s|[\r\n]/.test(preview),
      )
      assert.ok(preview.isWellFormed())
    }),
  )
})

test("names attachments by disposition first, decoded, nested ones too", () => {
  const bytes = mail(
    "Content-Type: multipart/mixed; boundary=b",
    "",
    "--b",
    "Content-Type: application/pdf; name=no.pdf",
    "Content-Disposition: attachment; filename*=utf-8''%C3%BC.pdf",
    "",
    "--b",
    'Content-Type: image/png; name="=?utf-8?q?=C3=A4?="',
    "",
    "--b",
    "Content-Disposition: inline",
    "",
    "--b--",
  )
  assert.deepEqual(attachmentNames(scanMessage(bytes)), ["ü.pdf", "ä"])
})

test("the envelope's text: two To fields are one, of others the first counts, words stay encoded", () => {
  const bytes = mail(
    "Subject: =?utf-8?q?x?=",
    "\ty",
    "From: Jörg <a@b>",
    "To: c@d",
    "From: g@h",
    "Reply-To:",
    "to: e@f",
    "Message-ID:\t<1@x> ",
    "",
    "",
  )
  assert.deepEqual(envelopeTextOf(bytes, scanMessage(bytes).root.fields), {
    subject: "=?utf-8?q?x?=\ty",
    from: "Jörg <a@b>",
    "reply-to": "",
    to: "c@d, e@f",
    "message-id": "<1@x>",
  })
})

test("any bytes give values without a throw", () => {
  const piece = fc.constantFrom(
    ...[
      "From: ",
      "To: =?utf-8?b?",
      "?=",
      "Content-Type: text/html; charset=",
      "utf-16",
      "iso-2022-jp",
      "utf-7",
      "\r\n",
      "\r\n\r\n",
    ],
    ...[
      "Content-Transfer-Encoding: base64\r\n",
      "Content-Transfer-Encoding: quoted-printable\r\n",
      "=",
      "<",
      "&",
      "\u001b$B",
      "ÿ",
      "Date: 1",
    ],
  )
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, fc.string({ unit: "binary", maxLength: 5 })), { maxLength: 30 }),
      pieces => {
        const bytes = Buffer.from(pieces.join(""), "latin1")
        const scan = scanMessage(bytes)
        assert.ok([
          textOf(scan, 100),
          previewOf(scan),
          attachmentNames(scan),
          envelopeTextOf(bytes, scan.root.fields),
        ])
      },
    ),
    { numRuns: 2_000 },
  )
})

test("looks for text in no more of a message than the limit says, when there is none to find", () => {
  const limit = 100
  const blank = `--b\r\nContent-Type: text/html\r\n\r\n${"<p> ".repeat(200)}\r\n`
  const soft = `--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${"=\r\n".repeat(300)}`
  const textAfter = (part: string, count: number) =>
    textOf(
      scanMessage(
        Buffer.from(
          `Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(count)}--b\r\n\r\nfound\r\n--b--`,
        ),
      ),
      limit,
    ).trim()
  for (const part of [blank, soft]) {
    assert.equal(textAfter(part, 2), "found")
    assert.doesNotMatch(textAfter(part, 2 + (limit * SOURCE_FACTOR) / 300), /found/)
  }
})
