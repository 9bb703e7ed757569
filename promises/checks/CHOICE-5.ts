import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { type DatabaseDoor, openDatabase } from "../../fixtures/database.ts"
import { type House, openHouse, type Person, succeeded } from "../../fixtures/house.ts"
import { type RunningServer, startServer } from "../../fixtures/server.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import type { Mutation } from "../check-file.ts"

/**
 * CHOICE-5: each choice is kept with what was chosen, when, by whom, under which policy, and in the words that were
 * shown. The person finds the same in their own ledger; nobody changes it without that being seen, whoever can write
 * to the database included.
 */
export const mutations: readonly Mutation[] = [
  {
    name: "the words are not those that were shown",
    file: "server/src/doors/control/commands/choices.ts",
    find: "return { text: wording, value: { seen: sumOf(wording) } }",
    replace: 'return { text: "Shall all be well?", value: { seen: sumOf(wording) } }',
    why: "people would be held to what they never read",
  },
  {
    name: "the history keeps no words",
    file: "server/src/privacy/choices/index.ts",
    find: "await addRow(tx, vaults, account, { ...chosen,",
    replace: 'await addRow(tx, vaults, account, { ...chosen, wording: "",',
    why: "nobody could say later what was asked",
  },
  {
    name: "the history says another policy",
    file: "server/src/privacy/choices/index.ts",
    find: "at: clock.now(), policyVersion })",
    replace: "at: clock.now(), policyVersion: policyVersion + 1 })",
    why: "a choice would stand under a text that nobody had seen",
  },
  {
    name: "the history says another day",
    file: "server/src/privacy/choices/index.ts",
    find: "at: clock.now(), policyVersion })",
    replace: "at: clock.now() - 86_400_000, policyVersion })",
    why: "it could not be said which choice held when",
  },
  {
    name: "a no is not in the ledger",
    file: "server/src/privacy/choices/index.ts",
    find: "await ledger.record(tx, account, {",
    replace: 'if (value === "yes") await ledger.record(tx, account, {',
    why: "a refusal could be made to have never been",
  },
  {
    name: "what somebody wrote into the database is taken for a choice",
    file: "server/src/privacy/choices/rows.ts",
    find: "if (!vaults.isMacOf(mac,",
    replace: "if (mac.length === 0 && !vaults.isMacOf(mac,",
    why: "an operator could make a person's yes",
  },
  {
    name: "a choice that was taken out is not missed",
    file: "server/src/privacy/choices/rows.ts",
    find: "if (row.version !== first + at)",
    replace: "if (row.version < first)",
    why: "a no between others could be made to have never been",
  },
  {
    name: "the server may change its history",
    file: "server/src/store/app-rights.ts",
    find: 'choice: ["insert"],',
    replace: 'choice: ["insert", "update", "delete"],',
    why: "a mistake of ours could overwrite what people have said",
  },
  {
    name: "a browser's signal is not heard",
    file: "server/src/doors/http/privacy-control.ts",
    find: 'return headers["sec-gpc"] === "1"',
    replace: 'return headers["sec-gpc"] === "yes"',
    why: "who refuses by their browser would not have refused",
  },
]

interface Made {
  readonly choice: string
  readonly value: string
  readonly by: string
  readonly policyVersion: number
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

  test("takes no choice from who has not signed in, nor to words that were not shown", async () => {
    const args = ["choice", "set", house.people.bob.address, "sell-or-share", "yes", "--password-stdin"]
    for (const stdin of ["wrong\n", `${house.people.ada.password}\n`])
      assert.notEqual((await house.server().cli(args, { stdin })).code, 0)
    assert.deepEqual(await historyOf(house.server(), house.people.bob.address), [])
  })

  test("the person finds every choice in their own ledger, as it was, with its words", async () => {
    const { ada } = house.people
    assert.deepEqual(await inLedger(ada), said(await historyOf(house.server(), ada.address)))
  })

  test("the server's own connections cannot change a choice, nor take one out", async () => {
    const sql = openDatabase(join(house.folder, "data"), "letterkeep_app")
    try {
      for (const statement of ["update choice set value = 'no'", "delete from choice", "truncate choice"])
        await assert.rejects(sql.unsafe(statement), /permission denied/, statement)
      assert.equal(
        (await sql`select from choice`).length,
        0,
        "a look that is for nobody sees somebody's choices",
      )
    } finally {
      await sql.end()
    }
  })

  test("what somebody who owns the database changes is seen, and taken for nobody's choice", async () => {
    const { ada } = house.people
    const before = said(await historyOf(house.server(), ada.address))
    await withDatabase(async sql => {
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

  test("a browser that sends Global Privacy Control has said no for who is signed in, once, in the words it is told", async () => {
    const folder = await makeTempFolder()
    const server = await startServer({ dataFolder: join(folder, "data") })
    try {
      const signal = { "sec-gpc": "1" }
      const session = await makeFirstPerson(server, signal)
      for (let no = 0; no < 2; no += 1)
        await fetch(`${origin(server)}/setup/api/inbox`, {
          headers: { ...signal, "x-setup-session": session },
        })
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
    } finally {
      await server.stop()
      await removeFolder(folder)
    }
  })
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
async function policyInForce(server: RunningServer): Promise<number> {
  const page = await (await fetch(`${origin(server)}/privacy`)).text()
  return Number(/Version (\d+)/.exec(page)?.[1])
}

/** The choices of a person's own ledger, oldest first: each is what its leaf commits to. */
async function inLedger(person: Person): Promise<readonly object[]> {
  const file = join(house.folder, "own-ledger.json")
  await rm(file, { force: true })
  const args = ["ledger", "export", person.address, "--password-stdin", "--out", file]
  succeeded(await house.server().cli(args, { stdin: `${person.password}\n` }))
  const { events } = JSON.parse(await readFile(file, "utf8")) as {
    events: readonly { data: string; detail: string; salt: string }[]
  }
  return events.flatMap(({ data, detail, salt }) => {
    const commitment = createHash("sha256").update(Buffer.from(salt, "base64")).update(detail).digest("hex")
    assert.ok(data.endsWith(`\nsha256 ${commitment}\n`), "the leaf commits to another event")
    const event = JSON.parse(detail) as Made & { readonly kind: string }
    return event.kind === "choice" ? said([event]) : []
  })
}

function origin(server: RunningServer): string {
  return `http://${String(server.ready.http)}`
}

async function makeFirstPerson(server: RunningServer, headers: Record<string, string>): Promise<string> {
  const token = new URLSearchParams(new URL(String(server.ready.setup)).hash.slice(1)).get("token") ?? ""
  const made = await fetch(`${origin(server)}/setup/api/person`, {
    method: "POST",
    headers: { ...headers, "x-setup-token": token, "content-type": "application/json" },
    body: JSON.stringify({
      organisation: "",
      domain: "letterkeep.localhost",
      localPart: "eve",
      password: "a quiet lake by night 17",
    }),
  })
  assert.equal(made.status, 200)
  return ((await made.json()) as { session: string }).session
}

async function withDatabase(work: (sql: DatabaseDoor) => Promise<void>): Promise<void> {
  const sql = openDatabase(join(house.folder, "data"))
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}

if (import.meta.main) describe("CHOICE-5, choices have a history", checks)
