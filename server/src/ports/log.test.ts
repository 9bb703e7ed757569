import assert from "node:assert/strict"
import { test } from "node:test"
import { createLog, recordingLog } from "./log.ts"
import type { EventName, FieldsOf } from "./log-events.ts"
import { failure, network, own, ref } from "./log-fields.ts"

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) }

test("writes an event as one JSON line with time, level and name", () => {
  const lines: string[] = []
  const log = createLog(line => lines.push(line), { clock, form: "json", level: "info" })
  log.event("receive.refused", { message: ref("9b2f-77"), why: "policy" })
  assert.deepEqual(lines, [
    '{"at":"2026-01-02T03:04:05.006Z","level":"info","event":"receive.refused","message":"9b2f-77","why":"policy"}\n',
  ])
})

test("writes a line for people where it is asked to", () => {
  const lines: string[] = []
  createLog(line => lines.push(line), { clock, form: "human", level: "debug" }).event("door.listening", {
    door: own("smtp"),
    address: own("127.0.0.1:2525"),
  })
  assert.deepEqual(lines, ["03:04:05.006 info  door.listening door=smtp address=127.0.0.1:2525\n"])
})

test("leaves out what is below the least level, and keeps abuse with warnings", () => {
  const lines: string[] = []
  const log = createLog(line => lines.push(line), { clock, form: "json", level: "warn" })
  log.event("smtp.connected", { door: "smtp", connection: 1, tls: false })
  log.event("people.sign-in-slowed", { source: network("192.0.2.9"), seconds: 3 })
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? "", /"source":"192\.0\.2\.0\/24"/)
})

test("writes no value that a cast smuggled past the types", () => {
  const log = recordingLog()
  const smuggled = { message: ref("1"), why: "from alice@example.com", subject: "hello" }
  log.event("receive.refused", smuggled as unknown as FieldsOf<"receive.refused">)
  assert.deepEqual(log.events, [{ name: "receive.refused", fields: { message: "1", why: "?" } }])
})

test("tells an error's kind, code and place, and never its message", () => {
  const inner = Object.assign(
    new Error("duplicate key (address)=(alice@example.com)\n    at alice (secret.ts:1:1)"),
    { code: "23505" },
  )
  class StoreError extends Error {
    override name = "StoreError"
  }
  const text = failure(new StoreError("could not add alice@example.com", { cause: inner }))
  assert.match(text, /^StoreError at .*log\.test\.ts:\d+:\d+\)? < Error\/23505 at /)
  assert.doesNotMatch(text, /alice|secret/)
  assert.equal(failure("alice@example.com"), "not an Error")
})

test("puts control characters of the operator's text out of the line", () => {
  assert.equal(own("a\nb\u001b[2J"), "a?b?[2J")
})

test("refuses a reference that could hold an address", () => {
  assert.throws(() => ref("alice@example.com"), TypeError)
})

test("cuts a source down to its network", () => {
  const table = [
    ["192.0.2.17", "192.0.2.0/24"],
    ["::ffff:192.0.2.17", "192.0.2.0/24"],
    ["2001:db8:1:2::3", "2001:db8:1::/48"],
    ["2001:DB8::3", "2001:db8:0::/48"],
    ["fe80::1%eth0", "fe80:0:0::/48"],
    ["::1", "0:0:0::/48"],
    ["::ffff:c000:211", "192.0.2.0/24"],
    ["999.1.1.1", "unknown"],
    ["1:2:3:4:5:6:7:8:9", "unknown"],
    ["a:b", "unknown"],
    ["alice", "unknown"],
    ["", "unknown"],
  ] as const
  for (const [ip, wanted] of table) assert.equal(network(ip), wanted)
})

test("has no event below level abuse that could hold a source", () => {
  const typed: EventName = "people.sign-in-refused"
  assert.equal(typed, "people.sign-in-refused")
  const lines: string[] = []
  const log = createLog(line => lines.push(line), { clock, form: "json", level: "debug" })
  // @ts-expect-error: a plain string is not a network, and not anything else that an event may hold
  log.event("people.sign-in-slowed", { source: "192.0.2.17", seconds: 1 })
  // @ts-expect-error: an event that is not in the table
  assert.throws(() => log.event("made.up", {}))
})
