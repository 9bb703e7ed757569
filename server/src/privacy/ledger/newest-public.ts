import { z } from "zod"
import type { Sql, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { parseLeaf } from "./leaf.ts"
import { macOfWaiting } from "./waiting-mac.ts"

/**
 * What the ledger was told of a kind of event about nobody: for registers whose newest row could be taken out of its
 * table unseen. Of what waits it believes what carries this server's MAC. The rows of the tree it believes; that these
 * are what was signed, `ledger verify` says, and everybody who kept a checkpoint. Each kind that is asked for has an
 * index of its own (migration 0012), which takes the very words below.
 */
export type AskedKind = keyof typeof isOfKind

/** By the first octets of a leaf: its version and kind, as `writeLeaf` writes them. */
const isOfKind = {
  agreement: "substring(data from 1 for 30) = 'letterkeep ledger 1\\012agreement\\012'::bytea",
  "policy-version": "substring(data from 1 for 35) = 'letterkeep ledger 1\\012policy-version\\012'::bytea",
} as const

/** A leaf that nobody signed would else be put behind the newest, and hide it. */
const isSigned = "leaf < (select coalesce(max(size), 0) from ledger_checkpoint)"

export type Detail = Readonly<Record<string, unknown>>

export type NewestTold =
  | { readonly kind: "none" }
  | { readonly kind: "told"; readonly detail: Detail }
  /** There is one, and it is not as this server writes them; or more wait than are looked at. */
  | { readonly kind: "unreadable" }

/** Events of a kind that are read at once, the oldest first. */
const TOLD_LIMIT = 10_000
/** Events of a kind that wait for a number: as many as this server writes at once, and who else writes some is told. */
export const WAITING_LIMIT = 20_000
const fields = z.record(z.string(), z.unknown())

/**
 * The one with the highest number of its register: of those under a signed checkpoint the
 * newest, and of those that wait any that this server wrote. An old one that is put back into the queue, with the MAC
 * that it had, hides none that came later.
 */
export async function newestPublic(
  db: Sql | Tx,
  vaults: Pick<Vaults, "macOf">,
  kind: AskedKind,
): Promise<NewestTold> {
  // What waits moves from there to here: so it is asked for first.
  const waiting = await db.unsafe<{ data: Buffer; mac: Buffer; created_at: Date }[]>(
    `select data, mac, created_at from ledger_waiting where ${isOfKind[kind]} limit ${WAITING_LIMIT + 1}`,
  )
  if (waiting.length > WAITING_LIMIT) return { kind: "unreadable" }
  const own = waiting.filter(({ data, mac, created_at }) =>
    mac.equals(macOfWaiting(vaults, data, created_at.getTime())),
  )
  const numbered = await db.unsafe<{ data: Buffer }[]>(
    `select data from ledger_leaf where ${isOfKind[kind]} and ${isSigned} order by leaf desc limit 1`,
  )
  const rows = [...own, ...numbered]
  if (rows.length === 0) return { kind: "none" }
  const details = rows.map(row => detailOf(row.data)).filter(detail => detail !== undefined)
  const [first, ...others] = details
  if (first === undefined) return { kind: "unreadable" }
  return {
    kind: "told",
    detail: others.reduce((best, each) => (numberOf(each) > numberOf(best) ? each : best), first),
  }
}

/** Of its register; 0 in events from before they said it. */
export function numberOf({ number }: Detail): number {
  return typeof number === "number" && Number.isSafeInteger(number) ? number : 0
}

/** All under a signed checkpoint, the oldest first, 10,000 at most; what cannot be read is left out. */
export async function toldOfKind(db: Sql | Tx, kind: AskedKind): Promise<readonly Detail[]> {
  const rows = await db.unsafe<{ data: Buffer }[]>(
    `select data from ledger_leaf where ${isOfKind[kind]} and ${isSigned} order by leaf limit ${TOLD_LIMIT}`,
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
