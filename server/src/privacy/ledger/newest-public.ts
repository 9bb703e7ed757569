import { z } from "zod"
import type { Sql, Tx } from "../../store/index.ts"
import { parseLeaf } from "./leaf.ts"

/**
 * What the ledger was told of a kind of event about nobody: for registers whose newest row could be taken out of its
 * table unseen. It believes the rows; that these are what was signed, `ledger verify` says, and everybody who kept a
 * checkpoint. Each kind that is asked for has an index of its own (migration 0012), which takes the very words below.
 */
export type AskedKind = keyof typeof isOfKind

/** By the first octets of a leaf: its version and kind, as `writeLeaf` writes them. */
const isOfKind = {
  agreement: "substring(data from 1 for 30) = 'letterkeep ledger 1\\012agreement\\012'::bytea",
  "policy-version": "substring(data from 1 for 35) = 'letterkeep ledger 1\\012policy-version\\012'::bytea",
} as const

export type Detail = Readonly<Record<string, unknown>>

export type NewestTold =
  | { readonly kind: "none" }
  | { readonly kind: "told"; readonly detail: Detail }
  /** There is one, and it is not as this server writes them. */
  | { readonly kind: "unreadable" }

/** Events of a kind that are read at once, the oldest first. */
const TOLD_LIMIT = 10_000
const fields = z.record(z.string(), z.unknown())

export async function newestPublic(db: Sql | Tx, kind: AskedKind): Promise<NewestTold> {
  const where = isOfKind[kind]
  // What waits is newer than what has a number, and moves from there to here: so it is asked for first.
  const [waiting] = await db.unsafe<{ data: Buffer }[]>(
    `select data from ledger_waiting where ${where} order by waiting_id desc limit 1`,
  )
  const [numbered] = await db.unsafe<{ data: Buffer }[]>(
    `select data from ledger_leaf where ${where} order by leaf desc limit 1`,
  )
  const row = waiting ?? numbered
  if (row === undefined) return { kind: "none" }
  const detail = detailOf(row.data)
  return detail === undefined ? { kind: "unreadable" } : { kind: "told", detail }
}

/** All that have a number, 10,000 at most; what cannot be read is left out. */
export async function toldOfKind(db: Sql | Tx, kind: AskedKind): Promise<readonly Detail[]> {
  const rows = await db.unsafe<{ data: Buffer }[]>(
    `select data from ledger_leaf where ${isOfKind[kind]} order by leaf limit ${TOLD_LIMIT}`,
  )
  return rows.map(row => detailOf(row.data)).filter(detail => detail !== undefined)
}

function detailOf(data: Buffer): Detail | undefined {
  const leaf = parseLeaf(data)
  if (leaf?.content.kind !== "public") return undefined
  try {
    return fields.safeParse(JSON.parse(leaf.content.detail.toString("utf8"))).data
  } catch {
    return undefined // not JSON: not what this server writes, which is what the caller is told
  }
}
