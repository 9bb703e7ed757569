import type { Sql, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { Ledger } from "../ledger/contract.ts"
import { newestPublic } from "../ledger/newest-public.ts"

/**
 * The table `agreement_entry`: what the operator has said of recipients, numbered 1, 2, … in one list. Nothing in it is
 * changed and nothing removed; the server's database role may only add to it. Each entry has a MAC over all that it
 * says, so that nobody who can write to the database can agree to anything; one that is missing between others is seen
 * by the numbers, and one that is missing at the end by the ledger, which is told each number in the same transaction.
 */
export type Says = "agreed" | "ended" | "begun-anew"

export interface NewEntry {
  readonly says: Says
  /** Empty where it is begun anew. */
  readonly recipient: string
  readonly purposes: readonly string[]
  readonly fields: readonly string[]
  readonly country: string | null
  readonly ground: string | null
  readonly until: Date | null
}

export interface Entry extends NewEntry {
  readonly number: number
  readonly saidAt: Date
}

/** `broken`: this server did not write it so, or not only; `last` is then the highest number that was seen. */
export type Reading =
  | { readonly kind: "whole"; readonly last: number; readonly entries: readonly Entry[] }
  | { readonly kind: "broken"; readonly last: number; readonly why: string }

export interface RowParts {
  readonly vaults: Pick<Vaults, "macOf" | "isMacOf">
  readonly ledger: Pick<Ledger, "record">
}

/** Entries in one question; more are asked for page by page. */
const pageSize = 1000
/** An operator who agrees something each day for 27 years. What is held in memory and read at each change is bounded. */
export const ENTRIES_LIMIT = 10_000
const registerLock = 4_205_518_008

/** Whoever changes the register does so one after another, on whatever node. */
export async function lockRegister(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(${registerLock})`
}

/** All since it was last begun anew, oldest first. */
export async function readEntries(db: Sql | Tx, vaults: RowParts["vaults"]): Promise<Reading> {
  // First: what is written meanwhile is then in the list at the latest when the list is read.
  const told = await toldToLedger(db, vaults)
  const [range] = await db<{ first: number; last: number }[]>`
    select coalesce(max(number) filter (where says = 'begun-anew'), 1) as first, coalesce(max(number), 0) as last
      from agreement_entry`
  const { first, last } = range ?? { first: 1, last: 0 }
  const broken = (why: string): Reading => ({ kind: "broken", last: Math.max(last, told ?? 0), why })
  if (told === undefined) return broken("what the ledger was last told of it cannot be read")
  if (told > last) return broken(`the ledger was told ${told} entries, and ${last} are there`)
  const entries: Entry[] = []
  for (let next = first; ; ) {
    const page = await db<(Entry & { readonly mac: Buffer })[]>`
      select number, says, recipient, purposes, fields, country, ground, until, said_at as "saidAt", mac
        from agreement_entry where number >= ${next} order by number limit ${pageSize}`
    for (const { mac, ...entry } of page) {
      if (entry.number !== next) return broken(`entry ${next} is missing`)
      if (!vaults.isMacOf(mac, "agreement", ...saidBy(entry))) return broken(`entry ${next} was altered`)
      entries.push(entry)
      next += 1
    }
    if (page.length < pageSize) return { kind: "whole", last: entries.at(-1)?.number ?? 0, entries }
  }
}

/** The number of the last entry that the ledger was told; undefined where it cannot be read. */
async function toldToLedger(db: Sql | Tx, vaults: RowParts["vaults"]): Promise<number | undefined> {
  const said = await newestPublic(db, vaults, "agreement")
  if (said.kind === "none") return 0
  const { number } = said.kind === "told" ? said.detail : {}
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined
}

/** After `lockRegister`; `number` is the one after the last. The ledger has it in the same transaction. */
export async function addEntry(tx: Tx, parts: RowParts, entry: Entry): Promise<void> {
  const { number, says, recipient, purposes, fields, country, ground, until, saidAt } = entry
  const mac = parts.vaults.macOf("agreement", ...saidBy(entry))
  await tx`
    insert into agreement_entry (number, says, recipient, purposes, fields, country, ground, until, said_at, mac)
    values (${number}, ${says}, ${recipient}, ${[...purposes]}, ${[...fields]}, ${country}, ${ground}, ${until},
      ${saidAt}, ${mac})`
  await parts.ledger.record(tx, null, { kind: "agreement", number, says, recipient, purposes, fields })
}

function saidBy(entry: Entry): readonly (string | number)[] {
  const { number, says, recipient, purposes, fields, country, ground, until, saidAt } = entry
  const lists = JSON.stringify([purposes, fields])
  // A country has two letters, so "-" is none of them.
  return [
    number,
    says,
    recipient,
    lists,
    country ?? "-",
    ground ?? "-",
    until?.getTime() ?? "-",
    saidAt.getTime(),
  ]
}

/** What was agreed and ended before entries had a MAC, in the order in which it was; for an empty list alone. */
export async function entriesFromBefore(tx: Tx): Promise<readonly Omit<Entry, "number">[]> {
  const rows = await tx<(Omit<NewEntry, "says"> & { agreedAt: Date; endedAt: Date | null })[]>`
    select recipient, purposes, fields, country, ground, until, agreed_at as "agreedAt", ended_at as "endedAt"
      from agreement order by agreement_id limit ${ENTRIES_LIMIT}`
  return rows.flatMap(({ agreedAt, endedAt, ...terms }) => [
    { ...terms, says: "agreed" as const, saidAt: agreedAt },
    ...(endedAt === null ? [] : [{ ...ending(terms.recipient), saidAt: endedAt }]),
  ])
}

export function ending(recipient: string): NewEntry {
  return { ...beginning, says: "ended", recipient }
}

export const beginning: NewEntry = {
  says: "begun-anew",
  recipient: "",
  purposes: [],
  fields: [],
  country: null,
  ground: null,
  until: null,
}
