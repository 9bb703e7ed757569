/**
 * What somebody could do to a ledger who can write to its database, and what a witness then sees. The key that signs
 * is not theirs: it is in the key file. Each attack wants four entries or more, each taking two people who have some.
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

/** What takes from people what the ledger says of them, and leaves the public log as it was: a witness sees nothing. */
export interface Taking {
  readonly name: string
  /** In the sentences of `ledger verify`. */
  readonly saidInside: RegExp
  run(sql: DatabaseDoor): Promise<unknown>
}

/** From the account with the lowest id: its own export misses something then. */
export const takings: readonly Taking[] = [
  {
    name: "what the newest entry says is taken from a person",
    saidInside: /What event \d+ about account \d+ says was taken out/,
    run: sql => sql`
      delete from ledger_detail where account_id = (select min(account_id) from ledger_detail)
        and leaf_hash = (select hash from ledger_leaf join ledger_detail on leaf_hash = hash
          where account_id = (select min(account_id) from ledger_detail) order by leaf desc limit 1)`,
  },
  {
    name: "all that the ledger says is taken from a person, and how much it was",
    saidInside: /The count of events about account \d+ is 0, and the ledger has \d+: it went back/,
    async run(sql) {
      await sql`delete from ledger_count where account_id = (select min(account_id) from ledger_detail)`
      await sql`delete from ledger_detail where account_id = (select min(account_id) from ledger_detail)`
    },
  },
  {
    name: "what the entries of two people say changes places",
    saidInside: /says was taken out/,
    run: sql => sql`
      update ledger_detail set account_id = low + high - account_id
        from (select min(account_id) as low, max(account_id) as high from ledger_detail) as those
       where account_id in (low, high)`,
  },
  {
    name: "what is sealed to two people changes places",
    saidInside: /says was changed/,
    run: sql => sql`
      with those as (
        select distinct on (account_id) account_id, leaf_hash, sealed from ledger_detail
         where account_id in ((select min(account_id) from ledger_detail), (select max(account_id) from ledger_detail))
         order by account_id, leaf_hash
      )
      update ledger_detail as one set sealed = other.sealed from those as it, those as other
       where one.account_id = it.account_id and one.leaf_hash = it.leaf_hash and other.account_id <> it.account_id`,
  },
]

export interface KeptLedger {
  /** As it was, whatever was done since. */
  putBack(): Promise<void>
}

const tables = ["ledger_leaf", "ledger_tile", "ledger_checkpoint", "ledger_detail", "ledger_count"] as const

/** Longest wait, in milliseconds, for what is still without a number. */
const patience = 20_000

/**
 * Remembers what the ledger's tables hold, once no event waits for its number: one that got it meanwhile would be
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
