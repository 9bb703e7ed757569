import assert from "node:assert/strict"
import { test } from "node:test"
import type { DnsTable } from "@letterkeep/dns"
import type { SeenSession } from "@letterkeep/tls-rpt"
import { selfSignedFor } from "../../ports/network/test-certificates.ts"
import { brief, farSide, mailTo, openTestHandOver } from "./open-test-hand-over.ts"

const own = selfSignedFor("mx.far.test")
const table: DnsTable = {
  "far.test": { mx: [{ preference: 10, exchange: "mx.far.test" }] },
  "mx.far.test": { a: ["127.0.0.1"] },
}
const enforced = {
  of: async () => ({
    policy: { mode: "enforce", mx: ["mx.far.test"], maxAge: 86_400 } as const,
    lines: ["mode: enforce"],
  }),
}

/** What is told of each session: the policy, how it went, and whether a report to the domain counts it. */
function telling() {
  const told: string[] = []
  const seen = ({ policy, outcome }: SeenSession, isForReport: boolean) => {
    told.push(`${policy.kind} ${outcome.kind} ${isForReport ? "counted" : "left out"}`)
  }
  return { told, seen }
}

test("a TLS report goes where the policy lets no other mail go, and tells nothing of its own way", async t => {
  const far = await farSide(t, { tls: own.context })
  const { told, seen } = telling()
  const { send } = await openTestHandOver(t, { table, port: far.port, parts: { policies: enforced, seen } })
  assert.equal(brief((await send(mailTo("bob@far.test")))[0]), "not-now unverified")
  assert.equal(brief((await send(mailTo("tls@far.test", { kind: "tls-report" })))[0]), "handed-over 250")
  assert.equal(far.mails.length, 1)
  assert.deepEqual(told, ["sts failed counted", "no-policy-found successful left out"])
})

test("a TLS report goes without TLS where there is none, and other mail does not follow it there", async t => {
  const far = await farSide(t)
  const { seen } = telling()
  const { send } = await openTestHandOver(t, { table, port: far.port, parts: { policies: enforced, seen } })
  assert.equal(brief((await send(mailTo("tls@far.test", { kind: "tls-report" })))[0]), "handed-over 250")
  assert.equal(brief((await send(mailTo("bob@far.test")))[0]), "not-now no-tls")
  assert.equal(far.mails.length, 1)
})

test("a report that comes under TLS by demand keeps to it", async t => {
  const far = await farSide(t)
  const { send } = await openTestHandOver(t, { table, port: far.port })
  const demanding = mailTo("tls@far.test", { kind: "tls-report", requireTls: true })
  assert.equal(brief((await send(demanding))[0]), "not-now no-tls")
})

test("what goes by a server of the operator's choice says nothing of the domain's own servers", async t => {
  const far = await farSide(t, { tls: own.context })
  const { told, seen } = telling()
  const transports = new Map([["far.test", { host: "127.0.0.1", port: far.port }]])
  const { send } = await openTestHandOver(t, {
    table,
    port: far.port,
    parts: { routes: { transports }, seen },
  })
  assert.equal(brief((await send(mailTo("bob@far.test")))[0]), "handed-over 250")
  assert.deepEqual(told, ["no-policy-found successful left out"])
})
