import assert from "node:assert/strict"
import { test } from "node:test"
import { mailDate } from "@letterkeep/dsn"
import { ipAddress, mailAddress, peerWord } from "../privacy/index.ts"
import { withPermit } from "../privacy/test-privacy.ts"
import type { AccountId } from "../store/ids.ts"
import type { Envelope } from "./envelope.ts"
import { received, returnPath, screeningField } from "./trace-fields.ts"

const receivedOf = (one: Envelope, hostname: string, id: string, now: number): string =>
  withPermit(permit => received(one, hostname, id, now, permit))

const envelope: Envelope = {
  source: { ip: ipAddress("2001:db8::1"), port: 25 },
  helo: peerWord("mx.far.test"),
  protocol: "ESMTPS",
  tls: { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" },
  reversePath: mailAddress("a@far.test"),
  recipients: [{ accountId: 1 as AccountId, address: mailAddress("b@near.test") }],
  smtputf8: false,
  body: "7BIT",
  requireTls: false,
}

test("names source, protocol, TLS, the only recipient and the time", () => {
  assert.equal(
    receivedOf(envelope, "mail.near.test", "abc", Date.UTC(2026, 10, 3, 4, 5, 6)),
    "Received: from mx.far.test ([IPv6:2001:db8::1])\r\n" +
      "\tby mail.near.test (Letterkeep) with ESMTPS id abc\r\n" +
      "\t(TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n" +
      "\tfor <b@near.test>;\r\n" +
      "\tTue, 3 Nov 2026 04:05:06 +0000\r\n",
  )
})

test("does not tell one recipient of another", () => {
  const [first] = envelope.recipients
  assert.ok(first)
  const two = { ...envelope, recipients: [first, { ...first, address: mailAddress("c@near.test") }] }
  assert.doesNotMatch(receivedOf(two, "mail.near.test", "abc", 0), /near\.test>/)
})

test("lets no value of the peer begin a field of its own", () => {
  const evil = { ...envelope, helo: peerWord("x\r\nBcc: y"), reversePath: mailAddress("a\r\nX: b@far.test") }
  assert.equal(receivedOf(evil, "h", "i", 0).split("\r\n")[0], "Received: from xBcc: y ([IPv6:2001:db8::1])")
  const path = withPermit(permit => returnPath(evil, permit))
  assert.equal(path, "Return-Path: <aX: b@far.test>\r\n")
  assert.equal(
    screeningField("junk", [{ code: "spf-fail", sentence: "a (b)\r\nc" }]),
    "X-Letterkeep-Screening: junk;\r\n\tspf-fail (a  b c)\r\n",
  )
})

test("writes dates as RFC 5322 has them", () => {
  assert.equal(mailDate(0), "Thu, 1 Jan 1970 00:00:00 +0000")
})
