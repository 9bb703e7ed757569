import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { type DnsServer, startDnsServer, type Zone } from "../../fixtures/dns-server.ts"
import { type House, openHouse, succeeded } from "../../fixtures/house.ts"
import { observeNetwork, whyNotObservable } from "../../fixtures/network-observer.ts"
import { repository } from "../../fixtures/server.ts"
import { submit } from "../../fixtures/submission.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import type { TomlTables } from "../../fixtures/toml.ts"
import { certificateFor, testRoots } from "../../server/src/ports/network/test-certificates.ts"
import {
  type FarSide,
  type Script,
  startFarSide,
} from "../../server/src/sending/hand-over/fixtures/far-side.ts"
import type { Mutation } from "../check-file.ts"
import { type Disclosure, disclosuresIn, settled, sum, witnessOf } from "../ledger/told-outside.ts"

/**
 * Where mail goes when people send: to the servers that the DNS names for its recipients, or to the one that the operator
 * has named, and nowhere else; and the ledger covers each message and each connection, as it does each question.
 */
const toThose =
  "mail goes to the servers of its recipients and to nobody else, and the ledger covers all of it"
const ended =
  "where the agreement with the servers of others has ended, nothing goes, over no new connection and no open one"
const toSmartHost = "with a smart host all mail goes there, and nowhere else"

export const sentMutations: readonly Mutation[] = [
  {
    name: "a message goes out over an open connection without asking",
    file: "server/src/sending/hand-over/hand-over.ts",
    find: "if (await mayGo(parts.egress[recipient], recipient))",
    replace: "if (recipient !== undefined)",
    why: "one connection would carry away more than anybody can read of",
    noticedBy: ended,
  },
  {
    name: "a connection to a mail server opens without asking",
    file: "server/src/ports/network/connect-mail.ts",
    find: 'if (!(await mayGo(dial.egress, dial.recipient))) return { kind: "held-back" }',
    replace: "",
    why: "who writes to whom would be in no ledger",
    noticedBy: ended,
  },
  {
    name: "somebody else is told of each message that goes out",
    file: "server/src/sending/delivering/settler.ts",
    find: 'log.event("sending.tried", {',
    replace:
      'process\n    .getBuiltinModule("node:dgram")\n    .createSocket("udp4")\n    .unref()\n    .send("a message went", 4949, "127.0.0.2")\n  log.event("sending.tried", {',
    why: "data would leave past the gate",
    noticedBy: toThose,
  },
  {
    name: "the smart host is passed by",
    file: "server/src/sending/hand-over/route.ts",
    find: "...(smartHost === false ? {} : { smartHost }),",
    replace: "",
    why: "an operator who has all mail go through one server would not know of the others",
    noticedBy: toSmartHost,
  },
]

const mails = 60
/** Takes one message on each connection, so that there are as many of these. */
const oneEach: Script = {
  answer: (line, { taken }) => (taken > 0 && line.startsWith("MAIL") ? "close" : undefined),
}
/** More than one domain has one server, and one has two. */
const domains = ["one.test", "two.test", "three.test"]

export function sentChecks(): void {
  test(toThose, async t => {
    const port = await freePort()
    const farSides = await Promise.all(
      [2, 3, 4].map(no => startFarSide(oneEach, { ip: `127.0.0.${no}`, port })),
    )
    t.after(() => {
      for (const far of farSides) far.stop()
    })
    const zone = {
      ...Object.fromEntries(
        domains.map((domain, no) => [
          domain,
          {
            MX: [
              { preference: 10, exchange: `mx${no}.test` },
              { preference: 20, exchange: "mx2.test" },
            ],
          },
        ]),
      ),
      ...Object.fromEntries(farSides.map(({ ip }, no) => [`mx${no}.test`, { A: [ip] }])),
      // it names a server that nobody writes to
      "other.test": { A: ["127.0.0.9"] },
    }
    const { house, dns, places, disclosures } = await openObserved(t, zone, { sending: { port } })
    await sendAll(house, farSides)
    assert.deepEqual(
      new Set(await places()),
      new Set([dns.address, ...farSides.map(({ ip }) => `${ip}:${port}`)]),
    )
    const told = await disclosures()
    // An entry names all that may go by its agreement.
    covers(
      told,
      "dns",
      ["user.communications.domain", "user.communications.sender", "user.device.ip_address"],
      dns.asked.length,
    )
    const connections = sum(farSides.map(far => far.connections))
    assert.ok(connections >= mails, `${connections} connections`)
    covers(told, "mail-exchanger", ["user.communications.outgoing"], mails + connections)
    assert.deepEqual([...new Set(told.map(({ recipient }) => recipient))].sort(), ["dns", "mail-exchanger"])
  })

  test(ended, async t => {
    const port = await freePort()
    const near = await startFarSide({}, { port })
    const far = await startFarSide({}, { ip: "127.0.0.3", port })
    t.after(() => {
      for (const each of [near, far]) each.stop()
    })
    const zone = {
      "one.test": { MX: [{ preference: 10, exchange: "mx1.test" }] },
      "two.test": { MX: [{ preference: 10, exchange: "mx2.test" }] },
      "mx1.test": { A: ["127.0.0.1"] },
      "mx2.test": { A: ["127.0.0.3"] },
    }
    const { house } = await openObserved(t, zone, { sending: { port } })
    const server = house.server()
    await sendOne(house, "one.test", "first")
    await until("the first does not go", () => near.mails.length === 1)
    succeeded(await server.cli(["recipients", "end", "mail-exchanger"]))
    await sendOne(house, "one.test", "second")
    await sendOne(house, "two.test", "third")
    await until("they are not tried", async () => (await counts(house)).later === 2)
    assert.equal(near.open, 1, "the connection of the first has gone: this shows nothing of an open one")
    assert.deepEqual([near.connections, far.connections], [1, 0])
    assert.equal(near.lines.filter(line => line.startsWith("MAIL")).length, 1)
    succeeded(await server.cli(["recipients", "agree", "mail-exchanger"]))
    await sendOne(house, "one.test", "fourth")
    await until("nothing goes after a new agreement", () => near.mails.length === 2)
  })

  test(toSmartHost, async t => {
    const { context } = certificateFor(["smart.test"])
    const far = await startFarSide({ tls: context }, { ip: "127.0.0.5" })
    t.after(() => far.stop())
    const zone = {
      ...Object.fromEntries(
        domains.map(domain => [domain, { MX: [{ preference: 10, exchange: "mx.test" }] }]),
      ),
      "mx.test": { A: ["127.0.0.6"] },
      "smart.test": { A: ["127.0.0.5"] },
    }
    const config = { sending: { smart_host: `smart.test:${far.port}` } }
    const { house, dns, places, disclosures } = await openObserved(t, zone, config)
    await sendAll(house, [far])
    assert.deepEqual(new Set(await places()), new Set([dns.address, `127.0.0.5:${far.port}`]))
    assert.ok(far.mails.every(({ isTls }) => isTls))
    const told = await disclosures()
    covers(told, "smart-host", ["user.communications.outgoing"], mails + far.connections)
    assert.ok(told.every(({ recipient }) => recipient === "smart-host" || recipient === "dns"))
  })
}

/** All that was reserved for this recipient when mail is sent: enough for what left, and not many times more. */
function covers(
  told: readonly Disclosure[],
  recipient: string,
  categories: readonly string[],
  left: number,
): void {
  const counts = told.filter(one => one.recipient === recipient)
  for (const one of counts) assert.deepEqual([one.purpose, one.categories], ["mail.send", categories])
  const covered = sum(counts.map(({ count }) => count))
  assert.ok(left <= covered, `${left} went to ${recipient}, and the ledger says ${covered}`)
  assert.ok(covered <= 4 * left + 64, `the ledger says ${covered} to ${recipient}, and ${left} went`)
}

async function openObserved(t: TestContext, zone: Zone, config: TomlTables): Promise<Observed> {
  const why = whyNotObservable()
  if (why !== undefined) throw new Error(why)
  const folder = await makeTempFolder()
  const dns = await startDnsServer(zone)
  const observer = await observeNetwork(folder, repository)
  const roots = join(folder, "roots.pem")
  await writeFile(roots, testRoots.join(""))
  const house = await openHouse(["anna"], {
    root: observer.root,
    config: { ...config, dns: { resolver: dns.address } },
    environment: { SSL_CERT_FILE: roots },
  })
  t.after(async () => {
    await house.close()
    await dns.stop()
    await removeFolder(folder)
  })
  const witness = await witnessOf(house.server)
  return {
    house,
    dns,
    places: async () => (await observer.destinations()).map(({ to }) => to),
    async disclosures() {
      await settled(house.server())
      return disclosuresIn(await witness.look())
    },
  }
}

interface Observed {
  readonly house: House<"anna">
  readonly dns: DnsServer
  places(): Promise<readonly string[]>
  disclosures(): Promise<readonly Disclosure[]>
}

async function sendOne({ server, people: { anna } }: House<"anna">, domain: string, subject: string) {
  const to = `carla@${domain}`
  const message = `From: <${anna.address}>\r\nTo: <${to}>\r\nSubject: ${subject}\r\n\r\nGood day.\r\n`
  await submit(server(), anna, [to], Buffer.from(message))
}

async function counts(house: House<"anna">): Promise<{ readonly mails: number; readonly later: number }> {
  return succeeded(await house.server().cli(["queue", "--json"])).json as { mails: number; later: number }
}

async function sendAll(house: House<"anna">, farSides: readonly FarSide[]): Promise<void> {
  for (let no = 0; no < mails; no += 1) await sendOne(house, domains[no % domains.length] ?? "", `${no}`)
  await until("not all mail goes out", async () => (await counts(house)).mails === 0)
  assert.equal(sum(farSides.map(far => far.mails.length)), mails)
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await isSo()); await wait(200))
    assert.ok(Date.now() < deadline, what)
}

/** One that is free on all addresses of this machine, for several listeners. */
async function freePort(): Promise<number> {
  const far = await startFarSide({}, { ip: "0.0.0.0" })
  far.stop()
  return far.port
}
