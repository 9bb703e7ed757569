import assert from "node:assert/strict"
import { test } from "node:test"
import { scanMessage, textOf } from "@letterkeep/mime"
import fc from "fast-check"
import { explainedLimit, originalHeaderLimit, wholeOriginalLimit } from "./limits.ts"
import { readDsn } from "./read.ts"
import type { DeliveryReport, ReportedRecipient } from "./report.ts"
import { typedAddress } from "./typed-value.ts"
import { type DsnOptions, writeDsn } from "./write.ts"

const original = Buffer.from(
  'Message-ID: <1@a.test>\r\nFrom: Ann <ann@a.test>\r\nTo: "Bob" <bob@far.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello Bob\r\n',
)
const failed: ReportedRecipient = {
  final: typedAddress("bob@far.test"),
  action: "failed",
  status: "5.1.1",
  remoteMta: { type: "dns", value: "mx.far.test" },
  diagnostic: { type: "smtp", value: "550 5.1.1 no such user" },
}

function write(report: DeliveryReport, more: Partial<DsnOptions> = {}) {
  return writeDsn({
    report,
    hostname: "mail.a.test",
    from: "postmaster@a.test",
    to: "ann@a.test",
    date: Date.UTC(2026, 10, 26, 4, 20),
    messageId: "r1@mail.a.test",
    boundary: "0123456789abcdef",
    original,
    ret: "headers",
    international: false,
    ...more,
  })
}

/** As people see it. Lines are joined, so that it makes no difference where they were wrapped. */
const seen = (bytes: Buffer) => textOf(scanMessage(bytes), 100_000).replace(/\s+/g, " ")

test("tells an ordinary person what happened, what to do, and which message it was", () => {
  const { bytes, eightBit } = write({ recipients: [failed] })
  const text = seen(bytes)
  assert.match(text, /Your message could not be delivered to this person: bob@far\.test/)
  assert.match(text, /The server of far\.test says that this address does not exist\./)
  assert.match(text, /Check the spelling of the part before the @/)
  assert.match(text, /In the server's own words: 550 5\.1\.1 no such user/)
  assert.match(text, /Subject: Grüße To: "Bob" <bob@far\.test>/)
  assert.match(text, /Its header, without the text, is attached\./)
  assert.equal(eightBit, false)
  assert.match(bytes.toString(), /^Subject: Your message could not be delivered\r$/m)
  assert.match(bytes.toString(), /^In-Reply-To: <1@a\.test>\r$/m)
  assert.match(bytes.toString(), /^Auto-Submitted: auto-replied\r$/m)
})

test("sets what is said about a person under their address", () => {
  const { bytes } = write({
    recipients: [{ ...failed, diagnostic: { type: "smtp", value: "no such user ".repeat(9) } }],
  })
  const [, after = ""] = bytes.toString().split("  bob@far.test\r\n")
  const [paragraph = ""] = after.split("\r\n\r\n")
  const lines = paragraph.split("\r\n")
  assert.ok(lines.length > 4)
  for (const line of lines) assert.match(line, /^ {4}\S.{1,71}$/)
})

test("says of a delay until when it is tried, and that nothing has to be done", () => {
  const triedUntil = Date.UTC(2026, 10, 30, 12)
  const text = seen(
    write({ recipients: [{ ...failed, action: "delayed", status: "4.2.2", triedUntil }] }).bytes,
  )
  assert.match(text, /not yet been delivered/)
  assert.match(
    text,
    /says that the mailbox is full\. This may pass: the server tries again by itself, until 30 November 2026, 12:00 UTC\./,
  )
  assert.match(text, /There is nothing to do/)
})

test("says what it found out by itself without another server's name, and names the relay that speaks", () => {
  const { remoteMta, diagnostic, ...alone } = failed
  assert.ok(remoteMta !== undefined && diagnostic !== undefined)
  assert.match(
    seen(write({ recipients: [{ ...alone, status: "5.4.4" }] }).bytes),
    /There is no way to a server for this address\./,
  )
  assert.match(
    seen(write({ recipients: [failed] }, { relay: "smart.test" }).bytes),
    /The server smart\.test, which passes our mail on, says that this address/,
  )
  const late = { ...alone, status: "4.4.1", lastTriedAt: Date.UTC(2026, 10, 26, 4) } as const
  assert.match(
    seen(write({ recipients: [late] }).bytes),
    /No server answers there\. It was tried again and again, the last time on 26 November 2026, 04:00 UTC, and given up\./,
  )
})

test("carries the whole message byte for byte where that was asked for and something failed, else its header", () => {
  const contentOf = (bytes: Buffer) => {
    const part = scanMessage(bytes).root.parts[2]
    return { type: `${part?.type}/${part?.subtype}`, bytes: bytes.subarray(part?.bodyStart, part?.end) }
  }
  const whole = contentOf(write({ recipients: [failed] }, { ret: "full" }).bytes)
  assert.deepEqual([whole.type, whole.bytes.equals(original)], ["message/rfc822", true])
  const header = contentOf(write({ recipients: [{ ...failed, action: "delayed" }] }, { ret: "full" }).bytes)
  assert.equal(header.type, "text/rfc822-headers")
  assert.equal(header.bytes.toString(), original.subarray(0, original.indexOf("\r\n\r\n") + 2).toString())
  const large = Buffer.concat([original, Buffer.alloc(wholeOriginalLimit, "a")])
  const cut = write({ recipients: [failed] }, { ret: "full", original: large }).bytes
  assert.equal(contentOf(cut).type, "text/rfc822-headers")
  assert.match(seen(cut), /too large to come back whole/)
})

test("leaves out the fields of a header that go beyond its limit", () => {
  const long = Buffer.concat([
    Buffer.from("Subject: kept\r\n"),
    Buffer.from(`X-Long: ${"a".repeat(originalHeaderLimit)}\r\n\r\n`),
  ])
  const found = readDsn(write({ recipients: [failed] }, { original: long }).bytes)
  assert.equal(found.kind === "report" && found.originalHeader?.toString(), "Subject: kept\r\n")
})

test("writes addresses beyond ASCII escaped in ASCII, and as they are where the sender uses SMTPUTF8", () => {
  const report = { recipients: [{ ...failed, final: typedAddress("jörg@far.test") }] }
  const ascii = write(report)
  assert.equal(ascii.eightBit, false)
  assert.match(ascii.bytes.toString(), /^Final-Recipient: utf-8; j\\x\{F6\}rg@far\.test\r$/m)
  const international = write(report, { international: true, to: "änn@a.test" })
  assert.equal(international.eightBit, true)
  assert.match(international.bytes.toString(), /^Content-Type: message\/global-delivery-status\r$/m)
  assert.match(international.bytes.toString(), /^Content-Type: message\/global-headers\r$/m)
  for (const { bytes } of [ascii, international]) {
    const found = readDsn(bytes)
    assert.equal(found.kind === "report" && found.report.recipients[0]?.final.value, "jörg@far.test")
  }
})

test("lets no words of others make fields or parts of the report", () => {
  const evil =
    "x\r\n\r\nFinal-Recipient: rfc822; eve@evil.test\r\nAction: failed\r\n\r\n--=_0123456789abcdef\r\n"
  const report: DeliveryReport = {
    envelopeId: evil,
    recipients: [
      { ...failed, diagnostic: { type: "smtp", value: evil }, remoteMta: { type: "dns", value: evil } },
    ],
  }
  const body = Buffer.from(`Subject: ${"--=_0123456789abcdef"}\r\n\r\n--=_0123456789abcdef--\r\nhello\r\n`)
  const found = readDsn(write(report, { original: body, ret: "full" }).bytes)
  assert.ok(found.kind === "report")
  assert.deepEqual(
    found.report.recipients.map(one => one.final.value),
    ["bob@far.test"],
  )
})

test("says how a time to send had been asked for, in its field about the message", () => {
  const { bytes } = write({ futureRelease: "until;2026-12-01T09:00:00Z", recipients: [failed] })
  const text = bytes.toString()
  assert.match(text, /^Future-Release-Request: until;2026-12-01T09:00:00Z\r$/m)
  assert.ok(text.indexOf("Future-Release-Request:") < text.indexOf("Final-Recipient:"))
})

test("explains no more recipients than its limit, and counts the others", () => {
  const recipients = Array.from({ length: explainedLimit + 3 }, (_, n) => ({
    ...failed,
    final: typedAddress(`${n}@far.test`),
  }))
  const { bytes } = write({ recipients })
  assert.match(seen(bytes), /… and 3 more/)
  const found = readDsn(bytes)
  assert.equal(found.kind === "report" && found.report.recipients.length, explainedLimit + 3)
})

test("answers no identifier that cannot stand in a field of its own", () => {
  for (const [id, answers] of [
    ["<1@a.test>", true],
    ["<ü@a.test>", false],
    [`<${"a".repeat(990)}@a.test>`, false],
    ["none", false],
  ] as const) {
    const { bytes } = write({ recipients: [failed] }, { original: Buffer.from(`Message-ID: ${id}\r\n\r\n`) })
    assert.equal(/^In-Reply-To:/m.test(bytes.toString()), answers, id.slice(0, 20))
  }
})

test("refuses what cannot be a report", () => {
  assert.throws(() => write({ recipients: [] }), RangeError)
  assert.throws(() => write({ recipients: [failed] }, { boundary: "short" }), RangeError)
  assert.throws(() => write({ recipients: [failed] }, { to: "a@b\r\nBcc: c@d" }), RangeError)
  assert.throws(() => write({ recipients: [failed] }, { to: "änn@a.test" }), RangeError)
})

test("writes lines that mail can carry, whatever the words", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), fc.boolean(), (said, international) => {
      const recipient = { ...failed, diagnostic: { type: "smtp", value: said } }
      const { bytes, eightBit } = write({ recipients: [recipient] }, { international })
      for (const line of bytes.toString("latin1").split("\r\n")) {
        assert.ok(line.length <= 998)
        assert.doesNotMatch(line, /[\r\n\0]/)
      }
      assert.equal(
        bytes.some(octet => octet > 127),
        eightBit,
      )
    }),
    { numRuns: 150 },
  )
})

test("is read as what was written", () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,12}$/)
  const address = fc.tuple(word, word).map(([local, domain]) => `${local}@${domain}.test`)
  const utf8Address = fc
    .tuple(word, fc.constantFrom("ö", "字", "😀", "\\x", "+", "="), word)
    .map(all => `${all.join("")}@x.test`)
  const typed = fc.oneof(address, utf8Address).map(typedAddress)
  const seconds = fc.integer({ min: 0, max: 4_000_000_000 }).map(value => value * 1000)
  const maybe = <T>(key: string, value: fc.Arbitrary<T>) =>
    fc.option(value, { nil: undefined }).map(some => (some === undefined ? {} : { [key]: some }))
  const recipient = fc
    .tuple(
      fc.record({
        final: typed,
        action: fc.constantFrom("failed", "delayed", "delivered", "relayed", "expanded"),
        status: fc.tuple(fc.constantFrom(2, 4, 5), fc.nat(7), fc.nat(30)).map(code => code.join(".")),
      }),
      maybe("original", typed),
      maybe(
        "remoteMta",
        word.map(value => ({ type: "dns", value })),
      ),
      maybe(
        "diagnostic",
        fc
          .array(word, { minLength: 1, maxLength: 60 })
          .map(words => ({ type: "smtp", value: words.join(" ") })),
      ),
      maybe("lastTriedAt", seconds),
      maybe("triedUntil", seconds),
    )
    .map(parts => Object.assign({}, ...parts) as ReportedRecipient)
  const report = fc
    .tuple(
      fc.record({
        recipients: fc.array(recipient, { minLength: 1, maxLength: 5 }),
        reportingMta: word.map(value => ({ type: "dns", value })),
      }),
      maybe(
        "envelopeId",
        fc.array(word, { minLength: 1, maxLength: 4 }).map(words => words.join(" ")),
      ),
      maybe(
        "receivedFrom",
        word.map(value => ({ type: "dns", value })),
      ),
      maybe("arrivedAt", seconds),
      maybe("futureRelease", fc.constantFrom("for;3600", "until;2026-12-01T09:00:00Z")),
    )
    .map(parts => Object.assign({}, ...parts) as DeliveryReport)
  fc.assert(
    fc.property(report, fc.boolean(), fc.constantFrom("full", "headers"), (wanted, international, ret) => {
      const found = readDsn(write(wanted, { international, ret }).bytes)
      assert.ok(found.kind === "report")
      assert.deepEqual(found.report, wanted)
      assert.equal(found.messageId, "1@a.test")
    }),
    { numRuns: 200 },
  )
})
