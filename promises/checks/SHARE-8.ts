import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { openDatabase, withDatabase } from "../../fixtures/database.ts"
import { type House, openHouse, readRaw, succeeded, traceAbove } from "../../fixtures/house.ts"
import { type ScreeningWorld, startScreeningWorld } from "../../fixtures/screening-world.ts"
import { addressOf } from "../../fixtures/server.ts"
import type { DeliveryAnswers } from "../../fixtures/smtp-client.ts"
import type { Mutation } from "../check-file.ts"
import { staffChecks, staffMutations } from "../staff/bound.ts"
import { agreedChecks, agreedMutations } from "../way-out/agreed.ts"

/**
 * SHARE-8: whoever is told something is told it under an agreement with purposes, fields and an end, and an agreement
 * that has ended stops the flow: no question leaves, whoever sends mail that hangs on it is asked to come again, the
 * operator is told, and after a new agreement the mail comes in.
 */
const beyondThePolicy = "nothing can be agreed beyond what the policy declares"
const staysEnded = "what was ended stays ended when the server starts again"
const altered =
  "a register that somebody altered in the database lets nothing out until the operator agrees anew"
const seenStays =
  "what a server has seen agreed or ended nobody takes back from it, in the ledger's rows neither"
const onlyGrows = "the server's own connections cannot take an agreement out of the register"

export const mutations: readonly Mutation[] = [
  {
    name: "an agreement that was ended goes on",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: "if (agreement.endedAt !== undefined)",
    replace: "if (agreement.endedAt === -1)",
    why: "the operator would have ended it, and everything would go on as before",
  },
  {
    name: "time runs out and nothing happens",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: "now >= agreement.until",
    replace: "now < 0",
    why: "an agreement would have no end",
  },
  {
    name: "fields are not compared with the agreement",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: "!agreement.fields.includes(category)",
    replace: "agreement.fields.length === 0",
    why: "a recipient would get more than was agreed",
  },
  {
    name: "fields beyond the policy can be agreed",
    file: "server/src/privacy/disclosing/wish.ts",
    find: "...(wish.fields ?? []).filter(name => !most.fields.some(field => field === name)),",
    replace: "",
    why: "what the policy does not declare could be agreed",
    noticedBy: beyondThePolicy,
  },
  {
    name: "purposes beyond the policy can be agreed",
    file: "server/src/privacy/disclosing/wish.ts",
    find: "...(wish.purposes ?? []).filter(name => !most.purposes.some(purpose => purpose === name)),",
    replace: "",
    why: "what the policy does not declare could be agreed",
    noticedBy: beyondThePolicy,
  },
  {
    name: "what has ended already can be agreed",
    file: "server/src/privacy/disclosing/wish.ts",
    find: '  if (wish.until !== undefined && !(wish.until > now)) return refused("it would have ended already")\n',
    replace: "",
    why: "a slip of the hand in a date would stop the mail, and the command would say that all is well",
    noticedBy: beyondThePolicy,
  },
  {
    name: "the server may take agreements out of the register",
    file: "server/src/store/app-rights.ts",
    find: 'agreement_entry: ["insert"],',
    replace: 'agreement_entry: ["insert", "delete"],',
    why: "nobody could say later what had been agreed with whom",
    noticedBy: onlyGrows,
  },
  {
    name: "the log says of each message that nothing goes there",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "const quietFor = 60_000",
    replace: "const quietFor = 0",
    why: "what else the operator should read would drown",
  },
  {
    name: "ending an agreement ends nothing",
    file: "server/src/privacy/disclosing/register.ts",
    find: "await change(tx, found, [ending(name)])",
    replace: "await change(tx, found, [])",
    why: "the operator could not stop a recipient",
  },
  {
    name: "a standing agreement comes back at the next start",
    file: "server/src/privacy/disclosing/first-entries.ts",
    find: "new Set([...found.entries, ...before].map(one => one.recipient))",
    replace: "new Set<string>()",
    why: "what the operator ended would begin again by itself",
    noticedBy: staysEnded,
  },
  {
    name: "an entry that somebody wrote into the database counts",
    file: "server/src/privacy/disclosing/rows.ts",
    find: 'if (!vaults.isMacOf(mac, "agreement", ...saidBy(entry)))',
    replace: "if (mac.length === 0)",
    why: "whoever owns the database could agree to anything",
    noticedBy: altered,
  },
  {
    name: "an end that somebody took out of the database is not missed",
    file: "server/src/privacy/disclosing/rows.ts",
    find: "if (told > last) return",
    replace: "if (told > last + 1000) return",
    why: "whoever owns the database could bring back what the operator has ended",
    noticedBy: altered,
  },
  {
    name: "an end that somebody took out between others is not missed",
    file: "server/src/privacy/disclosing/rows.ts",
    find: "if (entry.number !== next) return",
    replace: "if (entry.number < next) return",
    why: "whoever owns the database could bring back what the operator has ended",
    noticedBy: altered,
  },
  {
    name: "a server believes a register that has gone back",
    file: "server/src/privacy/disclosing/register.ts",
    find: ": read.last < known.last\n",
    replace: ": read.last < 0\n",
    why: "whoever owns the database could bring back what the operator has ended, under a running server",
    noticedBy: seenStays,
  },
  {
    name: "a new agreement goes on from a register that has gone back",
    file: "server/src/privacy/disclosing/register.ts",
    find: 'const isBroken = found.kind === "broken" || found.last < known.last',
    replace: 'const isBroken = found.kind === "broken"',
    why: "what was agreed before, and ended, would count again",
    noticedBy: seenStays,
  },
  {
    name: "an end is written into a register that has gone back",
    file: "server/src/privacy/disclosing/register.ts",
    find: 'if (found.kind === "broken" || found.last < known.last) return "broken"',
    replace: 'if (found.kind === "broken") return "broken"',
    why: "the register would be whole again, with what somebody has made of it",
    noticedBy: seenStays,
  },
  {
    name: "under an altered register things go out as before",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: 'if (agreement === "broken") return "broken"',
    replace: 'if (agreement === "broken") return undefined',
    why: "nobody could tell what was agreed, and all would be told",
    noticedBy: altered,
  },
  {
    name: "what opens sockets does not ask for the agreement",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "reservations.take(purpose, recipient, () => requireAgreed(purpose, recipient, fields)),",
    replace: "reservations.take(purpose, recipient, () => fields),",
    why: "whoever has a standing permit would go on after the agreement",
  },
  {
    name: "what cannot be checked is taken unchecked",
    file: "server/src/privacy/disclosed-dns.ts",
    find: 'return { kind: "failed", why: "refused" }',
    replace: 'return { kind: "nothing", why: "nxdomain", ttl: 0 }',
    why: "a forgery would come in while the agreement rests",
  },
  ...agreedMutations,
  ...staffMutations,
]

/** The end that is the last but one. */
const between = "delete from agreement_entry where number = (select max(number) - 1 from agreement_entry)"

let world: ScreeningWorld
let house: House<"ada">
let serial = 0

interface Shown {
  readonly name: string
  readonly sentence: string
  readonly state: { readonly flows: boolean; readonly says: string }
  readonly agreement?: {
    readonly purposes: readonly string[]
    readonly fields: readonly string[]
    readonly where: string
    readonly until?: string
    readonly endedAt?: string
  }
}

function checks(): void {
  before(async () => {
    world = await startScreeningWorld()
    house = await openHouse(["ada"], { config: { dns: { resolver: world.dns.address } } })
  })
  after(async () => {
    await house?.close()
    await world?.dns.stop()
  })

  test("everybody who is told something has an agreement with purposes, fields and a place from the start", async () => {
    const recipients = await listed()
    assert.ok(recipients.some(one => one.name === "dns"))
    for (const { name, sentence, state, agreement } of recipients) {
      assert.equal(state.flows, true, name)
      assert.ok(sentence.length > 20 && (agreement?.where.length ?? 0) > 5, name)
      assert.ok((agreement?.purposes.length ?? 0) > 0 && (agreement?.fields.length ?? 0) > 0, name)
    }
  })

  test(onlyGrows, async () => {
    const sql = openDatabase(house.server().dataFolder, "letterkeep_app")
    try {
      for (const statement of [
        "delete from agreement_entry",
        "truncate agreement_entry",
        "update agreement_entry set fields = '{}'",
      ])
        await assert.rejects(sql.unsafe(statement), /permission denied/, statement)
      assert.ok((await sql`select from agreement_entry`).length > 0, "there is none that could be taken out")
    } finally {
      await sql.end()
    }
  })

  test(beyondThePolicy, async () => {
    for (const beyond of [
      ["data-broker"],
      ["dns", "--purposes", "mail.read"],
      ["dns", "--fields", "user.contact.email"],
      ["dns", "--fields", "user.content.private.mail"],
      ["dns", "--until", "2001-01-01"],
      ["dns", "--until", "soon"],
    ]) {
      const answer = await house.server().cli(["recipients", "agree", ...beyond])
      assert.notEqual(answer.code, 0, beyond.join(" "))
    }
    assert.equal((await listed()).find(one => one.name === "dns")?.state.flows, true)
  })

  test("an agreement that is ended stops the flow, and the mail comes in after a new one", async () => {
    const first = await deliver("lax.example")
    assert.equal(first.answers.end?.code, 250)
    await recipients("end", "dns")
    const asked = world.dns.asked.length
    // of a domain that was asked about already, of another one, and what the operator's own commands would ask
    for (const domain of ["lax.example", "pass.example"]) {
      const { answers } = await deliver(domain)
      assert.equal(answers.end?.code, 451, domain)
    }
    const doctor = (await house.server().cli(["doctor"])).stdout.toString()
    await wait(200)
    assert.deepEqual(world.dns.asked.slice(asked), [], "questions left without an agreement")
    assert.match(doctor, /X recipients .*DNS.*ended/)
    assert.match((await house.server().cli(["status"])).stdout.toString(), /^stopped .*dns.*ended/m)
    const said = (await house.server().log()).match(
      /"level":"error","event":"recipients.stopped","recipient":"dns"/g,
    )
    assert.equal(said?.length, 1, "two messages within a minute are one thing to tell")
    assert.equal(await health(), 503)

    await recipients("agree", "dns")
    assert.equal(await health(), 200)
    const again = await deliver("wary.example")
    assert.equal(again.answers.end?.code, 250)
    assert.ok(world.dns.asked.length > asked)
    const kept = await readRaw(house.server(), house.people.ada)
    for (const { message } of [first, again])
      assert.equal(kept.filter(one => traceAbove(one, message) !== undefined).length, 1)
  })

  test("a message that was put off is kept whole when its sender comes again", async () => {
    const message = plain("strict-later.example")
    await recipients("end", "dns")
    assert.equal((await send("strict-later.example", message)).end?.code, 451)
    await recipients("agree", "dns")
    assert.equal((await send("strict-later.example", message)).end?.code, 250)
    const kept = await readRaw(house.server(), house.people.ada)
    assert.equal(kept.filter(one => traceAbove(one, message) !== undefined).length, 1)
  })

  test("an agreement for fewer fields lets those alone out", async () => {
    await recipients("agree", "dns", "--fields", "user.device.ip_address")
    const asked = world.dns.asked.length
    assert.equal((await deliver("fresh-one.example")).answers.end?.code, 451)
    assert.deepEqual(world.dns.asked.slice(asked), [])
    await recipients("agree", "dns", "--fields", "user.communications.domain")
    assert.equal((await deliver("fresh-one.example")).answers.end?.code, 250)
    assert.ok(world.dns.asked.slice(asked).includes("TXT fresh-one.example"))
    await recipients("agree", "dns")
  })

  test("an agreement that runs out stops the flow by itself", async () => {
    const until = new Date(Date.now() + 4000)
    await recipients("agree", "dns", "--until", until.toISOString())
    assert.equal((await deliver("fresh-two.example")).answers.end?.code, 250)
    assert.equal((await listed()).find(one => one.name === "dns")?.agreement?.until, until.toISOString())
    await wait(Math.max(0, until.getTime() - Date.now()) + 100)
    const asked = world.dns.asked.length
    assert.equal((await deliver("fresh-three.example")).answers.end?.code, 451)
    assert.deepEqual(world.dns.asked.slice(asked), [])
    assert.match((await house.server().cli(["doctor"])).stdout.toString(), /X recipients .*ran out/)
    await recipients("agree", "dns")
    assert.equal((await deliver("fresh-three.example")).answers.end?.code, 250)
  })

  test(staysEnded, async () => {
    await recipients("end", "dns")
    await house.restart()
    const asked = world.dns.asked.length
    assert.equal((await deliver("lax.example")).answers.end?.code, 451)
    assert.deepEqual(world.dns.asked.slice(asked), [])
    await recipients("agree", "dns")
    assert.equal((await deliver("lax.example")).answers.end?.code, 250)
  })

  test(altered, async () => {
    await recipients("agree", "dns", "--fields", "user.device.ip_address")
    const changes = [
      "update agreement_entry set fields = fields || '{user.communications.domain}' where number = (select max(number) from agreement_entry)",
      "delete from agreement_entry where number = (select max(number) from agreement_entry)",
      between,
    ]
    for (const change of changes) {
      if (change === between) await recipients("agree", "own-door")
      await withDatabase(house.server().dataFolder, sql => sql.unsafe(change))
      await house.restart()
      const asked = world.dns.asked.length
      assert.equal((await deliver("lax.example")).answers.end?.code, 451, change)
      await wait(200)
      assert.deepEqual(world.dns.asked.slice(asked), [], "questions left by an altered register")
      assert.match(await house.server().log(), /"level":"error","event":"recipients.broken"/)
      assert.match((await house.server().cli(["doctor"])).stdout.toString(), /X recipients .*altered/)
      assert.notEqual((await house.server().cli(["recipients", "end", "dns"])).code, 0)
      await recipients("agree", "dns")
      assert.equal((await deliver("lax.example")).answers.end?.code, 250)
      await recipients("agree", "own-door")
      await recipients("end", "dns")
    }
    await recipients("agree", "dns")
  })

  // Last: nothing is numbered any more in a ledger that was robbed.
  test(seenStays, async () => {
    await recipients("end", "dns")
    const number = await withDatabase(house.server().dataFolder, async sql => {
      const [last] = await sql<{ number: number }[]>`
        delete from agreement_entry where number = (select max(number) from agreement_entry) returning number::int`
      const said = `"kind":"agreement","number":${last?.number},`
      for (const table of ["ledger_waiting", "ledger_leaf"])
        await sql.unsafe(`delete from ${table} where position(convert_to('${said}', 'UTF8') in data) > 0`)
      await sql`select pg_notify('agreements', '')`
      return last?.number ?? 0
    })
    const broken = () => house.server().cli(["doctor"])
    for (let tries = 0; tries < 50 && !/X recipients/.test(String((await broken()).stdout)); tries++)
      await wait(200)
    assert.match((await broken()).stdout.toString(), /X recipients .*altered/)
    assert.notEqual((await house.server().cli(["recipients", "end", "dns"])).code, 0)
    await recipients("agree", "dns")
    const after = await withDatabase(
      house.server().dataFolder,
      sql =>
        sql<{ says: string }[]>`select says from agreement_entry where number > ${number} order by number`,
    )
    assert.deepEqual(
      after.map(one => one.says),
      ["begun-anew", "agreed"],
    )
  })
}

async function listed(): Promise<readonly Shown[]> {
  const { json } = succeeded(await house.server().cli(["recipients", "list", "--json"]))
  return (json as { recipients: readonly Shown[] }).recipients
}

async function recipients(...args: readonly string[]): Promise<void> {
  succeeded(await house.server().cli(["recipients", ...args]))
}

/** What a load balancer is told: 503 while mail cannot be taken. */
async function health(): Promise<number> {
  const { host, port } = addressOf(house.server().ready, "http")
  return (await fetch(`http://${host}:${port}/readyz`)).status
}

function plain(domain: string): Buffer {
  serial += 1
  const lines = [
    `From: x@${domain}`,
    "To: ada@house.example",
    `Subject: note${serial}`,
    `Message-ID: <${serial}@${domain}>`,
    "",
    `the ${serial}th`,
    "",
  ]
  return Buffer.from(lines.join("\r\n"))
}

async function send(domain: string, message: Buffer): Promise<DeliveryAnswers> {
  const client = await house.smtp()
  const answers = await client.deliver({ from: `x@${domain}`, to: ["ada@house.example"], message })
  await client.quit()
  return answers
}

async function deliver(domain: string): Promise<{ message: Buffer; answers: DeliveryAnswers }> {
  const message = plain(domain)
  return { message, answers: await send(domain, message) }
}

if (import.meta.main) {
  describe("SHARE-8, agreements end and the flow with them", checks)
  describe("SHARE-8, when an agreement is looked at", agreedChecks)
  describe("SHARE-8, whoever runs the server is bound, too", staffChecks)
}
