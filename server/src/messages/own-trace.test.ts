import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { notScreened, readOwnTrace } from "./own-trace.ts"

const above = [
  "Return-Path: <carla@far.test>",
  "Received: from mx.far.test ([192.0.2.1])",
  "\tby mx.near.test (Letterkeep) with ESMTP id 1;",
  "\tThu, 1 Jan 2026 00:00:00 +0000",
  "Authentication-Results: mx.near.test; spf=pass",
  "X-Letterkeep-Screening: junk;",
  "\tspf-fail (The sender's domain does not name that machine.);",
  "\todd (Odd.)",
  "",
].join("\r\n")
const message = "Received: from x\r\nX-Letterkeep-Screening: accept\r\nSubject: hello\r\n\r\nGood day\r\n"

test("reads back how much was written above a message, and the verdict", () => {
  assert.deepEqual(readOwnTrace(Buffer.from(above + message)), {
    traceBytes: above.length,
    screening: {
      kind: "junk",
      reasons: [
        { code: "spf-fail", sentence: "The sender's domain does not name that machine." },
        { code: "odd", sentence: "Odd." },
      ],
    },
  })
})

test("finds nothing above a message that was put here, or that others wrote such fields into", () => {
  const none = { traceBytes: 0, screening: notScreened }
  for (const bytes of [
    message,
    "",
    "Return-Path: <a@b.test>\r\nSubject: x\r\nX-Letterkeep-Screening: accept\r\n\r\n",
    `Subject: x\r\n${above}${message}`,
    `Return-Path: <a@b.test>\r\n\r\nX-Letterkeep-Screening: accept\r\n`,
  ])
    assert.deepEqual(readOwnTrace(Buffer.from(bytes)), none)
})

test("reads any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(above.length), (bytes, cut) => {
      const whole = Buffer.concat([Buffer.from(above.slice(0, cut)), bytes])
      assert.ok(readOwnTrace(whole).traceBytes <= whole.length)
    }),
  )
})
