import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { promisify } from "node:util"
import { openDatabase } from "../../fixtures/database.ts"
import { type House, openHouse } from "../../fixtures/house.ts"
import { type ScreeningWorld, startScreeningWorld } from "../../fixtures/screening-world.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import type { Mutation } from "../check-file.ts"
import { attacks, keepLedger } from "./attacks.ts"
import { settled, witnessOf } from "./told-outside.ts"
import type { Witness } from "./witness.ts"

/**
 * What becomes of a ledger afterwards: the server itself can only add to it, and whoever changes it as the owner of the
 * database, or puts an old state of everything back, is seen by somebody who reads along from outside.
 */
const changed = "whoever changes the ledger in the database is seen from outside"
const onlyGrows =
  "the server's own connections can add to the ledger, and neither change nor remove what it says"

const rights = {
  ledger_count: ["insert", "update"],
  ledger_detail: ["insert"],
  ledger_waiting: ["insert", "delete"],
  ledger_leaf: ["insert"],
  ledger_tile: ["insert", "update"],
  ledger_checkpoint: ["insert"],
} as const

/** What nothing of the server's does to these tables: tiles fill up, and what waits is taken out when it has its number. */
const refused = Object.entries(rights).flatMap(([table, may]) =>
  [
    ...(may.some(right => right === "delete") ? [] : [`delete from ${table}`]),
    ...(may.some(right => right === "update") ? [] : [`update ${table} set created_at = now()`]),
    `truncate ${table}`,
  ].map(statement => ({ table, statement })),
)

export const outsideMutations: readonly Mutation[] = [
  {
    name: "the tree's nodes are hashed as its leaves are",
    file: "packages/tlog/src/hash.ts",
    find: "const nodePrefix = Uint8Array.of(0x01)",
    replace: "const nodePrefix = Uint8Array.of(0x00)",
    why: "a node could be passed off as an entry, and nobody else's tools would agree with ours",
    noticedBy: changed,
  },
  {
    name: "an entry is lost on the way to its number",
    file: "server/src/privacy/ledger/sequence.ts",
    find: "return [...own.values()]\n",
    replace: "return [...own.values()].slice(1)\n",
    why: "what had left would be in no ledger",
  },
  ...Object.entries(rights).map(([table, may]) => ({
    name: `the server may do anything to ${table}`,
    file: "server/src/store/app-rights.ts",
    find: `${table}: ${JSON.stringify(may).replace(",", ", ")},`,
    replace: `${table}: everything,`,
    why: "a mistake of ours could rewrite what was done with people's data",
    noticedBy: onlyGrows,
  })),
]

let folder: string
let world: ScreeningWorld
let house: House<"ada">
let witness: Witness

export function outsideChecks(): void {
  before(async () => {
    folder = await makeTempFolder()
    world = await startScreeningWorld()
    house = await openHouse(["ada"], { config: { dns: { resolver: world.dns.address } } })
    witness = await witnessOf(house.server)
    await deliver("first", 4)
  })
  after(async () => {
    await house?.close()
    await world?.dns.stop()
    if (folder !== undefined) await removeFolder(folder)
  })

  test(onlyGrows, async () => {
    const sql = openDatabase(house.server().dataFolder, "letterkeep_app")
    try {
      for (const { table, statement } of refused) {
        await assert.rejects(sql.unsafe(statement), /permission denied/, statement)
        await sql.unsafe(`select from ${table}`)
      }
    } finally {
      await sql.end()
    }
  })

  test(changed, async () => {
    const sql = openDatabase(join(house.folder, "data"))
    try {
      await look()
      for (const { name, seenAs, run } of attacks) {
        const kept = await keepLedger(sql)
        await run(sql)
        const seen = await witness.look()
        await kept.putBack()
        assert.equal(seen.kind === "broken" ? seen.how : seen.kind, seenAs, name)
        assert.equal((await witness.look()).kind, "honest", `after ${name} was undone`)
      }
    } finally {
      await sql.end()
    }
  })

  test("whoever puts an old state of everything back and goes on from there is seen from outside", async () => {
    await look()
    await house.server().stop()
    const data = join(house.folder, "data")
    const old = join(folder, "old")
    await copyAll(data, old)
    await house.restart()
    await deliver("told", 60)
    await look()
    await house.server().stop()
    await rm(data, { recursive: true })
    await copyAll(old, data)
    await house.restart()
    await deliver("untold", 60)
    await settled(house.server())
    assert.equal((await witness.look()).kind, "broken")
  })
}

/** With owners: the database runs as a user of its own where the server runs as root. */
async function copyAll(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-a", from, to])
}

/** Messages of a domain each, so that each asks the DNS something, which the ledger says. */
async function deliver(name: string, count: number): Promise<void> {
  const client = await house.smtp()
  for (let no = 0; no < count; no += 1) {
    const from = `x@${name}${no}.example`
    const message = Buffer.from(`From: <${from}>\r\nTo: <ada@house.example>\r\n\r\nwords\r\n`)
    const { end } = await client.deliver({ from, to: ["ada@house.example"], message })
    assert.equal(end?.code, 250)
  }
  await client.quit()
}

/** As somebody outside sees the ledger, once all that waits has its number. */
async function look() {
  await settled(house.server())
  return await witness.look()
}
