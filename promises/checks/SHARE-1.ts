import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { makeFirstPerson } from "../../fixtures/first-person.ts"
import { type House, openHouse, readRaw, succeeded } from "../../fixtures/house.ts"
import { allShapes, makeMessage } from "../../fixtures/mail/messages.ts"
import { type NetworkObserver, observeNetwork, whyNotObservable } from "../../fixtures/network-observer.ts"
import { familyOf, signal } from "../../fixtures/processes.ts"
import { type ScreeningWorld, startScreeningWorld } from "../../fixtures/screening-world.ts"
import { type RunningServer, repository, startServer } from "../../fixtures/server.ts"
import { type SmtpClient, stuffDots } from "../../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import type { Mutation } from "../check-file.ts"
import { outsideChecks, outsideMutations } from "../ledger/seen-from-outside.ts"
import { disclosuresIn, entriesOf, reservedIn, settled, sum, witnessOf } from "../ledger/told-outside.ts"
import type { Look, Witness } from "../ledger/witness.ts"
import { leaveChecks, leaveMutations } from "../way-out/leaves.ts"
import { reservedChecks, reservedMutations } from "../way-out/reserved.ts"
import { sentChecks, sentMutations } from "../way-out/sent.ts"

/**
 * SHARE-1: personal data leaves through one gate alone. A server runs under an observer that sees, by the kernel, each
 * place that any of its processes sends something to; that is compared with the ledger as everybody outside can read
 * it, both ways: nothing went to anybody but a recipient on record, never more than the ledger said beforehand; and
 * nothing stands in the ledger that did not leave, beyond what a reservation allows; so for mail that people send
 * (way-out/sent.ts). What is changed in the ledger afterwards is seen from outside (ledger/seen-from-outside.ts).
 */
export const mutations: readonly Mutation[] = [
  {
    name: "questions leave while the ledger is being written",
    file: "server/src/privacy/disclosing/reservations.ts",
    find: "await ledger.recordNow(null,",
    replace: "void ledger.recordNow(null,",
    why: "a crash would lose what had left already",
  },
  {
    name: "the ledger says fewer than may leave",
    file: "server/src/privacy/disclosing/reservations.ts",
    find: "account.held.push({ count, left: count, until })",
    replace: "account.held.push({ count, left: count * 8, until })",
    why: "more would leave than anybody can read of",
  },
  {
    name: "the ledger says far more than leaves",
    file: "server/src/privacy/disclosing/reservations.ts",
    find: "export const smallestReservation = 32",
    replace: "export const smallestReservation = 32_000",
    why: "an entry that is always true says nothing",
  },
  {
    name: "a socket opens without asking",
    file: "server/src/ports/network/exchange.ts",
    find: 'export async function exchangeUdp(asking: Asking): Promise<Exchange> {\n  await asking.egress.release("dns")',
    replace: "export async function exchangeUdp(asking: Asking): Promise<Exchange> {",
    why: "what leaves would be in no ledger",
  },
  {
    name: "somebody else is told of each message",
    file: "server/src/flow/receive.ts",
    find: 'parts.log.event("receive.kept", {',
    replace:
      'process\n      .getBuiltinModule("node:dgram")\n      .createSocket("udp4")\n      .unref()\n      .send("a message came", 4949, "127.0.0.2")\n    parts.log.event("receive.kept", {',
    why: "data would leave past the gate",
  },
  {
    name: "what is about an account is not in its ledger",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "if (isEach) await writeEach(purpose, recipient, subject, category)",
    replace: "if (isEach && counters.size === 0) await writeEach(purpose, recipient, subject, category)",
    why: "the person could not see who got what",
  },
  ...outsideMutations,
  ...leaveMutations,
  ...reservedMutations,
  ...sentMutations,
]

let folder: string
let world: ScreeningWorld
let observer: NetworkObserver
let house: House<"ada">
let witness: Witness
let serial = 0

function checks(): void {
  before(async () => {
    const why = whyNotObservable()
    if (why !== undefined) throw new Error(why)
    folder = await makeTempFolder()
    world = await startScreeningWorld()
    observer = await observeNetwork(folder, repository)
    const config = { dns: { resolver: world.dns.address } }
    house = await openHouse(["ada"], { root: observer.root, config })
    witness = await witnessOf(house.server)
  })
  after(async () => {
    await house?.close()
    await world?.dns.stop()
    if (folder !== undefined) await removeFolder(folder)
  })

  test("nothing leaves, and nothing is said to leave, before there is something to tell", async () => {
    await wait(500)
    assert.deepEqual(await observer.destinations(), [])
    assert.deepEqual(world.dns.asked, [])
    assert.deepEqual(disclosuresIn(await look()), [])
  })

  test("each place that something went to is a recipient on record, and the ledger covers each thing", async () => {
    const client = await house.smtp()
    for (const shape of allShapes) await deliver(client, `d${serial}.example`, shape)
    for (const domain of ["lax.example", "strict.example", "wary.example", "pass.example"])
      await deliver(client, domain)
    await client.quit()
    await readRaw(house.server(), house.people.ada)
    await house.server().cli(["doctor"])
    const listed = succeeded(await house.server().cli(["recipients", "list", "--json"])).json
    const { recipients } = listed as { recipients: readonly { name: string; state: { flows: boolean } }[] }
    assert.equal(recipients.find(one => one.name === "dns")?.state.flows, true)

    await compare()
    const disclosures = disclosuresIn(await look())
    const left = world.dns.asked.length
    assert.ok(left > 40, `${left} questions are too few to tell anything`)
    for (const { recipient, purpose, categories } of disclosures) {
      assert.deepEqual([recipient, purpose], ["dns", "mail.screen"])
      assert.deepEqual(categories, [
        "user.communications.domain",
        "user.communications.sender",
        "user.device.ip_address",
      ])
    }
    // The other way: all that was reserved has left but for what is at work and the next; and that is not much.
    const counts = disclosures.map(one => one.count)
    assert.ok(sum(counts.slice(0, -2)) <= left, `${counts.join("+")} for ${left}`)
    assert.ok(sum(counts) <= 4 * left + 64, `${counts.join("+")} for ${left}`)
  })

  test("while the ledger cannot be written, nothing leaves beyond what it says already", async () => {
    const left = await nearlyUseUp()
    // Each of these asks one thing at least.
    const clients = await Promise.all(Array.from({ length: left + 20 }, () => readyForData()))
    const covered = reservedIn(await look())
    const before = world.dns.asked.length
    const { database } = house.server().pids()
    if (database === undefined) throw new Error("the server runs no database of its own")
    const family = await familyOf(database)
    try {
      for (const pid of family) signal(pid, "SIGSTOP")
      for (const { client: each, message } of clients)
        await each.send(`DATA\r\n`).then(() => each.send(stuffDots(message)))
      await wait(2500)
      assert.ok(world.dns.asked.length <= covered, `${world.dns.asked.length} left, ${covered} were covered`)
      assert.ok(world.dns.asked.length > before, "nothing was asked at all: this shows nothing")
    } finally {
      for (const pid of family) signal(pid, "SIGCONT")
    }
    for (const { client: each } of clients) each.close()
    const client = await house.smtp()
    for (let no = 0; no < 20; no += 1) await deliver(client, `after${no}.example`)
    await client.quit()
    assert.ok(world.dns.asked.length > before)
    await compare()
  })

  test("a kill at any moment leaves nothing outside that the ledger does not say", async () => {
    for (const victim of ["server", "both"] as const) {
      const client = await house.smtp()
      const sending = (async () => {
        for (let no = 0; no < 200; no += 1) await deliver(client, `${victim}${no}.example`)
      })()
      sending.catch(() => undefined) // it ends with the server
      await wait(400)
      await house.server().kill9(victim)
      await sending.catch(() => undefined)
      await house.restart()
      await compare()
    }
  })

  test("what goes out about one account is a sealed entry of theirs, one for each", async () => {
    const own = await makeTempFolder()
    const watching = await observeNetwork(own, repository)
    const server = await startServer({ root: watching.root })
    try {
      await makeFirstPersonAndTry(server)
      const { host, port } = server.smtp
      const toOwnDoor = (await watching.destinations()).filter(one => one.to === `${host}:${port}`)
      assert.equal(toOwnDoor.length, 1)
      await settled(server)
      const entries = entriesOf(await (await witnessOf(() => server)).look())
      const sealed = entries.filter(one => one.kind === "disclosure" && one.public === undefined)
      assert.equal(sealed.length, toOwnDoor.length)
    } finally {
      await server.stop()
      await removeFolder(own)
    }
  })
}

/**
 * Sends mail until few of the questions that the ledger covers are left, and the next reservation is not written yet:
 * that happens when a quarter is left. Says how many.
 */
async function nearlyUseUp(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const counts = disclosuresIn(await look()).map(one => one.count)
    const left = sum(counts) - world.dns.asked.length
    const few = Math.ceil((counts.at(-1) ?? 0) / 4) + 12
    if (left <= few) return left
    // A plain mail asks two things, and a connection may bring only so many.
    const client = await house.smtp()
    const mails = Math.min(40, Math.ceil((left - few) / 2))
    for (let no = 0; no < mails; no += 1) await deliver(client, `using${serial}.example`)
    await client.quit()
  }
  throw new Error("the reservations never came near their end")
}

/** Nothing went anywhere but to recipients on record, and the ledger says at least as much as has left. */
async function compare(): Promise<void> {
  const places = new Set((await observer.destinations()).map(one => one.to))
  assert.deepEqual(
    [...places],
    [world.dns.address],
    "something went to somebody who is no recipient on record",
  )
  const covered = reservedIn(await look())
  assert.ok(covered >= world.dns.asked.length, `${world.dns.asked.length} left, the ledger says ${covered}`)
}

/** As somebody outside sees the ledger, once all that waits has its number. */
async function look(): Promise<Look> {
  await settled(house.server())
  return await witness.look()
}

async function deliver(client: SmtpClient, domain: string, shape: (typeof allShapes)[number] = "plain") {
  serial += 1
  const wish = { from: `x@${domain}`, to: "ada@house.example", token: `note${serial}end` }
  const { bytes } = makeMessage(shape, wish, serial)
  const parameters = { from: wish.from, to: [wish.to], message: bytes, mailParameters: " BODY=8BITMIME" }
  return await client.deliver(parameters)
}

/** All of a delivery that needs the database before the message comes. */
async function readyForData(): Promise<{ client: SmtpClient; message: Buffer }> {
  serial += 1
  const from = `x@frozen${serial}.example`
  const client = await house.smtp()
  const replies = await client.pipeline([`MAIL FROM:<${from}>`, "RCPT TO:<ada@house.example>"])
  assert.deepEqual(
    replies.map(reply => reply.code),
    [250, 250],
  )
  const wish = { from, to: "ada@house.example", token: `note${serial}end` }
  return { client, message: makeMessage("plain", wish, serial).bytes }
}

/** The first run's "try it": a mail to the first person, by the server's own door. */
async function makeFirstPersonAndTry(server: RunningServer): Promise<void> {
  const person = await makeFirstPerson(server, "anna")
  const tried = await person.ask("try", { body: {} })
  assert.equal(tried.status, 200)
  assert.match(await tried.text(), /"kept"/)
}

if (import.meta.main) {
  describe("SHARE-1, one way out, and the ledger beside it", checks)
  describe("SHARE-1, what becomes of the ledger afterwards", outsideChecks)
  describe("SHARE-1, what the way out asks", leaveChecks)
  describe("SHARE-1, what is reserved for what leaves", reservedChecks)
  describe("SHARE-1, where mail goes", sentChecks)
}
