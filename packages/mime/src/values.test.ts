import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type Address, addressText, mailboxesOf, parseAddressList } from "./addresses.ts"
import { parseDate } from "./date.ts"
import { ADDRESSES_LIMIT, MESSAGE_IDS_LIMIT } from "./limits.ts"
import { messageIds } from "./message-ids.ts"
import { parameterValue, parseContentType, parseDisposition } from "./parameters.ts"
import { decodeWords } from "./words.ts"

/** name|local@domain, groups as name[…]. */
function written(list: readonly Address[]): string {
  return list
    .map(one =>
      one.kind === "group"
        ? `${one.name}[${written(one.members)}]`
        : `${one.name === undefined ? "" : `${one.name}|`}${addressText(one)}`,
    )
    .join(" ; ")
}

const ADDRESS_LISTS: readonly (readonly [field: string, meaning: string])[] = [
  ["a@b", "a@b"],
  ["Ann <a@b>", "Ann|a@b"],
  ['"Doe, Jane" <jane@b>, Bob <bob@c>', "Doe, Jane|jane@b ; Bob|bob@c"],
  ['"a \\"quoted\\" name" <a@b>', 'a "quoted" name|a@b'],
  ["Joe Q. Public <j.q.p@b.c>", "Joe Q. Public|j.q.p@b.c"],
  ["a@b (Ann)", "Ann|a@b"],
  ["(x) a (y (z)) @ (w) b . c", "w|a@b.c"],
  ["g: a@b, Bob <c@d>;", "g[a@b ; Bob|c@d]"],
  ["undisclosed-recipients:;", "undisclosed-recipients[]"],
  ["A: a@b;, c@d, B:e@f", "A[a@b] ; c@d ; B[e@f]"],
  ["<@x,@y:a@b>", "a@b"],
  ['"a b"@c', "a b@c"],
  ['"a"."b"@c', "a.b@c"],
  ["a@[192.0.2.1]", "a@[192.0.2.1]"],
  ["a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]"],
  ["<a@b>", "a@b"],
  ["<>", ""],
  ["", ""],
  [", ,a@b,,", "a@b"],
  ["root", "root"],
  ["a@b; c@d", "a@b ; c@d"],
  ["<a@b, c@d", "a@b ; c@d"],
  ["Jörg <jörg@exämple.org>", "Jörg|jörg@exämple.org"],
  ["=?utf-8?q?J=C3=B6rg?= <j@x>", "=?utf-8?q?J=C3=B6rg?=|j@x"],
  ["a@b <a@b>", "a@b|a@b"],
  ['"unclosed <a@b>', "unclosed <a@b>"],
  ["Ann\r\n <a@b>,\r\n\tBob <c@d>", "Ann|a@b ; Bob|c@d"],
  ["first.last@b.c, (comment only)", "first.last@b.c"],
]

test("reads address lists, obsolete and broken ones among them", () => {
  for (const [field, meaning] of ADDRESS_LISTS) assert.equal(written(parseAddressList(field)), meaning, field)
})

test("keeps the source route apart", () => {
  const [mailbox] = mailboxesOf(parseAddressList("<@x,@y:a@b>"))
  assert.equal(mailbox?.route, "@x,@y")
})

test("a list has a bound", () => {
  assert.equal(parseAddressList("a@b,".repeat(ADDRESSES_LIMIT + 9)).length, ADDRESSES_LIMIT)
})

test("an address list is never refused, and hostile ones take no longer than their length", () => {
  const special = fc.constantFrom(
    "<",
    ">",
    "@",
    ",",
    ";",
    ":",
    '"',
    "(",
    ")",
    "\\",
    "[",
    "]",
    ".",
    " ",
    "a",
    "\r\n ",
    "ä",
  )
  fc.assert(
    fc.property(fc.array(special, { maxLength: 60 }), pieces => {
      for (const one of mailboxesOf(parseAddressList(pieces.join(""))))
        assert.ok(one.local !== "" || one.domain !== "" || one.name !== undefined)
    }),
    { numRuns: 3_000 },
  )
  for (const piece of ["<@,", "<@", "(", '"', "[", "a:", "<a@b,", "\\", "a@"])
    parseAddressList(piece.repeat(1 << 16))
})

test("a list written from values is read back", () => {
  const atom = fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z0-9]{1,4})?$/)
  const name = fc.option(fc.stringMatching(/^[A-Za-zäöü ,.:;<>@()"\\]{1,20}$/), { nil: undefined })
  const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`
  fc.assert(
    fc.property(fc.array(fc.tuple(name, atom, atom), { minLength: 1, maxLength: 5 }), people => {
      const field = people.map(
        ([who, local, domain]) => `${who === undefined ? "" : `${quoted(who)} `}<${local}@${domain}>`,
      )
      assert.deepEqual(
        mailboxesOf(parseAddressList(field.join(", "))).map(one => [one.name, one.local, one.domain]),
        people,
      )
    }),
  )
})

const WORDS: readonly (readonly [field: string, meaning: string])[] = [
  ["plain", "plain"],
  ["=?utf-8?Q?J=C3=B6rg?=", "Jörg"],
  ["=?UTF-8?b?SsO2cmc=?=", "Jörg"],
  ["=?iso-8859-1?q?a_b=FC?= c", "a bü c"],
  ["=?utf-8?q?a?= =?utf-8?q?b?=", "ab"],
  ["=?utf-8?q?a?=\r\n =?utf-8?b?Yg==?=", "ab"],
  ["=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"],
  ["=?iso-8859-1?q?=FC?= =?utf-8?q?=C3=BC?=", "üü"],
  ["=?utf-8*de?q?a?=", "a"],
  ["x =?utf-8?q?a?= y", "x a y"],
  ["=?no-such-charset?q?=C3=BC?=", "ü"],
  ["=?utf-8?x?a?=", "=?utf-8?x?a?="],
  ["=?utf-8?q?a", "=?utf-8?q?a"],
  ["=?", "=?"],
  ["=?a?=?b?q?c?=", "=?a?c"],
  ["=?koi8-r?B?8NLJ18XU?=", "Привет"],
  ["=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"],
]

test("decodes encoded words and leaves alone what is none", () => {
  for (const [field, meaning] of WORDS) assert.equal(decodeWords(field), meaning, field)
})

test("any text decodes without a throw, and text without =? is itself", () => {
  const piece = fc.constantFrom(
    "=?",
    "?=",
    "?q?",
    "?b?",
    "utf-8",
    "=",
    "_",
    "=FC",
    " ",
    "\r\n ",
    "a",
    "*",
    "?",
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      pieces => typeof decodeWords(pieces.join("")) === "string",
    ),
  )
  fc.assert(
    fc.property(
      fc.string().filter(text => !text.includes("=?")),
      text => decodeWords(text) === text,
    ),
  )
  decodeWords("=?a?q?".repeat(1 << 16))
})

const DATES: readonly (readonly [field: string, iso: string | undefined])[] = [
  ["Mon, 23 Nov 2026 04:36:16 +0000", "2026-11-23T04:36:16Z"],
  ["23 Nov 2026 04:36 +0130", "2026-11-23T03:06:00Z"],
  ["Mon, 23 Nov 2026 04:36:16 -0800 (PST (really))", "2026-11-23T12:36:16Z"],
  ["Mon,23 Nov 2026 04:36:16 EST", "2026-11-23T09:36:16Z"],
  ["23 Nov 26 04:36:16 GMT", "2026-11-23T04:36:16Z"],
  ["23 Nov 99 04:36:16 Z", "1999-11-23T04:36:16Z"],
  ["23 Nov 126 04:36:16 UT", "2026-11-23T04:36:16Z"],
  ["Mon Nov  3 04:36:16 2026", "2026-11-03T04:36:16Z"],
  ["23-Nov-2026 04:36:16 +0000", "2026-11-23T04:36:16Z"],
  ["31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00Z"],
  ["29 Feb 2024 00:00:00 -0000", "2024-02-29T00:00:00Z"],
  ["31 Feb 2024 00:00:00 +0000", undefined],
  ["23 Nov 2026", undefined],
  ["32 Nov 2026 00:00:00 +0000", undefined],
  ["23 Nov 2026 24:00:00 +0000", undefined],
  ["yesterday", undefined],
  ["", undefined],
]

test("reads dates as mail writes them", () => {
  for (const [field, iso] of DATES)
    assert.equal(parseDate(field)?.ms, iso === undefined ? undefined : Date.parse(iso), field)
})

test("tells the offset of a date", () => {
  assert.equal(parseDate("23 Nov 2026 04:36 -0330")?.offsetMinutes, -210)
})

test("reads back each date that RFC 5322 can write", () => {
  const range = {
    min: new Date("1970-01-01T00:00:00Z"),
    max: new Date("2199-12-31T00:00:00Z"),
    noInvalidDate: true,
  }
  fc.assert(
    fc.property(fc.date(range), date => {
      const seconds = Math.floor(date.getTime() / 1_000) * 1_000
      assert.equal(parseDate(date.toUTCString().replace("GMT", "+0000"))?.ms, seconds)
    }),
  )
  fc.assert(fc.property(fc.string({ maxLength: 60 }), text => !Number.isNaN(parseDate(text)?.ms ?? 0)))
})

test("finds message identifiers in brackets, folded, repeated, in prose, and bare", () => {
  assert.deepEqual(messageIds("<a@b>"), ["a@b"])
  assert.deepEqual(messageIds("<a@b> <c@d>\r\n\t<a@b>"), ["a@b", "c@d"])
  assert.deepEqual(messageIds("<a\r\n b@c>"), ["ab@c"])
  assert.deepEqual(messageIds('Your message of "Mon" <a@b> (x)'), ["a@b"])
  assert.deepEqual(messageIds("a@b c@d"), ["a@b", "c@d"])
  assert.deepEqual(messageIds("<<a@b>"), ["a@b"])
  assert.deepEqual(messageIds("<a@b"), [])
  assert.deepEqual(messageIds("no identifier at all"), [])
  assert.deepEqual(messageIds(`<${"x".repeat(2_000)}@y>`), [])
})

test("of a long list of references the root and the last ones stay", () => {
  const ids = messageIds(Array.from({ length: 500 }, (_, index) => `<${index}@x>`).join(" "))
  assert.deepEqual([ids.length, ids[0], ids[1], ids.at(-1)], [MESSAGE_IDS_LIMIT, "0@x", "401@x", "499@x"])
})

const NAMES: readonly (readonly [field: string, name: string | undefined])[] = [
  ["attachment; filename=a.txt", "a.txt"],
  ['attachment; filename="a b.txt"', "a b.txt"],
  ["attachment; filename=a b (1).txt", "a b (1).txt"],
  ["attachment; filename=a.txt (comment)", "a.txt"],
  ["attachment; filename*=utf-8''%e2%82%ac%20rates", "€ rates"],
  ["attachment; filename*=iso-8859-1'en'%A3", "£"],
  ["attachment; filename=plain; filename*=utf-8''better", "better"],
  ["attachment; filename*0=a; filename*1=b; filename*3=d", "ab"],
  ["attachment; filename*1*=%20b; filename*0*=utf-8''a%C3%BC; filename*2=c", "aü bc"],
  ['attachment; filename="=?utf-8?q?=C3=BC.txt?="', "ü.txt"],
  ['attachment;filename="a\\"b"', 'a"b'],
  ["attachment; filename", undefined],
  ["attachment; filename*x=1", undefined],
  ["attachment", undefined],
  ['attachment; x=";filename=no"; filename=yes', "yes"],
  ["attachment; filename*=utf-8''%zz%4", "%zz%4"],
]

test("reads parameters of RFC 2231, and the ways that senders write instead", () => {
  for (const [field, name] of NAMES)
    assert.equal(parameterValue(parseDisposition(field)?.parameters ?? [], "filename"), name, field)
})

test("a content type without type and subtype is none", () => {
  for (const field of ["", "text", "/plain", "text/", ";", "text plain", "(text/plain)"])
    assert.equal(parseContentType(field), undefined, field)
})
