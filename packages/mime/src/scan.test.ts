import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { findDashLines, findDelimiters } from "./delimiters.ts"
import { findBodyStart, splitFields } from "./fields.ts"
import {
  COMPARISONS_LIMIT,
  DASH_LINES_LIMIT,
  DEPTH_LIMIT,
  FALSE_DELIMITERS_LIMIT,
  FIELDS_LIMIT,
  HEADER_BYTES_LIMIT,
  PARTS_LIMIT,
} from "./limits.ts"
import { countLineFeeds } from "./lines.ts"
import { octetsOf, type Part, partAt } from "./part.ts"
import { scanMessage } from "./scan.ts"

/** Lines joined by CRLF. */
function mail(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.join("\r\n"), "latin1")
}

/** The tree in one line: types and bodies of leaves. */
function shape(bytes: Buffer, part: Part): string {
  const type = `${part.type}/${part.subtype}`
  if (part.parts.length > 0) return `${type}(${part.parts.map(child => shape(bytes, child)).join(", ")})`
  return `${type}=${JSON.stringify(bytes.toString("latin1", part.bodyStart, part.end))}`
}

function shapeOf(bytes: Buffer): string {
  return shape(bytes, scanMessage(bytes).root)
}

const ALTERNATIVE = [
  "Content-Type: multipart/alternative; boundary=in",
  "",
  "--in",
  "",
  "a",
  "--in",
  "Content-Type: text/html",
  "",
  "<b>",
  "--in--",
]

test("a message without MIME is text/plain, 7bit, with its octets and lines", () => {
  const { root } = scanMessage(mail("Subject: x", "", "one", "two", ""))
  assert.deepEqual(
    [root.type, root.subtype, root.encoding, octetsOf(root), root.lines],
    ["text", "plain", "7bit", 10, 2],
  )
})

test("the line end before a delimiter belongs to it, preamble and epilogue to nobody", () => {
  const bytes = mail(
    "Content-Type: multipart/mixed; boundary=b",
    "",
    "pre",
    "--b",
    "",
    "one",
    "",
    "--b",
    "",
    "--b--",
    "epi",
  )
  assert.equal(shapeOf(bytes), 'multipart/mixed(text/plain="one\\r\\n", text/plain="")')
})

test("a multipart inside a multipart ends at the outer delimiter even when its own is missing", () => {
  const bytes = mail(
    "Content-Type: multipart/mixed; boundary=out",
    "",
    "--out",
    ...ALTERNATIVE.slice(0, -1),
    "--out",
    "",
    "last",
    "--out--",
  )
  assert.equal(
    shapeOf(bytes),
    'multipart/mixed(multipart/alternative(text/plain="a", text/html="<b>"), text/plain="last")',
  )
})

test("a boundary that begins like another one does not end its parts", () => {
  const bytes = mail(
    "Content-Type: multipart/mixed; boundary=b",
    "",
    "--b",
    "Content-Type: multipart/mixed; boundary=bb",
    "",
    "--bb",
    "",
    "inner",
    "--bb--",
    "--b",
    "",
    "outer",
    "--b--",
  )
  assert.equal(shapeOf(bytes), 'multipart/mixed(multipart/mixed(text/plain="inner"), text/plain="outer")')
})

test("white space behind a boundary is allowed, other text makes it a line of the part", () => {
  const bytes = mail(
    "Content-Type: multipart/mixed; boundary=b",
    "",
    "--b \t",
    "",
    "x",
    "--b x",
    "y",
    "--b-- ",
    "",
  )
  assert.equal(shapeOf(bytes), 'multipart/mixed(text/plain="x\\r\\n--b x\\r\\ny")')
})

test("message/rfc822 holds the message inside, with its own fields and lines", () => {
  const bytes = mail("Content-Type: message/rfc822", "", "Subject: in", "", "body", "")
  const { root } = scanMessage(bytes)
  assert.equal(shapeOf(bytes), 'message/rfc822(text/plain="body\\r\\n")')
  assert.deepEqual([root.lines, root.parts[0]?.fields[0]?.name, root.parts[0]?.lines], [3, "subject", 1])
})

test("an encoded message/rfc822 is octets: there is no message to describe", () => {
  const bytes = mail(
    "Content-Type: message/rfc822",
    "Content-Transfer-Encoding: base64",
    "",
    "U3ViamVjdDogaW4=",
  )
  assert.equal(shapeOf(bytes), 'application/octet-stream="U3ViamVjdDogaW4="')
})

test("in multipart/digest a part without a type is a message", () => {
  const bytes = mail(
    "Content-Type: multipart/digest; boundary=b",
    "",
    "--b",
    "",
    "Subject: 1",
    "",
    "x",
    "--b--",
  )
  assert.equal(shapeOf(bytes), 'multipart/digest(message/rfc822(text/plain="x"))')
})

test("a multipart without boundary or delimiter is plain text without parameters", () => {
  for (const type of ["multipart/mixed", "multipart/mixed; boundary=zz", 'multipart/mixed; boundary=""']) {
    const { root } = scanMessage(mail(`Content-Type: ${type}`, "", "--b", "", "x"))
    assert.deepEqual([root.type, root.subtype, root.parameters, root.parts.length], ["text", "plain", [], 0])
  }
})

test("reads the fields of RFC 2045 and its kin for each part", () => {
  const { root } = scanMessage(
    mail(
      'Content-Type: (c) Text/HTML ; charset="utf-8" (x); format=flowed',
      "Content-Disposition: attachment; filename=a.html",
      "Content-ID: <1@x>",
      "Content-Description: =?utf-8?q?x?=",
      " more",
      "Content-Transfer-Encoding: Quoted-Printable (yes)",
      "Content-Language: de, en",
      "Content-Location: http://a.example/",
      " b",
      "Content-MD5: Q2hlY2s=",
      "Content-Type: text/plain",
      "",
      "",
    ),
  )
  assert.deepEqual([root.type, root.subtype], ["text", "html"])
  assert.deepEqual(root.parameters, [
    { name: "charset", value: "utf-8" },
    { name: "format", value: "flowed" },
  ])
  assert.deepEqual(root.disposition, {
    type: "attachment",
    parameters: [{ name: "filename", value: "a.html" }],
  })
  assert.deepEqual(
    [root.id, root.description, root.encoding, root.languages, root.location, root.md5],
    ["<1@x>", "=?utf-8?q?x?= more", "quoted-printable", ["de", "en"], "http://a.example/b", "Q2hlY2s="],
  )
})

test("numbers parts as IMAP does", () => {
  const bytes = mail(
    "Content-Type: multipart/mixed; boundary=out",
    "",
    "--out",
    "",
    "one",
    "--out",
    "Content-Type: message/rfc822",
    "",
    ...ALTERNATIVE,
    "--out--",
  )
  const { root } = scanMessage(bytes)
  const at = (...path: readonly number[]) => {
    const part = partAt(root, path)
    return part === undefined ? undefined : shape(bytes, part)
  }
  assert.equal(at(1), 'text/plain="one"')
  assert.equal(at(2, 1), 'text/plain="a"')
  assert.equal(at(2, 2), 'text/html="<b>"')
  assert.deepEqual([at(3), at(2, 3), at(1, 1), at(0)], [undefined, undefined, undefined, undefined])
  const plain = scanMessage(mail("", "x")).root
  assert.equal(partAt(plain, [1]), plain)
  assert.equal(partAt(plain, [2]), undefined)
})

test("a message in a message whose inside is no multipart has its text at n.1", () => {
  const { root } = scanMessage(mail("Content-Type: message/rfc822", "", "Subject: in", "", "body"))
  assert.equal(partAt(root, [1])?.type, "message")
  assert.equal(partAt(root, [1, 1]), root.parts[0])
  assert.equal(partAt(root, [1, 1, 1]), undefined)
})

test("fields: folds, spaces before the colon, lines that are none, and the end of the header", () => {
  const bytes = Buffer.from(
    "From mbox line\r\nSubject : a\r\n\tb\r\nX:\nno colon\n: empty\nBad name: x\n\nbody: x\n",
  )
  const { fields } = splitFields(bytes, 0, findBodyStart(bytes, 0, bytes.length))
  assert.deepEqual(
    fields.map(field => [field.name, bytes.toString("latin1", field.valueStart, field.valueEnd)]),
    [
      ["", "From mbox line"],
      ["subject", " a\r\n\tb"],
      ["x", ""],
      ["", "no colon"],
      ["", ": empty"],
      ["", "Bad name: x"],
    ],
  )
})

test("names the limit that cut something off", () => {
  const cut = (bytes: Buffer) => scanMessage(bytes).truncated
  assert.deepEqual(cut(Buffer.from("a:b\r\n".repeat(FIELDS_LIMIT + 1))), ["fields"])
  assert.deepEqual(cut(Buffer.from(`a:${"b".repeat(HEADER_BYTES_LIMIT)}\r\n\r\n`)), ["header-bytes"])
  const head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
  const many = scanMessage(Buffer.from(`${head}${"--b\r\n\r\n".repeat(PARTS_LIMIT + 10)}--b--`))
  assert.deepEqual([many.truncated, many.root.parts.length], [["parts"], PARTS_LIMIT - 1])
  assert.deepEqual(cut(Buffer.from(head + "--bx\n".repeat(FALSE_DELIMITERS_LIMIT + 1))), ["false-delimiters"])
  assert.deepEqual(cut(Buffer.from(head.replace("=b", `=${"b".repeat(300)}`))), ["boundary-length"])
  const deep = scanMessage(Buffer.from("Content-Type: message/rfc822\r\n\r\n".repeat(DEPTH_LIMIT + 5)))
  assert.deepEqual(deep.truncated, ["depth"])
  let part = deep.root
  for (let depth = 0; depth < DEPTH_LIMIT; depth++) part = part.parts[0] ?? deep.root
  assert.deepEqual([part.type, part.parts.length], ["application", 0])
})

test("counts line feeds as a plain loop does, at any alignment", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(10, 13, 0x8a, 0x0b, 0x09, 0xff, 0), { maxLength: 3_000 }),
      fc.nat(9),
      (codes, skip) => {
        const bytes = Buffer.from(codes)
        const start = Math.min(skip, bytes.length)
        assert.equal(
          countLineFeeds(bytes, start, bytes.length),
          codes.slice(start).filter(code => code === 10).length,
        )
      },
    ),
  )
  assert.equal(countLineFeeds(Buffer.alloc(5_001, 10), 1, 5_000), 4_999)
})

const fragment = fc.constantFrom(
  "Content-Type: multipart/mixed; boundary=b\r\n",
  'Content-Type: multipart/digest; boundary="bb"\r\n',
  "Content-Type: message/rfc822\r\n",
  'content-type:text/html;charset="x\r\n',
  "Content-Type: a\r\n",
  "Content-Transfer-Encoding: base64\r\n",
  "Content-Disposition: attachment; filename*0*=utf-8''%E4; filename=(\r\n",
  "\r\n",
  "\n",
  "\r",
  "--b\r\n",
  "\r\n--b\r\n",
  "\n--b--\n",
  "--bb\r\n",
  "--bb--\r\n",
  " folded\r\n",
  "text",
  "From ",
  ":",
  "\u00e4\u0000",
)
const mutant = fc.array(
  fc.oneof({ weight: 9, arbitrary: fragment }, fc.string({ unit: "binary", maxLength: 9 })),
  { maxLength: 40 },
)

function check(bytes: Buffer, part: Part, start: number, end: number): void {
  assert.ok(
    start <= part.start && part.start <= part.bodyStart && part.bodyStart <= part.end && part.end <= end,
  )
  let at = part.start
  for (const field of part.fields) {
    assert.equal(field.start, at)
    assert.ok(
      field.start <= field.valueStart && field.valueStart <= field.valueEnd && field.valueEnd <= field.end,
    )
    assert.ok(field.end <= part.bodyStart)
    at = field.end
  }
  if (part.type === "multipart") assert.ok(part.parts.length > 0)
  else if (part.type === "message" && (part.subtype === "rfc822" || part.subtype === "global"))
    assert.equal(part.parts.length, 1)
  else assert.equal(part.parts.length, 0)
  let from = part.bodyStart
  for (const child of part.parts) {
    check(bytes, child, from, part.end)
    from = child.end
  }
}

test("any bytes give a tree whose spans are nested, ordered and inside of the message", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        mutant.map(pieces => Buffer.from(pieces.join(""), "latin1")),
        fc.uint8Array({ maxLength: 400 }).map(one => Buffer.from(one)),
      ),
      bytes => {
        check(bytes, scanMessage(bytes).root, 0, bytes.length)
      },
    ),
    { numRuns: 2_000 },
  )
})

test("bare LF and CRLF give the same tree", () => {
  const lines = fc.array(
    fragment.filter(one => one !== "\r"),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(lines, pieces => {
      const bare = pieces.join("").replaceAll("\r\n", "\n").replaceAll("\r", "")
      const crlf = bare.replaceAll("\n", "\r\n")
      const tree = (text: string) => shapeOf(Buffer.from(text, "latin1")).replaceAll("\\r\\n", "\\n")
      assert.equal(tree(bare), tree(crlf))
    }),
    { numRuns: 1_000 },
  )
})

test("the place of a message in a larger buffer does not matter", () => {
  fc.assert(
    fc.property(mutant, fc.nat(7), (pieces, shift) => {
      const bytes = Buffer.from(pieces.join(""), "latin1")
      const larger = Buffer.concat([Buffer.alloc(shift, "\n"), bytes, Buffer.from("\r\n--b\r\n")])
      assert.deepEqual(
        scanMessage(larger.subarray(shift, shift + bytes.length)).root,
        scanMessage(bytes).root,
      )
    }),
  )
})

test("hostile bytes cost no more than a few times an honest message of their size", () => {
  // Each was quadratic in some parser; a megabyte of one would then take minutes, not milliseconds.
  const head = "Content-Type: multipart/mixed; boundary=-\r\n\r\n"
  for (const bytes of [
    head + "-".repeat(1 << 20),
    head + "\n".repeat(1 << 20),
    head + "\n---".repeat(1 << 18),
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(1 << 14),
    `Content-Type: ${"(".repeat(1 << 17)}`,
    `Content-Type: a/b${";x".repeat(1 << 16)}`,
    "a".repeat(1 << 20),
  ])
    scanMessage(Buffer.from(bytes))
})

/** Multiparts in one another, the boundary of each `boundaryOf(depth)`, around `body`. */
function nested(depth: number, boundaryOf: (depth: number) => string, body: string): Buffer {
  const boundaries = Array.from({ length: depth }, (_, at) => boundaryOf(at))
  const heads = boundaries.map(one => `Content-Type: multipart/mixed; boundary=${one}\r\n\r\n--${one}\r\n`)
  return Buffer.from(`${heads.join("")}\r\n${body}`)
}

test("a body is searched for delimiters once, whatever the boundaries and their depth", () => {
  const bytes = nested(31, depth => "a".repeat(200 - depth), "a".repeat(1 << 16))
  const lines = findDashLines(bytes, 0)
  assert.equal(lines.lineFeeds.length, 31, "lines that are none cost nothing at any depth")
  let part = scanMessage(bytes).root
  for (let depth = 0; depth < 31; depth++) part = part.parts[0] ?? part
  assert.deepEqual([part.type, octetsOf(part)], ["text", 1 << 16])
})

test("lines that begin with dashes are compared no more often than the limit, by all multiparts together", () => {
  const bytes = nested(31, depth => `${"a".repeat(150)}${depth}`, `--${"a".repeat(150)}x\n`.repeat(60_000))
  const lines = findDashLines(bytes, 0)
  for (let depth = 0; depth < 31; depth++)
    findDelimiters(bytes, lines, `${"a".repeat(150)}${depth}`, 0, bytes.length, PARTS_LIMIT)
  assert.equal(lines.compared, COMPARISONS_LIMIT)
  assert.deepEqual(scanMessage(bytes).truncated, ["dash-lines"])
})

test("no more lines are remembered than the limit, and what lies before them is found", () => {
  const head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\n"
  const bytes = Buffer.from(`${head}${"--\n".repeat(DASH_LINES_LIMIT)}--b--`)
  assert.equal(findDashLines(bytes, 0).lineFeeds.length, DASH_LINES_LIMIT)
  const { root, truncated } = scanMessage(bytes)
  assert.deepEqual([truncated, root.parts.length, root.parts[1]?.end], [["dash-lines"], 2, bytes.length])
})

test("of many lines that begin with dashes only those of its own body concern a multipart", () => {
  const inner = "--in\r\nContent-Type: multipart/mixed; boundary=deep\r\n\r\n--deep\r\n\r\nx\r\n--deep--\r\n"
  const bytes = Buffer.from(
    `Content-Type: multipart/mixed; boundary=in\r\n\r\n${"--no\r\n".repeat(9_000)}${inner.repeat(50)}--in--`,
  )
  const { root, truncated } = scanMessage(bytes)
  assert.deepEqual([root.parts.length, truncated], [50, []])
  assert.ok(root.parts.every(part => part.parts.length === 1))
})
