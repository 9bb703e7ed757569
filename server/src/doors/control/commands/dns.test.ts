import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import { mintEgress } from "../../../ports/network/egress.ts"
import { manualTimer, type Timer } from "../../../ports/timer.ts"
import { testPrivacy } from "../../../privacy/test-privacy.ts"
import { examineDomain, recordName } from "../../../sending/index.ts"
import { openTestSigning } from "../../../sending/signing/open-test-signing.ts"
import type { ControlCall, ControlCommand } from "../command.ts"
import { dkimCommands } from "./dkim.ts"
import { dnsCommands } from "./dns.ts"

/** The commands over a real database with a.test, a zone in the test's hands, and time that it lets pass. */
async function openCommands(t: TestContext) {
  const house = await openTestSigning(t)
  const { keys, clock } = house
  const zone: { dns: DnsTable } = { dns: {} }
  const manual = manualTimer()
  let waits = Promise.withResolvers<void>()
  const timer: Timer = {
    after(ms, work) {
      const callOff = manual.after(ms, work)
      waits.resolve()
      return callOff
    },
  }
  /** What was written until the next wait begins. */
  const next = async (): Promise<string[]> => {
    await waits.promise
    waits = Promise.withResolvers<void>()
    return written.splice(0)
  }
  const written: string[] = []
  const gone = new AbortController()
  const call: ControlCall = {
    progress: () => undefined,
    bytes: async chunk => void written.push(...Buffer.from(chunk).toString("utf8").trimEnd().split("\n")),
    signal: gone.signal,
  }
  const egressFor = () => mintEgress("dns", async () => undefined)
  const commands: readonly ControlCommand[] = [
    ...dkimCommands({ keys, privacy: testPrivacy }),
    ...dnsCommands({
      ...{ privacy: testPrivacy, clock, timer },
      examineDomain: (domain, signal) =>
        examineDomain(
          {
            ...{ keys, clock, timer },
            privacy: { egressFor },
            freshResolver: () => ({ ...createTableResolver(zone.dns), close: () => undefined }),
            server: () => ({
              ...{ hostname: "mail.a.test", addresses: ["203.0.113.5"], mtaSts: "testing", services: [] },
              smartHost: undefined,
              certificate: { selfSigned: true, names: [], chain: [], keyHash: "ab".repeat(32) },
              ...{ autoconfig: false, issuer: undefined, validates: false },
            }),
          },
          domain,
          signal,
        ),
    }),
  ]
  const run = async (name: string, input: object) => {
    const found = commands.find(command => command.name === name)
    if (found === undefined) throw new Error("no such command")
    return await found.run(input, call)
  }
  return { ...house, run, zone, pass: manual.pass, next, gone }
}

/** What `dkim list` shows as names and records. */
function recordsIn(text: string): DnsTable {
  const pairs = [...text.matchAll(/^ {2}(\S+)\. TXT\n {2}(v=DKIM1.*)$/gm)]
  return Object.fromEntries(pairs.map(([, name = "", record = ""]) => [name, { txt: [record] }]))
}

test("lists a domain's keys with their records, and dns takes those into use that were published", async t => {
  const { run, zone } = await openCommands(t)
  const listed = await run("dkim.list", { domain: "A.Test." })
  assert.match(listed.text, /lk20260304e {2}ed25519, waits for its record/)
  zone.dns = recordsIn(listed.text)
  assert.deepEqual(Object.keys(zone.dns), [
    recordName("a.test", "lk20260304e"),
    recordName("a.test", "lk20260304r"),
  ])
  const looked = await run("dns", { domain: "a.test" })
  assert.match(looked.text, /^a\.test\. 3600 IN MX 10 mail\.a\.test\.$/m)
  assert.match(looked.text, /^X {2}MX +a\.test has no MX record/m)
  assert.match(looked.text, /^ {3}DKIM +The key lk20260304r signs, and its record is there\./m)
  assert.match((await run("dkim.list", { domain: "a.test" })).text, /lk20260304r {2}rsa, signs/)
})

test("prints the zone alone where it is asked to", async t => {
  const { run } = await openCommands(t)
  const { text } = await run("dns", { domain: "a.test", zone: true })
  for (const line of text.split("\n")) assert.match(line, /^(;|\S+\. 3600 IN (MX|TXT|CNAME|TLSA) )/)
})

test("turns to new keys, and back off from one that somebody else may know", async t => {
  const { run } = await openCommands(t)
  await run("dkim.list", { domain: "a.test" })
  assert.match((await run("dkim.rotate", { domain: "a.test" })).text, /still wait for their records/)
  assert.match((await run("dkim.rotate", { domain: "a.test", now: true })).text, /sign from now on/)
  assert.match((await run("dkim.rotate", { domain: "a.test" })).text, /^made new keys/)
  const ended = await run("dkim.revoke", { domain: "a.test", selector: "lk20260304r" })
  assert.match(ended.text, /^lk20260304r signs nothing more: take its record out/)
  await assert.rejects(run("dkim.revoke", { domain: "a.test", selector: "none" }), /has no key none/)
})

test("a domain of somebody else's has no keys here, and what is no domain is told so", async t => {
  const { run } = await openCommands(t)
  for (const command of ["dkim.list", "dkim.rotate", "dns"]) {
    await assert.rejects(run(command, { domain: "far.test" }), /far\.test is no domain of this server/)
    await assert.rejects(run(command, { domain: "nothing" }), /no domain name/)
  }
  await assert.rejects(run("dns", { domain: "a.test", watch: "often" }), /number of minutes/)
  await assert.rejects(run("dns", { domain: "a.test", watch: "0" }), /from 1 to 1440/)
})

test("watches, and says only what changes", async t => {
  const { run, zone, pass, next, gone } = await openCommands(t)
  const dmarc = { txt: ["v=DMARC1; p=reject"] }
  zone.dns = { "_dmarc.a.test": dmarc }
  const watching = run("dns", { domain: "a.test", watch: "10" })
  assert.match((await next())[0] ?? "", /^watching a\.test every 10 min; now: /)
  pass(600_000)
  assert.deepEqual(await next(), [])
  zone.dns = {}
  pass(600_000)
  const [come, ...more] = await next()
  assert.match(come ?? "", /^2026-03-04T12:00Z {2}new: {5}DMARC \(wrong\): a\.test has no DMARC record/)
  assert.deepEqual(more, [])
  zone.dns = { "_dmarc.a.test": dmarc }
  pass(600_000)
  assert.match((await next()).join("\n"), /^2026-03-04T12:00Z {2}no more: DMARC \(wrong\)/)
  gone.abort()
  assert.equal((await watching).text, "")
})
