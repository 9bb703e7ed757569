import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { openDatabase, withDatabase } from "../../fixtures/database.ts"
import { type House, openHouse, readRaw, succeeded, traceAbove } from "../../fixtures/house.ts"
import { type ScreeningWorld, startScreeningWorld } from "../../fixtures/screening-world.ts"
import { addressOf } from "../../fixtures/server.ts"
import type { DeliveryAnswers } from "../../fixtures/smtp-client.ts"
import type { Mutation } from "../check-file.ts"
import {
  altered,
  beyondThePolicy,
  onlyGrows,
  mutations as own,
  seenStays,
  staysEnded,
} from "../mutations/SHARE-8.ts"
import { staffChecks, staffMutations } from "../staff/bound.ts"
import { agreedChecks, agreedMutations } from "../way-out/agreed.ts"

/**
 * SHARE-8: whoever is told something is told it under an agreement with purposes, fields and an end, and an agreement
 * that has ended stops the flow: no question leaves, whoever sends mail that hangs on it is asked to come again, the
 * operator is told, and after a new agreement the mail comes in.
 */
export const mutations: readonly Mutation[] = [...own, ...agreedMutations, ...staffMutations]

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
