import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { signDkim } from "../../fixtures/dkim-signer.ts"
import { type House, openHouse, readList, readRaw, traceAbove } from "../../fixtures/house.ts"
import { allShapes, makeMessage, type TestMessage } from "../../fixtures/mail/messages.ts"
import { familyOf, signal } from "../../fixtures/processes.ts"
import { type ScreeningWorld, startScreeningWorld } from "../../fixtures/screening-world.ts"
import type { Victim } from "../../fixtures/server.ts"
import { type DeliveryAnswers, lastAnswer, type SmtpClient, stuffDots } from "../../fixtures/smtp-client.ts"
import type { Mutation } from "../check-file.ts"

/**
 * MAIL-1: mail comes in over SMTP, plain and under TLS, for one and for many; its sender is checked; and a 250
 * means that it cannot be lost, whoever is killed after it.
 */
export const mutations: readonly Mutation[] = [
  {
    name: "250 before the commit",
    file: "server/src/flow/receive.ts",
    find: "await parts.keep.keep(deliveries, alongside)",
    replace: "parts.keep.keep(deliveries, alongside).catch(() => undefined)",
    why: "a kill between the answer and the commit would lose the message",
  },
  {
    name: "the last of several recipients is left out",
    file: "server/src/messages/lane.ts",
    find: "group.flatMap(job => job.deliveries)",
    replace: "group.flatMap(job => job.deliveries.slice(0, Math.max(1, job.deliveries.length - 1)))",
    why: "a recipient that was accepted would never see the message",
  },
  {
    name: "what does not fit into a group is called kept",
    file: "server/src/messages/lane.ts",
    find: "return queue.splice(0, jobs)",
    replace:
      "const group = queue.splice(0, jobs)\n    for (const job of queue.splice(0, 1)) job.done([])\n    return group",
    why: "under load the message after a full group would be lost",
  },
  {
    name: "one octet is another",
    file: "server/src/messages/delivery.ts",
    find: "yield { plain: joined(held), final: true }",
    replace:
      "const last = Buffer.from(joined(held))\n  last[last.length - 3] = 0x21\n  yield { plain: last, final: true }",
    why: "the reader would get a message that nobody sent",
  },
  {
    name: "the body's hash is not compared",
    file: "packages/dkim/src/check-signature.ts",
    find: "if (!hash.digest().equals(signature.bodyHash))",
    replace: "if (hash.digest().length === 0)",
    why: "an altered message would pass for signed",
  },
  {
    name: "a domain's wish to refuse is passed over",
    file: "server/src/screening/decide.ts",
    find: 'dmarc.disposition === "reject" && !shared.isChainTrusted',
    replace: 'dmarc.disposition === "reject" && shared.isChainTrusted',
    why: "forged mail would come in",
  },
  {
    name: "junk lands in the inbox",
    file: "server/src/flow/prepare.ts",
    find: 'role: verdict.kind === "accept" ? "inbox" : "junk"',
    replace: 'role: "inbox"',
    why: "what the sender's domain doubts would look like any other mail",
  },
]

/** How long a database that stands still may go unnoticed: an early 250 would come within milliseconds. */
const stillness = 1500

type Name = "ada" | "bob" | "cleo"
let world: ScreeningWorld
let house: House<Name>
let serial = 0

function checks(): void {
  before(async () => {
    world = await startScreeningWorld()
    house = await openHouse(["ada", "bob", "cleo"], { config: { dns: { resolver: world.dns.address } } })
  })
  after(async () => {
    await house?.close()
    await world?.dns.stop()
  })

  test("keeps every kind of message byte for byte, delivered in plain text", async () => {
    const client = await house.smtp()
    await keepsEveryShape(client)
  })

  test("keeps every kind of message byte for byte, delivered under STARTTLS", async () => {
    const client = await house.smtp()
    await client.startTls()
    assert.equal((await client.command("EHLO client.example")).code, 250)
    await keepsEveryShape(client)
  })

  test("gives a message for several people to each of them once, and says no for one who is not there", async () => {
    const client = await house.smtp()
    const message = plain("lax.example")
    const to = ["ada", "nobody", "bob", "cleo"].map(name => `${name}@house.example`)
    const answers = await client.deliver({ from: "x@lax.example", to, message: message.bytes })
    assert.deepEqual(
      answers.recipients.map(reply => reply.code),
      [250, 550, 250, 250],
    )
    assert.equal(answers.end?.code, 250, lastAnswer(answers))
    for (const name of ["ada", "bob", "cleo"] as const)
      assert.equal(await countOf(name, message.bytes), 1, name)
    await client.quit()
  })

  test("says of an aligned, signed sender that SPF, DKIM and DMARC pass, and of an altered message that DKIM fails", async () => {
    const client = await house.smtp()
    const good = signDkim(plain("pass.example").bytes, world.key)
    assert.equal((await send(client, "x@pass.example", good)).end?.code, 250)
    assert.match(
      await traceOf("ada", good),
      /^Authentication-Results: (?=.*spf=pass)(?=.*dkim=pass)(?=.*dmarc=pass)/ms,
    )
    const signed = signDkim(plain("lax.example").bytes, world.laxKey)
    const altered = Buffer.concat([signed, Buffer.from("and one more thing\r\n")])
    assert.equal((await send(client, "x@lax.example", altered)).end?.code, 250)
    assert.match(
      await traceOf("ada", altered),
      /^Authentication-Results: (?=.*spf=fail)(?=.*dkim=fail)(?=.*dmarc=fail)/ms,
    )
    await client.quit()
  })

  test("refuses what the sender's domain asks to refuse, and keeps nothing of it", async () => {
    const client = await house.smtp()
    const forged = plain("strict.example")
    const { end } = await send(client, "x@strict.example", forged.bytes)
    assert.ok(end !== undefined && end.code >= 500, `answered ${end?.code}`)
    assert.equal(await countOf("ada", forged.bytes), 0)
    await client.quit()
  })

  test("puts what the sender's domain asks to quarantine into Junk, with a reason", async () => {
    const client = await house.smtp()
    const doubtful = plain("wary.example")
    assert.equal((await send(client, "x@wary.example", doubtful.bytes)).end?.code, 250)
    assert.match(await traceOf("ada", doubtful.bytes), /^X-Letterkeep-Screening: junk;\r\n\t[a-z-]+ \(.+\)/m)
    const listed = (await readList(house.server(), house.people.ada)).find(one =>
      one.subject.includes(tokenOf(doubtful)),
    )
    assert.match(listed?.mailbox ?? "", /junk/i)
    await client.quit()
  })

  test("says 250 only when the database has written, for one message and for many at once", async () => {
    const clients = await Promise.all(Array.from({ length: 90 }, () => house.smtp()))
    const sent = await Promise.all(clients.map(client => allButTheDot(client)))
    const family = await databaseFamily()
    let early = 0
    try {
      for (const pid of family) signal(pid, "SIGSTOP")
      const answers = clients.map(async client => {
        await client.send(".\r\n")
        return client.read()
      })
      for (const answer of answers)
        answer.then(
          () => (early += 1),
          () => undefined,
        )
      await wait(stillness)
      assert.equal(early, 0, "answers came while the database could not write")
      for (const pid of family) signal(pid, "SIGCONT")
      for (const answer of answers) assert.equal((await answer).code, 250)
    } finally {
      for (const pid of family) signal(pid, "SIGCONT")
    }
    // more than any group that is written at once: none is lost where one group ends and the next begins
    for (const name of ["ada", "bob"] as const) {
      const kept = await readRaw(house.server(), house.people[name])
      for (const message of sent) assert.equal(countIn(kept, message.bytes), 1)
    }
    for (const client of clients) client.close()
  })

  for (const victim of ["server", "database", "both"] as const satisfies readonly Victim[]) {
    test(`loses nothing that it said 250 to when ${victim} is killed at that moment`, async () => {
      const promised = await deliverUntilKilled(victim, 12)
      await house.restart()
      const kept = await readRaw(house.server(), house.people.ada)
      assert.ok(promised.length >= 12)
      for (const message of promised) assert.equal(countIn(kept, message.bytes), 1)
    })
  }
}

function plain(domain: string): TestMessage {
  serial += 1
  return makeMessage(
    "plain",
    { from: `x@${domain}`, to: "ada@house.example", token: `note${serial}end` },
    serial,
  )
}

function tokenOf(message: TestMessage): string {
  return /note\d+end/.exec(message.bytes.toString("latin1"))?.[0] ?? ""
}

async function send(
  client: SmtpClient,
  from: string,
  message: Buffer,
  to = "ada@house.example",
): Promise<DeliveryAnswers> {
  return client.deliver({ from, to: [to], message, mailParameters: " BODY=8BITMIME" })
}

async function keepsEveryShape(client: SmtpClient): Promise<void> {
  const sent: Buffer[] = []
  for (const shape of allShapes) {
    serial += 1
    const wish = { from: "x@lax.example", to: "bob@house.example", token: `shape${serial}end` }
    const { bytes } = makeMessage(shape, wish, serial)
    const answers = await send(client, wish.from, bytes, wish.to)
    assert.equal(answers.end?.code, 250, `${shape}: ${lastAnswer(answers)}`)
    sent.push(bytes)
  }
  await client.quit()
  const kept = await readRaw(house.server(), house.people.bob)
  for (const [no, bytes] of sent.entries()) assert.equal(countIn(kept, bytes), 1, allShapes[no])
}

async function countOf(name: Name, sent: Buffer): Promise<number> {
  return countIn(await readRaw(house.server(), house.people[name]), sent)
}

function countIn(kept: readonly Buffer[], sent: Buffer): number {
  return kept.filter(message => traceAbove(message, sent) !== undefined).length
}

async function traceOf(name: Name, sent: Buffer): Promise<string> {
  for (const kept of await readRaw(house.server(), house.people[name])) {
    const trace = traceAbove(kept, sent)
    if (trace !== undefined) return trace
  }
  throw new Error("the message is not there, or not as it was sent")
}

/** All of a delivery to two people but the dot that ends it. */
async function allButTheDot(client: SmtpClient): Promise<TestMessage> {
  const message = plain("lax.example")
  const replies = await client.pipeline([
    "MAIL FROM:<x@lax.example>",
    "RCPT TO:<ada@house.example>",
    "RCPT TO:<bob@house.example>",
    "DATA",
  ])
  assert.deepEqual(
    replies.map(reply => reply.code),
    [250, 250, 250, 354],
  )
  await client.send(stuffDots(message.bytes))
  return message
}

async function databaseFamily(): Promise<readonly number[]> {
  const { database } = house.server().pids()
  if (database === undefined) throw new Error("the server runs no database of its own")
  return familyOf(database)
}

/** Delivers over four connections at once; kills at the answer that makes `wanted`; gives all that got a 250. */
async function deliverUntilKilled(victim: Victim, wanted: number): Promise<readonly TestMessage[]> {
  const promised: TestMessage[] = []
  let killing: Promise<void> | undefined
  const work = async () => {
    const client = await house.smtp()
    while (killing === undefined) {
      const message = plain("lax.example")
      const { end } = await send(client, "x@lax.example", message.bytes)
      if (end?.code === 250) promised.push(message)
      if (promised.length >= wanted) killing ??= house.server().kill9(victim)
    }
    client.close()
  }
  // a worker whose connection breaks has met the kill
  await Promise.allSettled(Array.from({ length: 4 }, work))
  await killing
  return promised
}

if (import.meta.main) describe("MAIL-1, mail comes in and stays", checks)
