import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { promisify } from "node:util"
import { type DatabaseDoor, openDatabase } from "../../fixtures/database.ts"
import { type House, houseDomain, openHouse, succeeded } from "../../fixtures/house.ts"
import { addressOf, type RunningServer, startServer } from "../../fixtures/server.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { attacks, keepLedger, takings } from "./attacks.ts"
import { openPublicLog, type PublicLog } from "./public-log.ts"
import { createWitness, type Witness } from "./witness.ts"

/**
 * The ledger of a running server under attack, as somebody outside sees it who reads the public path alone, and as
 * `./letterkeep ledger verify` sees it: entries edited, dropped and reordered in the database, an older state put
 * back, and one key that tells two histories.
 */

let house: House<"ada" | "bob">
let witness: Witness
let sql: DatabaseDoor

describe("a witness of a running server", () => {
  before(async () => {
    house = await openHouse(["ada", "bob"])
    sql = openDatabase(house.server().dataFolder)
    await addPerson(house.server(), "cleo")
    await addPerson(house.server(), "dora")
    await settled(house.server(), 4)
    witness = createWitness(logOf(house.server()), await keyOf(house.server()))
  })
  after(async () => {
    await sql?.end()
    await house?.close()
  })

  test("sees an honest ledger grow, with a signed checkpoint within 5 s of each event", async () => {
    const first = await witness.look()
    assert(first.kind === "honest", first.kind === "broken" ? first.said : "")
    await addPerson(house.server(), "emil")
    await settled(house.server(), first.size + 1, 5000)
    const second = await witness.look()
    assert(second.kind === "honest", second.kind === "broken" ? second.said : "")
    assert.ok(second.size > first.size)
    assert.deepEqual(second.entries.slice(0, first.size), first.entries)
    for (const entry of second.entries) {
      const words = Buffer.from(entry).toString("utf8")
      assert.ok(!words.includes(houseDomain), `an address stands in the public ledger: ${words}`)
    }
  })

  for (const { name, seenAs, run } of attacks)
    test(`sees that ${name}, and so does ledger verify`, async () => {
      assert.equal((await witness.look()).kind, "honest")
      const kept = await keepLedger(sql)
      await run(sql)
      const seen = await witness.look()
      const inside = await house.server().cli(["ledger", "verify"])
      await kept.putBack()
      assert.equal(seen.kind === "broken" ? seen.how : seen.kind, seenAs)
      assert.equal(inside.code, 1, inside.stdout.toString("utf8"))
      assert.match(inside.stderr, /the ledger is not whole:\n {2}\S/)
      assert.equal((await witness.look()).kind, "honest", "nothing is wrong when it was put back")
      succeeded(await house.server().cli(["ledger", "verify"]))
    })

  for (const { name, saidInside, run } of takings)
    test(`does not see that ${name}, and ledger verify does`, async () => {
      const kept = await keepLedger(sql)
      await run(sql)
      const seen = await witness.look()
      const inside = await house.server().cli(["ledger", "verify"])
      await kept.putBack()
      assert.equal(seen.kind, "honest")
      assert.equal(inside.code, 1, inside.stdout.toString("utf8"))
      assert.match(inside.stderr, saidInside)
      succeeded(await house.server().cli(["ledger", "verify"]))
    })

  test("sees a server that signs a second history, after an older state of everything was put back", async () => {
    await house.server().stop()
    const elsewhere = await makeTempFolder()
    // With its owners, which Node's own cp does not keep: Postgres runs as somebody else than root.
    await promisify(execFile)("cp", ["-a", `${house.folder}/.`, elsewhere]) // data and keys
    await sql.end()
    await house.restart()
    sql = openDatabase(house.server().dataFolder)
    const other = await startServer({ dataFolder: join(elsewhere, "data") })
    try {
      // One key, two servers, each with a person whom the other does not know.
      await grow(house.server(), "fred")
      await grow(other, "gina")
      const here = await witness.look(logOf(house.server()))
      assert(here.kind === "honest", here.kind === "broken" ? here.said : "")
      // What a server tells the DNS when it starts is in its ledger, sooner or later: one may be longer than the other.
      for (let no = 0; (await sizeOf(other)) < here.size; no += 1) await grow(other, `guest${no}`)
      const there = await witness.look(logOf(other))
      assert.match(there.kind === "broken" ? there.how : there.kind, /^(forked|edited)$/)
      while ((await sizeOf(other)) === here.size) await grow(other, "hugo")
      const later = await witness.look(logOf(other))
      assert.equal(later.kind === "broken" ? later.how : later.kind, "edited")
      // Whoever sees one of them only is told nothing false, the server itself too; that is why witnesses compare.
      succeeded(await other.cli(["ledger", "verify"]))
      const stranger = createWitness(logOf(other), await keyOf(other))
      assert.equal((await stranger.look()).kind, "honest")
      assert.equal((await witness.look(logOf(house.server()))).kind, "honest")
    } finally {
      await other.stop()
      await removeFolder(elsewhere)
    }
  })
})

function logOf(server: RunningServer): PublicLog {
  return openPublicLog(`${httpOf(server)}/ledger`)
}

/** What the operator publishes; a witness asks once and keeps it. */
async function keyOf(server: RunningServer): Promise<string> {
  return (await (await fetch(`${httpOf(server)}/ledger/key`)).text()).trim()
}

function httpOf(server: RunningServer): string {
  const { host, port } = addressOf(server.ready, "http")
  return `http://${host}:${port}`
}

/** Each account's key is an entry. */
async function addPerson(server: RunningServer, name: string): Promise<void> {
  const args = ["account", "add", `${name}@${houseDomain}`, "--password-stdin", "--json"]
  succeeded(await server.cli(args, { stdin: "a quiet lake by night 17\n" }))
}

async function grow(server: RunningServer, name: string): Promise<void> {
  const before = await sizeOf(server)
  await addPerson(server, name)
  await settled(server, before + 1)
}

/** The size by the public checkpoint, which is not checked here. */
async function sizeOf(server: RunningServer): Promise<number> {
  const answer = await fetch(`${httpOf(server)}/ledger/checkpoint`)
  return answer.status === 200 ? Number((await answer.text()).split("\n")[1]) : 0
}

async function settled(server: RunningServer, size: number, patience = 20_000): Promise<void> {
  const deadline = Date.now() + patience
  while ((await sizeOf(server)) < size) {
    if (Date.now() > deadline) throw new Error(`no checkpoint of ${size} entries within ${patience} ms`)
    await wait(50)
  }
}
