import assert from "node:assert/strict"
import { once } from "node:events"
import type { RequestListener } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { type TestContext, test } from "node:test"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import { maxAgeLimit, refreshAfter, retryFetchAfter } from "@letterkeep/mta-sts"
import type { SeenSession } from "@letterkeep/tls-rpt"
import { recordingLog } from "../../ports/log.ts"
import { EgressError, mintEgress } from "../../ports/network/egress.ts"
import { certificateFor, selfSignedFor, testRoots } from "../../ports/network/test-certificates.ts"
import { systemTimer } from "../../ports/timer.ts"
import type { KeptPolicies, KeptPolicy } from "./kept-policies.ts"
import { createPolicies, type PoliciesParts } from "./mta-sts-policies.ts"

const { signal } = new AbortController()
const day = 86_400_000

/** In place of the table. */
function inMemory(): KeptPolicies & { readonly rows: Map<string, KeptPolicy> } {
  const rows = new Map<string, KeptPolicy>()
  return {
    rows,
    find: async domain => rows.get(domain),
    keep: async (domain, policy) => void rows.set(domain, policy),
  }
}

/** A web server for the policies of far.test, and a DNS that a test can change. */
async function openTestPolicies(t: TestContext, more: Partial<PoliciesParts> = {}) {
  let file = "version: STSv1\nmode: enforce\nmx: mx.far.test\nmax_age: 604800\n"
  let status = 200
  let asked = 0
  const answer: RequestListener = (_, response) => {
    asked += 1
    response.writeHead(status, { "content-type": "text/plain" }).end(file)
  }
  const { made, pem } = certificateFor(["mta-sts.far.test"])
  const server = createServer({ key: made.key.export({ type: "pkcs8", format: "pem" }), cert: pem }, answer)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  let table: DnsTable = {}
  const say = (id: string | undefined): void => {
    table = {
      "mta-sts.far.test": { a: ["127.0.0.1"] },
      ...(id === undefined ? {} : { "_mta-sts.far.test": { txt: [`v=STSv1; id=${id};`] } }),
    }
  }
  say("1")
  let now = Date.now()
  const seen: SeenSession[] = []
  const policies = createPolicies({
    resolver: {
      txt: name => createTableResolver(table).txt(name),
      a: name => createTableResolver(table).a(name),
      aaaa: name => createTableResolver(table).aaaa(name),
    },
    egress: mintEgress("policy-host", async () => undefined),
    clock: { now: () => now },
    timer: systemTimer,
    kept: inMemory(),
    log: recordingLog(),
    seen: one => seen.push(one),
    roots: testRoots,
    port: (server.address() as AddressInfo).port, // it listens on TCP
    ...more,
  })
  t.after(async () => {
    await policies.close()
    server.closeAllConnections()
    server.close()
  })
  return {
    of: async () => (await policies.of("far.test", signal))?.policy.mode,
    policies,
    seen,
    say,
    results: () => seen.map(({ outcome }) => (outcome.kind === "failed" ? outcome.result : outcome.kind)),
    asked: () => asked,
    serve(next: { file?: string; status?: number }) {
      file = next.file ?? file
      status = next.status ?? 200
    },
    break: (name: string) => {
      table = { ...table, [name]: { fails: "servfail" } }
    },
    pass(ms: number) {
      now += ms
    },
  }
}

const testing = "version: STSv1\nmode: testing\nmx: mx.far.test\nmax_age: 604800\n"

test("fetches a policy once, however many mails want it at once, and keeps it with its lines", async t => {
  const { policies, asked } = await openTestPolicies(t)
  const found = await Promise.all(Array.from({ length: 50 }, () => policies.of("far.test", signal)))
  assert.equal(asked(), 1)
  assert.deepEqual(found[49], {
    policy: { mode: "enforce", mx: ["mx.far.test"], maxAge: 604_800 },
    lines: ["version: STSv1", "mode: enforce", "mx: mx.far.test", "max_age: 604800"],
  })
  await policies.of("far.test", signal)
  assert.equal(asked(), 1)
})

test("asks no web server of a domain without a record", async t => {
  const { of, say, asked } = await openTestPolicies(t)
  say(undefined)
  assert.equal(await of(), undefined)
  assert.equal(asked(), 0)
})

test("a policy holds to its end, whatever the DNS and the web say meanwhile", async t => {
  const { of, say, serve, pass, break: breakName } = await openTestPolicies(t)
  assert.equal(await of(), "enforce")
  say(undefined)
  assert.equal(await of(), "enforce")
  breakName("_mta-sts.far.test")
  assert.equal(await of(), "enforce")
  say("2")
  serve({ status: 500 })
  pass(day)
  assert.equal(await of(), "enforce")
  pass(6 * day)
  assert.equal(await of(), undefined)
  assert.ok(maxAgeLimit > 0)
})

test("takes a new policy before the mail where the record has a new id", async t => {
  const { of, say, serve } = await openTestPolicies(t)
  assert.equal(await of(), "enforce")
  serve({ file: testing })
  assert.equal(await of(), "enforce")
  say("2")
  assert.equal(await of(), "testing")
})

test("fetches anew before it runs out, and lets the mail go meanwhile", async t => {
  const { of, serve, pass, asked } = await openTestPolicies(t)
  assert.equal(await of(), "enforce")
  serve({ file: testing })
  pass(refreshAfter)
  assert.equal(await of(), "enforce")
  for (let turns = 0; (await of()) !== "testing"; turns += 1) {
    assert.ok(turns < 100_000)
    await new Promise(setImmediate)
  }
  assert.equal(asked(), 2)
})

test("tells what is amiss with a policy, and asks again after five minutes, not before", async t => {
  const { of, serve, pass, asked, results } = await openTestPolicies(t)
  serve({ file: "version: STSv2\n" })
  assert.equal(await of(), undefined)
  serve({ status: 404 })
  assert.equal(await of(), undefined)
  assert.equal(asked(), 1)
  pass(retryFetchAfter)
  assert.equal(await of(), undefined)
  serve({})
  pass(retryFetchAfter)
  serve({ file: testing })
  assert.equal(await of(), "testing")
  assert.deepEqual(results(), ["sts-policy-invalid", "sts-policy-fetch-error"])
})

test("believes no web server that nobody vouches for", async t => {
  const { of, results, seen } = await openTestPolicies(t, { roots: [selfSignedFor("x.test").pem] })
  assert.equal(await of(), undefined)
  assert.deepEqual(results(), ["sts-webpki-invalid"])
  assert.deepEqual(seen[0]?.policy, { kind: "sts", domain: "far.test", lines: [], hosts: [] })
})

test("says nothing of a domain where it was we who did not ask", async t => {
  const egress = mintEgress("policy-host", async () => {
    throw new EgressError("policy-host", "not-agreed")
  })
  const { of, asked, seen } = await openTestPolicies(t, { egress })
  assert.equal(await of(), undefined)
  assert.equal(asked(), 0)
  assert.deepEqual(seen, [])
})

test("a policy that was kept holds in the next process, though the DNS says nothing any more", async t => {
  const kept = inMemory()
  const first = await openTestPolicies(t, { kept })
  assert.equal(await first.of(), "enforce")
  const next = await openTestPolicies(t, { kept })
  next.say(undefined)
  assert.equal(await next.of(), "enforce")
  assert.equal(next.asked(), 0)
})

test("a policy that cannot be kept is used all the same, and the log says so", async t => {
  const log = recordingLog()
  const kept = { ...inMemory(), keep: async () => Promise.reject(new Error("no room")) }
  const { of } = await openTestPolicies(t, { kept, log })
  assert.equal(await of(), "enforce")
  assert.deepEqual(
    log.events.map(({ name }) => name),
    ["task.failed"],
  )
})

test("does not go on as if there were no policy where what was kept cannot be read", async t => {
  const kept = { ...inMemory(), find: async () => Promise.reject(new Error("altered")) }
  const { of, asked } = await openTestPolicies(t, { kept })
  await assert.rejects(of(), /altered/)
  await assert.rejects(of(), /altered/)
  assert.equal(asked(), 0)
})

test("what was kept and does not open is fetched anew; while that fails, mail does not go as if there were no policy", async t => {
  const kept: KeptPolicies = { find: async () => "unreadable", keep: async () => undefined }
  const { of, serve, pass, say, break: breakName } = await openTestPolicies(t, { kept })
  serve({ status: 500 })
  await assert.rejects(of(), { name: "PolicyUnknownError" })
  breakName("_mta-sts.far.test")
  await assert.rejects(of(), { name: "PolicyUnknownError" })
  say("1")
  await assert.rejects(of(), { name: "PolicyUnknownError" })
  serve({ status: 200 })
  pass(retryFetchAfter)
  assert.equal(await of(), "enforce")
})

test("a domain that has no policy any more is not held to one that does not open", async t => {
  const kept: KeptPolicies = { find: async () => "unreadable", keep: async () => undefined }
  const { of, say } = await openTestPolicies(t, { kept })
  say(undefined)
  assert.equal(await of(), undefined)
})

test("asks no web server of this machine or its neighbours because a stranger's record says so", async t => {
  const asked: string[] = []
  const policies = createPolicies({
    resolver: createTableResolver({
      "_mta-sts.far.test": { txt: ["v=STSv1; id=1;"] },
      "mta-sts.far.test": { a: ["127.0.0.1"], aaaa: ["fd00::1"] },
    }),
    egress: mintEgress("policy-host", async () => void asked.push("policy-host")),
    clock: { now: () => Date.now() },
    timer: systemTimer,
    kept: inMemory(),
    log: recordingLog(),
    seen: () => undefined,
    roots: testRoots,
  })
  t.after(() => policies.close())
  assert.equal(await policies.of("far.test", signal), undefined)
  assert.deepEqual(asked, [])
})
