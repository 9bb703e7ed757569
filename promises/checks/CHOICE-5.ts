import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { openDatabase, withDatabase } from "../../fixtures/database.ts"
import { type FirstPerson, makeFirstPerson } from "../../fixtures/first-person.ts"
import { bindStaff, type House, openHouse, type Person, succeeded } from "../../fixtures/house.ts"
import { type RunningServer, startServer } from "../../fixtures/server.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { ask } from "../../server/src/cli/client.ts"
import { type OwnEvent, ownEvents } from "../ledger/own-events.ts"
import { firstSignal, laterSignal, notShown, ownWall } from "../mutations/CHOICE-5.ts"

/**
 * CHOICE-5: each choice is kept with what was chosen, when, by whom, under which policy, and in the words that were
 * shown. The person finds the same in their own ledger; nobody changes it without that being seen, whoever can write
 * to the database included.
 */
export { mutations } from "../mutations/CHOICE-5.ts"

interface Made {
  readonly choice: string
  readonly value: string
  readonly by: string
  readonly policyVersion: string
  readonly wording: string
  readonly at: string
}

const reason = ["--reason", "she wants to know what she said"]
let house: House<"ada" | "bob">

function checks(): void {
  before(async () => {
    house = await openHouse(["ada", "bob"])
  })
  after(() => house?.close())

  test("keeps each choice with what was shown, when, by whom and under which policy, and all that came before", async () => {
    const from = Date.now()
    const asked = [await choose("ada", "yes"), await choose("ada", "no"), await choose("ada", "yes")]
    const until = Date.now()
    const made = await historyOf(house.server(), house.people.ada.address)
    assert.deepEqual(
      made.map(one => [one.choice, one.value, one.by, one.wording]),
      ["yes", "no", "yes"].map((value, at) => ["sell-or-share", value, "person", asked[at]]),
    )
    const policy = await policyInForce(house.server())
    for (const { at, policyVersion, wording } of made) {
      assert.ok(Date.parse(at) >= from - 1 && Date.parse(at) <= until, `${at} is not when it was`)
      assert.equal(policyVersion, policy)
      assert.ok(wording.length > 40, "these are no words to choose by")
    }
    assert.deepEqual(await historyOf(house.server(), house.people.bob.address), [])
  })

  test(notShown, async () => {
    const args = ["choice", "set", house.people.bob.address, "sell-or-share", "yes", "--password-stdin"]
    for (const stdin of ["wrong\n", `${house.people.ada.password}\n`])
      assert.notEqual((await house.server().cli(args, { stdin })).code, 0)
    // a client of its own, which has shown other words, or takes another answer
    const { address, password } = house.people.bob
    const shown = createHash("sha256")
      .update(await wordsShown())
      .digest("hex")
      .slice(0, 16)
    const say = (answer: string, seen: string) =>
      ask(
        house.server().dataFolder,
        { command: "choice.set", arguments: { address, choice: "sell-or-share", answer, seen, password } },
        { progress: () => undefined, bytes: async () => undefined },
      )
    for (const [answer, seen] of [
      ["no", "0123456789abcdef"],
      ["perhaps", shown],
    ] as const) {
      const said = await say(answer, seen)
      assert.equal(said.kind, "failed", JSON.stringify(said))
      assert.doesNotMatch(JSON.stringify(said), /went wrong/)
    }
    assert.deepEqual(await historyOf(house.server(), address), [])
  })

  test("the person finds every choice in their own ledger, as it was, with its words", async () => {
    const { ada } = house.people
    assert.deepEqual(await inLedger(ada), said(await historyOf(house.server(), ada.address)))
  })

  test(ownWall, async () => {
    await choose("bob", "no")
    const sql = openDatabase(join(house.folder, "data"), "letterkeep_app")
    try {
      for (const statement of ["update choice set value = 'no'", "delete from choice", "truncate choice"])
        await assert.rejects(sql.unsafe(statement), /permission denied/, statement)
      assert.equal(
        (await sql`select from choice`).length,
        0,
        "a look that is for nobody sees somebody's choices",
      )
      const [ada, bob] = await Promise.all(["ada", "bob"].map(accountOf))
      assert.ok(ada !== undefined && bob !== undefined)
      await sql
        .begin(async tx => {
          await tx`select set_config('letterkeep.account', ${String(bob)}, true)`
          const seen = await tx<{ account: string }[]>`select account_id::text as account from choice`
          assert.deepEqual([...new Set(seen.map(one => one.account))], [String(bob)])
          const forAda = tx`
          insert into choice (account_id, version, choice, value, made_by, policy_version, wording, made_at, mac)
          select ${ada}, 99, choice, value, made_by, policy_version, wording, made_at, mac from choice limit 1`
          await assert.rejects(forAda, /row-level security/)
          throw new Undone()
        })
        .catch((error: unknown) => assert.ok(error instanceof Undone, String(error)))
    } finally {
      await sql.end()
    }
  })

  test("what somebody who owns the database changes is seen, and taken for nobody's choice", async () => {
    const { ada } = house.people
    const before = said(await historyOf(house.server(), ada.address))
    await withDatabase(house.server().dataFolder, async sql => {
      for (const change of [
        sql`update choice set value = 'yes' where version = 2`,
        sql`update choice set wording = 'may we?' where version = 3`,
        sql`update choice set made_at = made_at - interval '1 year' where version = 1`,
        sql`delete from choice where version = 2`,
      ]) {
        const kept = await sql`select * from choice order by version`
        await change
        const { code } = await house.server().cli(["choices", ada.address, ...reason, "--json"])
        assert.notEqual(code, 0, "what was changed is shown as hers")
        await sql`delete from choice`
        await sql`insert into choice ${sql(kept)}`
        assert.deepEqual(said(await historyOf(house.server(), ada.address)), before)
      }
      // The newest row taken out leaves no gap: her ledger still has it.
      const kept = await sql`select * from choice where version = 3`
      await sql`delete from choice where version = 3`
      assert.deepEqual(await inLedger(ada), before)
      assert.notDeepEqual(said(await historyOf(house.server(), ada.address)), before)
      await sql`insert into choice ${sql(kept)}`
    })
  })

  test(firstSignal, async () => {
    await withFirstRun(async server => {
      const signal = { "sec-gpc": "1" }
      const person = await makeFirstPerson(server, "eve", signal)
      assert.equal((await historyOf(server, "eve@letterkeep.localhost")).length, 1)
      for (let no = 0; no < 2; no += 1) await askForInbox(person, signal)
      const made = await historyOf(server, "eve@letterkeep.localhost")
      assert.deepEqual(
        made.map(one => [one.choice, one.value, one.by]),
        [["sell-or-share", "no", "browser-signal"]],
      )
      const page = await (await fetch(`${origin(server)}/privacy`, { headers: signal })).text()
      assert.ok(
        page.includes(made[0]?.wording ?? "nothing was kept"),
        "other words than the page's were kept",
      )
      const support = await (await fetch(`${origin(server)}/.well-known/gpc.json`)).json()
      assert.equal((support as { gpc: unknown }).gpc, true)
    })
  })

  test(laterSignal, async () => {
    await withFirstRun(async server => {
      const person = await makeFirstPerson(server, "eve", { "sec-gpc": "0" })
      for (const said of ["0", "true", "11", "1, 1"]) await askForInbox(person, { "sec-gpc": said })
      assert.deepEqual(await historyOf(server, "eve@letterkeep.localhost"), [])
      await askForInbox(person, { "sec-gpc": "1" })
      await askForInbox(person, {})
      const made = await historyOf(server, "eve@letterkeep.localhost")
      assert.deepEqual(
        made.map(one => [one.choice, one.value, one.by]),
        [["sell-or-share", "no", "browser-signal"]],
      )
    })
  })
}

/** So that what a check has written is not kept. */
class Undone extends Error {
  override readonly name = "Undone"
}

/** A server that nobody has signed in to yet. */
async function withFirstRun(work: (server: RunningServer) => Promise<void>): Promise<void> {
  const folder = await makeTempFolder()
  const server = await startServer({ dataFolder: join(folder, "data") })
  try {
    await bindStaff(server)
    await work(server)
  } finally {
    await server.stop()
    await removeFolder(folder)
  }
}

async function askForInbox(person: FirstPerson, headers: Record<string, string>): Promise<void> {
  assert.equal((await person.ask("inbox", { headers })).status, 200)
}

/** What a person is shown before they choose. */
async function wordsShown(): Promise<string> {
  const { address } = house.people.bob
  const asked = await ask(
    house.server().dataFolder,
    { command: "choice.ask", arguments: { address, choice: "sell-or-share", answer: "no" } },
    { progress: () => undefined, bytes: async () => undefined },
  )
  assert.ok(asked.kind === "done", JSON.stringify(asked))
  return asked.text
}

async function accountOf(name: string): Promise<number> {
  let found = 0
  await withDatabase(house.server().dataFolder, async sql => {
    const address = `${name}@house.example`
    const [row] = await sql<{ id: number }[]>`
      select account_id::int as id from address where address = ${address}`
    found = row?.id ?? 0
  })
  return found
}

/** Gives the words that were shown before the password was asked for. */
async function choose(name: "ada" | "bob", value: string): Promise<string> {
  const { address, password } = house.people[name]
  const args = ["choice", "set", address, "sell-or-share", value, "--password-stdin"]
  return succeeded(await house.server().cli(args, { stdin: `${password}\n` })).stderr.trim()
}

async function historyOf(server: RunningServer, address: string): Promise<readonly Made[]> {
  const { json } = succeeded(await server.cli(["choices", address, ...reason, "--json"]))
  return (json as { history: readonly Made[] }).history
}

const said = (made: readonly Made[]) => made.map(({ choice, value, wording }) => ({ choice, value, wording }))

/** Of the page that everybody reads. */
async function policyInForce(server: RunningServer): Promise<string> {
  const page = await (await fetch(`${origin(server)}/privacy`)).text()
  return /Version ([\d.]+), in effect/.exec(page)?.[1] ?? "no version"
}

/** The choices of a person's own ledger, oldest first: each is what its leaf commits to. */
async function inLedger(person: Person): Promise<readonly object[]> {
  const events = await ownEvents(house, person)
  return said(events.filter((event): event is OwnEvent & Made => event.kind === "choice"))
}

function origin(server: RunningServer): string {
  return `http://${String(server.ready.http)}`
}

if (import.meta.main) describe("CHOICE-5, choices have a history", checks)
