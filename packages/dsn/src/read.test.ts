import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { exchange, exim, gmail, oldGmail, postfix } from "../fixtures/letters.ts"
import { readGroupLimit, readReportLimit, readValueLimit } from "./limits.ts"
import { readDsn } from "./read.ts"
import { readStatusPart } from "./read-status.ts"

const arrived = Date.UTC(2025, 10, 26, 4, 6, 40)

/** What is read, without the bytes of the header. */
function read(bytes: Buffer) {
  const found = readDsn(bytes)
  if (found.kind !== "report") return found
  return { form: found.form, report: found.report, messageId: found.messageId }
}

test("reads a report of Postfix: who failed, as whom the sender knew them, what was said, which message", () => {
  assert.deepEqual(read(postfix), {
    form: "delivery-status",
    messageId: "1@a.test",
    report: {
      envelopeId: "order 66",
      reportingMta: { type: "dns", value: "mx.far.test" },
      arrivedAt: arrived,
      recipients: [
        {
          original: { type: "rfc822", value: "bob@far.test" },
          final: { type: "rfc822", value: "bob@inner.far.test" },
          action: "failed",
          status: "5.1.1",
          remoteMta: { type: "dns", value: "inner.far.test" },
          diagnostic: {
            type: "smtp",
            value: "550 5.1.1 <bob@inner.far.test>: Recipient address rejected: User unknown",
          },
        },
      ],
    },
  })
})

test("reads a report of Gmail", () => {
  const found = read(gmail)
  assert.ok("report" in found)
  assert.equal(found.messageId, "1@a.test")
  assert.equal(found.report.arrivedAt, arrived + 8 * 3_600_000)
  const [bob] = found.report.recipients
  assert.deepEqual(
    [bob?.final.value, bob?.action, bob?.status, bob?.lastTriedAt],
    ["bob@far.test", "failed", "4.4.1", arrived + 8 * 3_600_000 + 1000],
  )
})

test("reads a report of Exchange, though a gateway encoded it", () => {
  const found = read(exchange)
  assert.ok("report" in found)
  assert.equal(found.messageId, "1@a.test")
  assert.deepEqual(found.report.receivedFrom, { type: "dns", value: "a.test" })
  assert.deepEqual(
    found.report.recipients.map(one => [one.final.value, one.status, one.diagnostic?.value]),
    [["bob@far.test", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"]],
  )
})

test("reads what Exim of old says in words, each address with its own code", () => {
  assert.deepEqual(read(exim), {
    form: "plain",
    messageId: "1@a.test",
    report: {
      recipients: [
        { final: { type: "rfc822", value: "bob@far.test" }, action: "failed", status: "5.2.1" },
        { final: { type: "rfc822", value: "eve@other.test" }, action: "failed", status: "5.0.0" },
      ],
    },
  })
})

test("reads what Gmail of old says in words, the code wherever it stands", () => {
  assert.deepEqual(read(oldGmail), {
    form: "plain",
    messageId: "1@a.test",
    report: {
      recipients: [{ final: { type: "rfc822", value: "bob@far.test" }, action: "failed", status: "5.1.1" }],
    },
  })
})

test("finds out which message it is about where no header came back", () => {
  const without = (letter: Buffer) => letter.toString().replace("Message-ID: <1@a.test>", "X-None: 1")
  const idOf = (text: string) => {
    const found = readDsn(Buffer.from(text))
    return found.kind === "report" ? found.messageId : found.kind
  }
  assert.equal(idOf(without(postfix)), undefined)
  assert.equal(idOf(`In-Reply-To: <2@a.test>\r\n${without(postfix)}`), "2@a.test")
  assert.equal(idOf(`In-Reply-To: <2@a.test>\r\n${without(gmail)}`), "1@a.test")
  assert.equal(idOf(`In-Reply-To: <2@a.test>\r\n${postfix.toString()}`), "1@a.test")
})

const status = (...lines: readonly string[]) => readStatusPart(Buffer.from(lines.join("\r\n"))).report

for (const [what, lines, expected] of [
  [
    "no group about the message",
    ["Final-Recipient: rfc822; b@f.test", "Action: failed", "Status: 5.1.1"],
    ["b@f.test failed 5.1.1"],
  ],
  [
    "the recipient in the group about the message",
    ["Reporting-MTA: dns; x", "Final-Recipient: rfc822; b@f.test", "Action: failed"],
    ["b@f.test failed 5.0.0"],
  ],
  [
    "two recipients without an empty line",
    [
      "Reporting-MTA: dns; x",
      "",
      "Final-Recipient: rfc822; b@f.test",
      "Action: failed",
      "Final-Recipient: rfc822; c@f.test",
      "Action: delayed",
    ],
    ["b@f.test failed 5.0.0", "c@f.test delayed 4.0.0"],
  ],
  [
    "several empty lines",
    [
      "",
      "",
      "Reporting-MTA: dns; x",
      "",
      "",
      "",
      "Final-Recipient: rfc822; b@f.test",
      "Action: relayed",
      "",
      "",
    ],
    ["b@f.test relayed 2.0.0"],
  ],
  [
    "no types, angle brackets",
    ["Final-Recipient: <b@f.test>", "Action: FAILED (permanently)", "Status: 5.7.1 (refused)"],
    ["b@f.test failed 5.7.1"],
  ],
  [
    "a code in the words alone",
    ["Final-Recipient: rfc822; b@f.test", "Action: failed", "Diagnostic-Code: smtp; 550-5.7.26 no"],
    ["b@f.test failed 5.7.26"],
  ],
  [
    "an address that is not ASCII, escaped",
    ["Final-Recipient: utf-8; b\\x{E9}a@f.test", "Action: failed"],
    ["béa@f.test failed 5.0.0"],
  ],
  [
    "a status that says nothing, and words that do",
    [
      "Final-Recipient: rfc822; b@f.test",
      "Action: failed",
      "Status: 5.0.0",
      "Diagnostic-Code: smtp; 550 5.1.1 no",
    ],
    ["b@f.test failed 5.1.1"],
  ],
  [
    "a status that says nothing, and words of another class",
    [
      "Final-Recipient: rfc822; b@f.test",
      "Action: failed",
      "Status: 5.0.0",
      "Diagnostic-Code: smtp; 450 4.2.2 no",
    ],
    ["b@f.test failed 5.0.0"],
  ],
  [
    "that the time is over",
    ["Final-Recipient: rfc822; b@f.test", "Action: expired", "Status: "],
    ["b@f.test failed 5.0.0"],
  ],
  [
    "the original recipient alone",
    ["Original-Recipient: rfc822; b@f.test", "Action: failed"],
    ["b@f.test failed 5.0.0"],
  ],
  [
    "both names of two recipients",
    [
      "Final-Recipient: rfc822; b@f.test",
      "Original-Recipient: rfc822; x@f.test",
      "Action: failed",
      "Original-Recipient: rfc822; y@f.test",
      "Final-Recipient: rfc822; c@f.test",
      "Action: failed",
    ],
    ["b@f.test failed 5.0.0", "c@f.test failed 5.0.0"],
  ],
  [
    "a status that is no code",
    ["Final-Recipient: rfc822; b@f.test", "Action: failed", "Status: 5.1.1.1"],
    ["b@f.test failed 5.0.0"],
  ],
  ["an unknown action", ["Final-Recipient: rfc822; b@f.test", "Action: deleted", "Status: 5.1.1"], []],
  ["no action", ["Final-Recipient: rfc822; b@f.test", "Status: 5.1.1"], []],
  ["no address", ["Final-Recipient: rfc822;", "Action: failed"], []],
] as const)
  test(`reads ${what}`, () => {
    assert.deepEqual(
      status(...lines).recipients.map(one => `${one.final.value} ${one.action} ${one.status}`),
      expected,
    )
  })

test("takes no letter for a report that is none", () => {
  const letter = (...lines: readonly string[]) => readDsn(Buffer.from(lines.join("\r\n"))).kind
  assert.equal(letter("Subject: Undelivered Mail Returned to Sender", "", "550 5.1.1 sorry"), "other")
  assert.equal(
    letter(
      "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
      "",
      "--b",
      "Content-Type: message/disposition-notification",
      "",
      "Final-Recipient: rfc822; b@f.test",
      "--b--",
    ),
    "other",
  )
  assert.equal(
    letter(
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
      "",
      "--b",
      "",
      "sorry",
      "--b--",
    ),
    "empty",
  )
  assert.equal(
    letter(
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
      "",
      "--b",
      "Content-Type: message/delivery-status",
      "",
      "Reporting-MTA: dns; x",
      "--b--",
    ),
    "empty",
  )
})

test("does not take a report inside of an attached message for one to us, but sees through a mantle of multiparts", () => {
  const forwarded = Buffer.concat([
    Buffer.from(
      "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n",
    ),
    postfix,
    Buffer.from("\r\n--o--\r\n"),
  ])
  assert.equal(readDsn(forwarded).kind, "other")
  const body = postfix.subarray(postfix.indexOf("Content-Type: multipart/report"))
  const mantled = Buffer.concat([
    Buffer.from("Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"),
    body,
    Buffer.from("\r\n--o--\r\n"),
  ])
  assert.equal(readDsn(mantled).kind, "report")
})

test("stops at its limits", () => {
  assert.equal(readDsn(Buffer.alloc(readReportLimit + 1, "a")).kind, "too-large")
  const many = Array.from(
    { length: readGroupLimit + 50 },
    (_, n) => `Final-Recipient: rfc822; ${n}@f.test\r\nAction: failed\r\n`,
  )
  assert.equal(readStatusPart(Buffer.from(many.join("\r\n"))).report.recipients.length, readGroupLimit)
  assert.ok(readStatusPart(Buffer.from(many.join(""))).report.recipients.length <= readGroupLimit)
  const long = status(
    "Final-Recipient: rfc822; b@f.test",
    "Action: failed",
    `Diagnostic-Code: smtp; ${"x".repeat(100_000)}`,
  )
  assert.ok((long.recipients[0]?.diagnostic?.value.length ?? 0) <= readValueLimit)
})

test("never throws, whatever the bytes, cut or altered anywhere", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), bytes => void readDsn(Buffer.from(bytes))))
  for (const letter of [postfix, gmail, exchange, exim, oldGmail]) {
    for (let cut = 0; cut < letter.length; cut += 7) readDsn(letter.subarray(0, cut))
    fc.assert(
      fc.property(fc.nat(letter.length - 1), fc.nat(255), (at, value) => {
        const altered = Buffer.from(letter)
        altered[at] = value
        readDsn(altered)
      }),
      { numRuns: 200 },
    )
  }
})
