import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { createTableResolver } from "@letterkeep/dns"
import { systemChance } from "../ports/chance.ts"
import { recordingLog } from "../ports/log.ts"
import { createResolver, dnsServers } from "../ports/network/index.ts"
import { type DnsHandler, startScriptedDnsServer, zone } from "../ports/network/test-dns-server.ts"
import { discloseToDns, discloseToDnsForSending } from "./disclosed-dns.ts"
import { openTestDisclosing } from "./disclosing/test-disclosing.ts"

const refused = { kind: "failed", why: "refused" }

test("a resolver behind the gate answers as the one before it does, each question a disclosure", async () => {
  const { privacy, metrics } = openTestDisclosing()
  const table = createTableResolver({
    "example.org": { txt: ["v=spf1 -all"], a: ["192.0.2.1"] },
    "192.0.2.1": { ptr: ["example.org"] },
  })
  const resolver = discloseToDns(privacy, () => table)
  assert.deepEqual(await resolver.txt("example.org"), await table.txt("example.org"))
  assert.deepEqual(await resolver.a("example.org"), await table.a("example.org"))
  assert.deepEqual(await resolver.aaaa("example.org"), await table.aaaa("example.org"))
  assert.deepEqual(await resolver.mx("none.test"), await table.mx("none.test"))
  assert.deepEqual(await resolver.ptr("192.0.2.1"), await table.ptr("192.0.2.1"))
  assert.match(metrics.render(), /^letterkeep_disclosures_total\{recipient="dns"\} 5$/m)
})

test("sending asks by the same way, for its own purpose", async () => {
  const { privacy, metrics, change } = openTestDisclosing()
  const tlsa = [{ usage: 3, selector: 1, matching: 1, data: Buffer.alloc(32) }]
  const table = createTableResolver({ "_25._tcp.mx.test": { tlsa }, "far.test": { mx: [] } })
  const resolver = discloseToDnsForSending(privacy, () => table)
  assert.deepEqual(await resolver.tlsa("_25._tcp.mx.test"), await table.tlsa("_25._tcp.mx.test"))
  assert.deepEqual(await resolver.mx("far.test"), await table.mx("far.test"))
  assert.match(metrics.render(), /^letterkeep_disclosures_total\{recipient="dns"\} 2$/m)
  change("dns", { purposes: ["mail.screen"] })
  assert.deepEqual(await resolver.tlsa("_25._tcp.mx.test"), refused)
})

test("a name goes out as all that it is made of, and not at all where one of these is not agreed", async () => {
  const { privacy, metrics, change, written } = openTestDisclosing()
  const table = createTableResolver({ "joe.example.org": { a: ["192.0.2.1"], txt: ["x"], mx: [] } })
  const resolver = discloseToDns(privacy, () => table)
  const sender = resolver.naming(new Set(["sender-address"]))
  const both = resolver.naming(new Set(["sender-address", "client-address"]))
  assert.equal((await sender.a("joe.example.org")).kind, "found")
  assert.match(metrics.render(), /^letterkeep_disclosures_total\{recipient="dns"\} 2$/m)
  assert.equal((await both.txt("joe.example.org")).kind, "found")
  assert.match(metrics.render(), /^letterkeep_disclosures_total\{recipient="dns"\} 5$/m)
  await privacy.egressFor("mail.screen", "dns", ["user.communications.domain"]).release("dns")
  const [reserved] = written.map(({ event }) => (event.kind === "disclosure" ? event.categories : []))
  assert.ok(
    reserved?.includes("user.communications.sender"),
    "the ledger says that it may have been asked for",
  )

  change("dns", { fields: ["user.communications.domain", "user.device.ip_address"] })
  for (const ask of [sender.a, sender.aaaa, sender.mx, sender.txt, both.a])
    assert.deepEqual(await ask("joe.example.org"), refused)
  assert.equal((await resolver.naming(new Set(["client-address"])).a("joe.example.org")).kind, "found")
  assert.equal((await resolver.a("joe.example.org")).kind, "found")
  change("dns", { fields: ["user.communications.domain", "user.communications.sender"] })
  assert.deepEqual(await both.a("joe.example.org"), refused)
  assert.equal((await sender.a("joe.example.org")).kind, "found")
})

test("a resolver behind the gate answers that it was refused where nothing may be told", async () => {
  const { privacy, change } = openTestDisclosing()
  const table = createTableResolver({ "example.org": { a: ["192.0.2.1"] } })
  const resolver = discloseToDns(privacy, () => table)
  change("dns", { endedAt: 1 })
  assert.deepEqual(await resolver.a("example.org"), refused)
})

/** A resolver of ours behind the gate, that has one question out at a time, before a server that waits. */
async function openWaiting(t: TestContext) {
  const house = openTestDisclosing()
  const gate = Promise.withResolvers<void>()
  const first = Promise.withResolvers<void>()
  const known = zone({ "slow.test": { a: ["192.0.2.1"] }, "joe.far.test": { a: ["192.0.2.2"] } })
  const handle: DnsHandler = async question => {
    first.resolve()
    await gate.promise
    return known(question)
  }
  const server = await startScriptedDnsServer(handle)
  const own = createResolver({
    servers: dnsServers([server]),
    egress: house.privacy.egressFor("mail.screen", "dns", ["user.communications.domain"]),
    clock: house.clock,
    chance: systemChance,
    log: recordingLog(),
    timeout: 5000,
    atOnce: 1,
  })
  t.after(async () => {
    gate.resolve()
    own.close()
    await server.close()
  })
  const asked = () => server.asked.map(one => one.name)
  return { ...house, own, asked, resolver: discloseToDns(house.privacy, own.over), gate, first }
}

test("a question that waits for its turn is not asked when the agreement was narrowed meanwhile", async t => {
  const { resolver, change, asked, gate, first } = await openWaiting(t)
  const slow = resolver.a("slow.test")
  await first.promise
  const sender = resolver.naming(new Set(["sender-address"])).a("joe.far.test")
  const plain = resolver.a("joe.far.test")
  await new Promise(setImmediate)
  change("dns", { fields: ["user.communications.domain"] })
  gate.resolve()
  assert.equal((await slow).kind, "found")
  assert.deepEqual(await sender, refused)
  assert.equal((await plain).kind, "found", "what is refused to one way is no answer to another")
  assert.deepEqual(asked(), ["slow.test", "joe.far.test"])
})

test("a question goes out under its own fields, however many ask for the same name as others", async t => {
  const { resolver, asked, gate, first } = await openWaiting(t)
  const parts = new Set(["sender-address"] as const)
  const asking = [resolver.a("slow.test"), resolver.a("slow.test")]
  const naming = [resolver.naming(parts).a("slow.test"), resolver.naming(parts).a("slow.test")]
  await first.promise
  await new Promise(setImmediate)
  gate.resolve()
  for (const answer of [...asking, ...naming]) assert.equal((await answer).kind, "found")
  assert.deepEqual(asked(), ["slow.test", "slow.test"])
})
