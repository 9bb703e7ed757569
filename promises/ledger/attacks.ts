/**
 * What somebody could do to a ledger who can write to its database, and what a witness then sees. The key that signs
 * is not theirs: it is in the key file. Each attack wants four entries or more.
 */

import { setTimeout as wait } from "node:timers/promises"
import type { DatabaseDoor } from "../../fixtures/database.ts"
import type { Breach } from "./witness.ts"

export interface Attack {
  readonly name: string
  readonly seenAs: Breach
  run(sql: DatabaseDoor): Promise<unknown>
}

export const attacks: readonly Attack[] = [
  {
    name: "an entry is edited",
    seenAs: "not-as-signed",
    run: sql => sql`
      update ledger_leaf set data = set_byte(data, length(data) - 3, get_byte(data, length(data) - 3) # 1)
      where leaf = 1`,
  },
  {
    name: "an entry is edited, and its hash with it",
    seenAs: "not-as-signed",
    async run(sql) {
      await sql`update ledger_leaf set data = set_byte(data, length(data) - 3, get_byte(data, length(data) - 3) # 1)
        where leaf = 1`
      await sql`update ledger_leaf set hash = sha256('\\x00'::bytea || data) where leaf = 1`
      await sql`update ledger_tile set hashes = overlay(hashes placing (select hash from ledger_leaf where leaf = 1)
        from 33 for 32) where level = 0 and no = 0`
    },
  },
  {
    name: "the newest entry is dropped",
    seenAs: "not-as-signed",
    run: sql => sql`delete from ledger_leaf where leaf = (select max(leaf) from ledger_leaf)`,
  },
  {
    name: "an entry is dropped, and those behind it move up",
    seenAs: "not-as-signed",
    async run(sql) {
      await sql`delete from ledger_leaf where leaf = 1`
      await sql`update ledger_leaf set leaf = -leaf where leaf > 1`
      await sql`update ledger_leaf set leaf = -leaf - 1 where leaf < 0`
    },
  },
  {
    name: "two entries change places",
    seenAs: "not-as-signed",
    async run(sql) {
      await sql`update ledger_leaf set leaf = -leaf where leaf in (1, 2)`
      await sql`update ledger_leaf set leaf = 3 + leaf where leaf < 0`
    },
  },
  {
    name: "a tile says something else",
    seenAs: "not-as-signed",
    run: sql => sql`
      update ledger_tile set hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) where level = 0 and no = 0`,
  },
  {
    name: "the checkpoint is one that nobody signed",
    seenAs: "not-signed",
    run: sql => sql`
      update ledger_checkpoint set note = replace(note, e'\\n' || size || e'\\n', e'\\n' || (size - 1) || e'\\n')
      where size = (select max(size) from ledger_checkpoint)`,
  },
  {
    name: "everything is rolled back to an older checkpoint",
    seenAs: "rolled-back",
    async run(sql) {
      await sql`delete from ledger_checkpoint where size = (select max(size) from ledger_checkpoint)`
      const [newest] = await sql<{ size: string }[]>`select max(size) as size from ledger_checkpoint`
      const size = Number(newest?.size)
      await sql`delete from ledger_leaf where leaf >= ${size}`
      await sql`update ledger_tile set hashes = substring(hashes from 1 for ${32 * size}) where level = 0`
    },
  },
]

export interface KeptLedger {
  /** As it was, whatever was done since. */
  putBack(): Promise<void>
}

const tables = ["ledger_leaf", "ledger_tile", "ledger_checkpoint"] as const

/** Longest wait, in milliseconds, for what is still without a number. */
const patience = 20_000

/**
 * Remembers what the ledger's public tables hold, once no event waits for its number: one that got it meanwhile would be
 * lost when they are put back. On the one connection that `sql` has.
 */
export async function keepLedger(sql: DatabaseDoor): Promise<KeptLedger> {
  const deadline = Date.now() + patience
  for (;;) {
    const [row] = await sql.unsafe<{ n: number }[]>("select count(*)::int as n from ledger_waiting")
    if (row?.n === 0) break
    if (Date.now() > deadline) throw new Error(`events still wait for their number after ${patience} ms`)
    await wait(50)
  }
  for (const table of tables) await sql.unsafe(`create temp table kept_${table} as select * from ${table}`)
  return {
    async putBack() {
      for (const table of tables) {
        await sql.unsafe(`delete from ${table}`)
        await sql.unsafe(`insert into ${table} select * from kept_${table}`)
        await sql.unsafe(`drop table kept_${table}`)
      }
    },
  }
}
