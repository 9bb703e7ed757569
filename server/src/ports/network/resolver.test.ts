import assert from "node:assert/strict"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { createServer } from "node:net"
import { type TestContext, test } from "node:test"
import { encodeQuery, readMessage } from "@letterkeep/dns"
import type { Answer } from "dns-packet"
import fc from "fast-check"
import { systemChance } from "../chance.ts"
import { recordingLog } from "../log.ts"
import { manualTimer, systemTimer } from "../timer.ts"
import { dnsServers } from "./dns-servers.ts"
import { EgressError, mintEgress } from "./egress.ts"
import { exchangeTcp, maxMisfits } from "./exchange.ts"
import { createResolver, type ResolverOptions } from "./resolver.ts"
import { type DnsHandler, reply, startScriptedDnsServer, zone } from "./test-dns-server.ts"

const soa = (ttl: number, minimum: number, name = "test"): Answer => ({
  type: "SOA",
  name,
  ttl,
  data: { mname: "ns.test", rname: "h.test", minimum },
})
const a = (name: string, data = "192.0.2.1", ttl = 60): Answer => ({ type: "A", name, ttl, data })
const cname = (name: string, data: string, ttl = 60): Answer => ({ type: "CNAME", name, ttl, data })

async function resolverFor(
  t: TestContext,
  handlers: DnsHandler | readonly DnsHandler[],
  options: Partial<ResolverOptions> = {},
) {
  const servers = await Promise.all([handlers].flat().map(handle => startScriptedDnsServer(handle)))
  const log = recordingLog()
  const timer = manualTimer()
  let now = 1_000_000
  const passSeconds = (seconds: number): void => {
    now += seconds * 1000
  }
  const resolver = createResolver({
    servers: dnsServers(servers),
    egress: mintEgress("dns", async () => undefined),
    clock: { now: () => now },
    chance: systemChance,
    timer,
    log,
    timeout: 1000,
    ...options,
  })
  t.after(async () => {
    resolver.close()
    await Promise.all(servers.map(server => server.close()))
  })
  return { resolver, servers, log, timer, passSeconds }
}

test("finds each type of record", async t => {
  const tlsa = { usage: 3, selector: 1, matching: 1, data: Buffer.alloc(32, 7) }
  const srv = { priority: 1, weight: 2, port: 993, target: "mx.example.test" }
  const caa = { critical: true, tag: "issue", value: "ca.test; x=1" }
  const long = `v=DKIM1; p=${"A".repeat(400)}`
  const { resolver } = await resolverFor(
    t,
    zone({
      "example.test": {
        txt: ["v=spf1 -all", long],
        a: ["192.0.2.1", "192.0.2.2"],
        aaaa: ["2001:db8::1"],
        mx: [{ preference: 5, exchange: "mx.example.test" }],
      },
      "192.0.2.1": { ptr: ["example.test"] },
      "_25._tcp.mx.example.test": { tlsa: [tlsa] },
      "_imaps._tcp.example.test": { srv: [srv] },
      "ca.example.test": { caa: [caa] },
    }),
  )
  const found = <T>(...records: readonly T[]) => ({ kind: "found", records, authentic: false, ttl: 60 })
  assert.deepEqual(await resolver.txt("Example.TEST."), found("v=spf1 -all", long))
  assert.deepEqual(await resolver.a("example.test"), found("192.0.2.1", "192.0.2.2"))
  assert.deepEqual(await resolver.aaaa("example.test"), found("2001:db8::1"))
  assert.deepEqual(await resolver.mx("example.test"), found({ preference: 5, exchange: "mx.example.test" }))
  assert.deepEqual(await resolver.ptr("192.0.2.1"), found("example.test"))
  assert.deepEqual(await resolver.tlsa("_25._tcp.mx.example.test"), found({ type: "TLSA", ...tlsa }))
  assert.deepEqual(await resolver.srv("_imaps._tcp.example.test"), found({ type: "SRV", ...srv }))
  assert.deepEqual(await resolver.caa("ca.example.test"), found({ type: "CAA", ...caa }))
  assert.deepEqual(await resolver.a("none.test"), { kind: "nothing", why: "nxdomain", ttl: 60 })
  assert.deepEqual(await resolver.ptr("not an address"), { kind: "nothing", why: "nxdomain", ttl: 0 })
})

test("asks nobody about what is no name, and asks by A-labels", async t => {
  const { resolver, servers } = await resolverFor(t, zone({ "xn--bcher-kva.test": { a: ["192.0.2.1"] } }))
  assert.equal((await resolver.a("a..b")).kind, "nothing")
  for (const name of ["", ".", "..", "a..", ".a"])
    assert.equal((await resolver.a(name)).kind, "nothing", name)
  assert.equal((await resolver.a(`${"a".repeat(64)}.test`)).kind, "nothing")
  assert.equal(servers[0]?.asked.length, 0)
  assert.equal((await resolver.a("bücher.test")).kind, "found")
})

test("goes to TCP where the answer was cut short", async t => {
  const texts = Array.from({ length: 8 }, (_, at) => `${at} ${"x".repeat(250)}`)
  const { resolver, servers } = await resolverFor(t, zone({ "big.test": { txt: texts } }))
  const answer = await resolver.txt("big.test")
  assert.deepEqual(answer.kind === "found" && answer.records, texts)
  assert.deepEqual(
    servers[0]?.asked.map(question => question.over),
    ["udp", "tcp"],
  )
})

test("keeps an answer for its time, then asks again", async t => {
  const { resolver, servers, passSeconds } = await resolverFor(t, question => [
    reply(question, { answers: [a("x.test", "192.0.2.1", 30)] }),
  ])
  await resolver.a("x.test")
  passSeconds(10)
  assert.deepEqual(await resolver.a("X.test"), {
    kind: "found",
    records: ["192.0.2.1"],
    authentic: false,
    ttl: 20,
  })
  assert.equal(servers[0]?.asked.length, 1)
  passSeconds(20)
  await resolver.a("x.test")
  assert.equal(servers[0]?.asked.length, 2)
})

test("keeps an absence for the SOA's minimum, and not without an SOA of the zone", async t => {
  const { resolver, servers, passSeconds } = await resolverFor(t, question => {
    if (question.name === "kept.test") return [reply(question, { rcode: 3, authorities: [soa(900, 30)] })]
    if (question.name === "foreign.test")
      return [reply(question, { rcode: 3, authorities: [soa(900, 30, "other")] })]
    return [reply(question, {})]
  })
  assert.deepEqual(await resolver.a("kept.test"), { kind: "nothing", why: "nxdomain", ttl: 30 })
  passSeconds(29)
  await resolver.a("kept.test")
  assert.equal(servers[0]?.asked.length, 1)
  assert.deepEqual(await resolver.a("foreign.test"), { kind: "nothing", why: "nxdomain", ttl: 0 })
  assert.deepEqual(await resolver.a("bare.test"), { kind: "nothing", why: "nodata", ttl: 0 })
  await resolver.a("bare.test")
  assert.equal(servers[0]?.asked.length, 4)
})

test("asks the same question once at a time", async t => {
  const { resolver, servers } = await resolverFor(t, zone({ "x.test": { a: ["192.0.2.1"] } }))
  const answers = await Promise.all(Array.from({ length: 20 }, () => resolver.a("x.test")))
  assert.ok(answers.every(answer => answer.kind === "found"))
  assert.equal(servers[0]?.asked.length, 1)
})

test("asks nothing more of what nobody waits for, and lets the next ones in", async t => {
  const asked = Promise.withResolvers<void>()
  const silence: DnsHandler = question => {
    if (question.name === "good.test") return [reply(question, { answers: [a("good.test")] })]
    asked.resolve()
    return []
  }
  const { resolver, servers } = await resolverFor(t, silence, { atOnce: 4 })
  const leave = new AbortController()
  const silent = Array.from({ length: 8 }, (_, at) => resolver.a(`x${at}.test`, leave.signal))
  const shared = resolver.a("x7.test")
  await asked.promise
  const good = resolver.a("good.test")
  leave.abort()
  assert.equal((await good).kind, "found")
  for (const answer of await Promise.all(silent.slice(0, -1))) assert.equal(answer.kind, "failed")
  const names = new Set(servers[0]?.asked.map(({ name }) => name))
  assert.equal(names.has("x4.test"), false)
  assert.deepEqual(await resolver.a("late.test", leave.signal), { kind: "failed", why: "timeout" })
  resolver.close()
  assert.equal((await shared).kind, "failed")
})

test("asks no server about names that are none, nor about this machine", async t => {
  const { resolver, servers } = await resolverFor(t, zone({}))
  for (const name of ["invalid", "Letterkeep.INVALID.", "_dmarc.letterkeep.invalid"])
    assert.deepEqual(await resolver.txt(name), { kind: "nothing", why: "nxdomain", ttl: 0 })
  const found = (address: string) => ({ kind: "found", records: [address], authentic: false, ttl: 0 })
  assert.deepEqual(await resolver.a("x.localhost"), found("127.0.0.1"))
  assert.deepEqual(await resolver.aaaa("localhost"), found("::1"))
  assert.equal((await resolver.mx("localhost")).kind, "nothing")
  assert.equal(servers[0]?.asked.length, 0)
  await resolver.a("notinvalid")
  assert.equal(servers[0]?.asked.length, 1)
})

test("follows CNAMEs within an answer and out of it, with the least time of the chain", async t => {
  const { resolver, servers } = await resolverFor(t, question => {
    if (question.name === "in.test")
      return [
        reply(question, {
          answers: [cname("in.test", "Mid.test", 20), cname("mid.test", "end.test", 10), a("END.test")],
        }),
      ]
    if (question.name === "out.test")
      return [reply(question, { answers: [cname("out.test", "far.test", 5)] })]
    if (question.name === "void.test")
      return [
        reply(question, { answers: [cname("void.test", "gone.test")], rcode: 3, authorities: [soa(60, 7)] }),
      ]
    return [reply(question, { answers: [a("far.test")] })]
  })
  assert.deepEqual(await resolver.a("in.test"), {
    kind: "found",
    records: ["192.0.2.1"],
    authentic: false,
    ttl: 10,
    canonical: "end.test",
  })
  assert.deepEqual(await resolver.a("out.test"), {
    kind: "found",
    records: ["192.0.2.1"],
    authentic: false,
    ttl: 5,
    canonical: "far.test",
  })
  assert.deepEqual(
    servers[0]?.asked.map(question => question.name),
    ["in.test", "out.test", "far.test"],
  )
  assert.deepEqual(await resolver.a("void.test"), { kind: "nothing", why: "nxdomain", ttl: 7 })
})

test("says of an alias by itself whether it was validated, whatever it leads to", async t => {
  const { resolver } = await resolverFor(t, question => [
    reply(question, { answers: [cname("in.test", "Mid.test")], authentic: question.type === "CNAME" }),
  ])
  assert.deepEqual(await resolver.cname("in.test"), {
    kind: "found",
    records: ["mid.test"],
    authentic: true,
    ttl: 60,
  })
})

test("ends loops of CNAMEs, inside an answer and from answer to answer", async t => {
  const { resolver, servers } = await resolverFor(t, question => {
    if (question.name === "in.test")
      return [reply(question, { answers: [cname("in.test", "b.test"), cname("b.test", "in.test")] })]
    return [reply(question, { answers: [cname(question.name, `x${question.name}`)] })]
  })
  assert.deepEqual(await resolver.a("in.test"), { kind: "failed", why: "malformed" })
  assert.deepEqual(await resolver.a("endless.test"), { kind: "failed", why: "malformed" })
  assert.ok((servers[0]?.asked.length ?? 99) < 12)
})

test("believes only records of the name that it asked for", async t => {
  const { resolver } = await resolverFor(t, question => [
    reply(question, {
      answers: [a("bank.test", "203.0.113.66"), a("example\\.test", "203.0.113.66")],
      authorities: [soa(60, 60)],
    }),
  ])
  assert.deepEqual(await resolver.a("example.test"), { kind: "nothing", why: "nodata", ttl: 60 })
})

test("waits past datagrams with another id or another question", async t => {
  const { resolver } = await resolverFor(t, question => [
    reply(question, { id: (question.id + 1) & 0xffff, answers: [a(question.name, "203.0.113.66")] }),
    reply(question, {
      name: "other.test",
      answers: [a("other.test", "203.0.113.66"), a(question.name, "203.0.113.66")],
    }),
    reply(question, { answers: [a(question.name)] }),
  ])
  const answer = await resolver.a("x.test")
  assert.deepEqual(answer.kind === "found" && answer.records, ["192.0.2.1"])
})

test("turns to TCP where somebody seems to guess, and says so", async t => {
  const { resolver, log } = await resolverFor(t, question =>
    question.over === "tcp"
      ? [reply(question, { answers: [a(question.name)] })]
      : Array.from({ length: maxMisfits }, (_, at) =>
          reply(question, { id: (question.id + 1 + at) & 0xffff }),
        ),
  )
  assert.equal((await resolver.a("x.test")).kind, "found")
  assert.deepEqual(
    log.events.map(event => event.name),
    ["dns.answer-suspect"],
  )
})

test("does not hear a datagram from another source", async t => {
  const stranger = createSocket("udp4")
  stranger.bind(0, "127.0.0.1")
  await once(stranger, "listening")
  t.after(() => stranger.close())
  // The test server cannot tell the asker's port to a handler, so it is caught on its way.
  const server = createSocket("udp4")
  server.bind(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => server.close())
  server.on("message", (query, from) => {
    const forged = Buffer.from(query)
    forged.writeUInt16BE(0x8183, 2) // NXDOMAIN
    const honest = Buffer.from(query)
    honest.writeUInt16BE(0x8182, 2) // SERVFAIL
    stranger.send(forged, from.port, from.address, () => server.send(honest, from.port, from.address))
  })
  const { resolver } = await resolverFor(t, [], {
    servers: dnsServers([{ host: "127.0.0.1", port: server.address().port }]),
  })
  assert.deepEqual(await resolver.a("x.test"), { kind: "failed", why: "servfail" })
})

test("goes to the next server after SERVFAIL, REFUSED or rubbish, and asks one that failed for three domains last from then on", async t => {
  const good: DnsHandler = question => [reply(question, { answers: [a(question.name)] })]
  const bads: Readonly<Record<string, DnsHandler>> = {
    servfail: question => [reply(question, { rcode: 2 })],
    refused: question => [reply(question, { rcode: 5 })],
    malformed: question => [
      Buffer.concat([reply(question, {}).subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0xff, 0xff])]),
    ],
  }
  for (const [why, bad] of Object.entries(bads)) {
    const { resolver, servers, log } = await resolverFor(t, [bad, good])
    for (const name of ["one.test", "two.test", "three.test", "four.test"])
      assert.equal((await resolver.a(name)).kind, "found", why)
    assert.deepEqual(
      servers.map(server => server.asked.length),
      [3, 4],
      why,
    )
    assert.deepEqual(
      log.events.map(event => [event.name, event.fields.why]),
      [["dns.server-unwell", why]],
    )
  }
})

test("does not hold a stranger's silent domain against the server that was asked about it", async t => {
  const good: DnsHandler = question => [reply(question, { answers: [a(question.name)] })]
  const first: DnsHandler = question =>
    question.name.endsWith("evil.test") || /^(?:one|two|three)\.test$/.test(question.name)
      ? [reply(question, { rcode: 2 })]
      : good(question)
  const { resolver, servers, log } = await resolverFor(t, [first, good])
  for (const name of ["evil.test", "a.evil.test", "b.c.evil.test", "d.evil.test"]) await resolver.a(name)
  await resolver.a("one.test")
  await resolver.a("fine.test") // an answer between the failures: the server is well
  await resolver.a("two.test")
  await resolver.a("three.test")
  assert.deepEqual(log.events, [])
  assert.equal(servers[0]?.asked.length, 8)
})

test("gives up after so many rounds, and keeps the failure for a second", async t => {
  const { resolver, servers, passSeconds } = await resolverFor(t, question => [reply(question, { rcode: 2 })])
  assert.deepEqual(await resolver.txt("x.test"), { kind: "failed", why: "servfail" })
  assert.deepEqual(await resolver.txt("x.test"), { kind: "failed", why: "servfail" })
  assert.equal(servers[0]?.asked.length, 2)
  passSeconds(1)
  await resolver.txt("x.test")
  assert.equal(servers[0]?.asked.length, 4)
})

test("times out where nothing comes back", async t => {
  let heard: () => void = () => undefined
  const { resolver, timer } = await resolverFor(t, () => {
    heard()
    return []
  })
  const answer = resolver.a("x.test")
  for (let round = 0; round < 2; round += 1) {
    await new Promise<void>(resolve => {
      heard = resolve
    })
    timer.pass(1000)
  }
  assert.deepEqual(await answer, { kind: "failed", why: "timeout" })
  assert.equal(timer.waiting, 0)
})

test("says unreachable where no server listens", async t => {
  const gone = await startScriptedDnsServer(() => [])
  await gone.close()
  const { resolver } = await resolverFor(t, [], { servers: dnsServers([gone]) })
  assert.deepEqual(await resolver.a("x.test"), { kind: "failed", why: "unreachable" })
})

test("asks without EDNS where a server does not know it", async t => {
  const { resolver, servers } = await resolverFor(t, question => [
    reply(question, question.hasEdns ? { rcode: 1 } : { answers: [a(question.name)] }),
  ])
  assert.equal((await resolver.a("x.test")).kind, "found")
  assert.deepEqual(
    servers[0]?.asked.map(question => question.hasEdns),
    [true, false],
  )
})

test("believes the AD bit of a trusted server only", async t => {
  const handler: DnsHandler = question => [reply(question, { authentic: true, answers: [a(question.name)] })]
  const server = await startScriptedDnsServer(handler)
  t.after(() => server.close())
  for (const trusted of [true, false]) {
    const { resolver } = await resolverFor(t, [], {
      servers: [{ host: server.host, port: server.port, trusted }],
    })
    const answer = await resolver.a("x.test")
    assert.equal(answer.kind === "found" && answer.authentic, trusted)
  }
})

test("an unsigned link makes a chain unauthentic", async t => {
  const { resolver } = await resolverFor(t, question =>
    question.name === "x.test"
      ? [reply(question, { authentic: false, answers: [cname("x.test", "y.test")] })]
      : [reply(question, { authentic: true, answers: [a("y.test")] })],
  )
  const answer = await resolver.a("x.test")
  assert.equal(answer.kind === "found" && answer.authentic, false)
})

test("ends with an answer of some kind, whatever comes back before the honest one", async t => {
  let mangle: (honest: Buffer) => Buffer = honest => honest
  const handle: DnsHandler = question => {
    const honest = reply(question, {
      answers: [cname(question.name, "b.test"), a("b.test"), a("b.test", "192.0.2.2")],
      authorities: [soa(60, 60)],
    })
    return [mangle(Buffer.from(honest)), honest]
  }
  // A mangled CNAME may lead to a name that the test's server cannot write: that question ends by the clock.
  const { resolver } = await resolverFor(t, handle, { timer: systemTimer, timeout: 50 })
  let number = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
      fc.nat(200),
      async (changes, cut) => {
        mangle = honest => {
          for (const [at, value] of changes) honest[2 + (at % (honest.length - 2))] = value // the id stays
          return honest.subarray(0, Math.max(2, honest.length - cut))
        }
        number += 1
        const answer = await resolver.a(`n${number}.test`)
        assert.ok(["found", "nothing", "failed"].includes(answer.kind))
      },
    ),
    { numRuns: 300 },
  )
})

test("takes an answer over TCP in pieces, cut at every position", async t => {
  const honest = { answers: [a("x.test")] }
  const server = createServer(socket => {
    socket.once("data", async query => {
      const bytes = reply(
        { id: query.readUInt16BE(2), name: "x.test", type: "A", over: "tcp", hasEdns: true },
        honest,
      )
      const framed = Buffer.concat([Buffer.from([0, bytes.length]), bytes])
      cut = (cut + 1) % framed.length
      socket.write(framed.subarray(0, cut), () => setImmediate(() => socket.write(framed.subarray(cut))))
    })
  })
  let cut = 0
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => server.close())
  const address = server.address()
  assert.ok(typeof address === "object" && address !== null)
  const asking = {
    egress: mintEgress("dns", async () => undefined),
    server: { host: "127.0.0.1", port: address.port, trusted: false },
    query: encodeQuery({ id: 7, name: "x.test", type: "A", udpPayload: 1232 }) ?? Buffer.alloc(0),
    timeout: 1000,
    timer: manualTimer(),
    signal: new AbortController().signal,
    fits: (bytes: Buffer) => readMessage(bytes)?.id === 7,
  }
  for (let at = 0; at < 50; at += 1) assert.equal((await exchangeTcp(asking)).kind, "answer", `cut at ${cut}`)
})

test("gives up on a TCP answer that ends before its length, or never comes", async t => {
  let stall: () => void = () => undefined
  const over: string[] = []
  const { resolver, timer } = await resolverFor(t, question => {
    over.push(question.over)
    if (question.over === "tcp") setImmediate(() => stall())
    return question.over === "udp" ? [reply(question, { truncated: true })] : []
  })
  const answer = resolver.a("x.test")
  for (let round = 0; round < 2; round += 1) {
    await new Promise<void>(resolve => {
      stall = resolve
    })
    timer.pass(1000)
  }
  assert.deepEqual(await answer, { kind: "failed", why: "timeout" })
  assert.deepEqual(over, ["udp", "tcp", "udp", "tcp"])
})

test("opens no socket once nothing may go to the DNS any more", async t => {
  let holds = true
  const { resolver, servers, log } = await resolverFor(t, zone({ "x.test": { a: ["192.0.2.1"] } }), {
    egress: mintEgress("dns", async () => {
      if (!holds) throw new EgressError("dns", "not-agreed")
    }),
  })
  assert.equal((await resolver.a("x.test")).kind, "found")
  holds = false
  assert.deepEqual(await resolver.a("y.test"), { kind: "failed", why: "refused" })
  assert.equal(servers[0]?.asked.length, 1)
  assert.deepEqual(log.events, [{ name: "gate.refused", fields: { purpose: "dns", why: "not-agreed" } }])
})

test("asks with a new port and a new id each time", async t => {
  const ports = new Set<number>()
  const ids = new Set<number>()
  const server = createSocket("udp4")
  server.bind(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => server.close())
  server.on("message", (query, from) => {
    ports.add(from.port)
    ids.add(query.readUInt16BE())
    query.writeUInt16BE(0x8183, 2)
    server.send(query, from.port, from.address)
  })
  const { resolver } = await resolverFor(t, [], {
    servers: dnsServers([{ host: "127.0.0.1", port: server.address().port }]),
  })
  for (let at = 0; at < 30; at += 1) await resolver.a(`n${at}.test`)
  assert.ok(ports.size > 20, `${ports.size} ports`)
  assert.ok(ids.size > 25, `${ids.size} ids`)
})

test("takes the machine's servers where none is configured, and trusts those on this machine", () => {
  const conf =
    "# c\nnameserver 127.0.0.53\n nameserver 192.0.2.53\nnameserver ::1\nnameserver 192.0.2.54\nnameserver dns.test\n"
  assert.deepEqual(dnsServers([], conf), [
    { host: "127.0.0.53", port: 53, trusted: true },
    { host: "192.0.2.53", port: 53, trusted: false },
    { host: "::1", port: 53, trusted: true },
  ])
  assert.deepEqual(dnsServers([], ""), [{ host: "127.0.0.1", port: 53, trusted: true }])
  assert.deepEqual(dnsServers([{ host: "192.0.2.1", port: 5353 }], conf), [
    { host: "192.0.2.1", port: 5353, trusted: true },
  ])
})
