/**
 * Numbering: one transaction takes what waits, gives it the next numbers, and writes leaves, tiles and a signed
 * checkpoint. A crash at any point leaves the ledger as it was before or as it is after.
 *
 * Invariants. One node at a time, by an advisory lock. Numbers have no gaps and no event has two. Nothing is signed on
 * top of tiles that do not give the root that was signed last, so who can only write to the database cannot have a
 * changed past signed.
 */
import { growTiles, hashLeaf, rootOfEdge, sameHash } from "@letterkeep/tlog"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Store, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { LedgerSigner, TreeHead } from "./signer.ts"
import {
  appendLeaves,
  keepGrowth,
  LedgerBrokenError,
  type NewLeaf,
  readEdge,
  signedHead,
} from "./tree-rows.ts"
import { macOfWaiting } from "./waiting-mac.ts"

/** Advisory lock of whoever numbers. */
export const LEDGER_LOCK = 7_301_002
/** Events of one transaction; each is at most some 16 KB, and nearly all are below 200 octets. */
export const BATCH_EVENTS = 1024

export type Sequenced =
  /** Another node is at it. */
  | { readonly kind: "busy" }
  /** `isFull`: only what was not ours stood there, and more may wait behind it. */
  | { readonly kind: "nothing"; readonly isFull: boolean }
  | {
      readonly kind: "numbered"
      readonly head: TreeHead
      readonly events: number
      /** More may wait. */
      readonly isFull: boolean
      /** Milliseconds that the oldest of them had waited. */
      readonly lag: number
    }

export interface SequenceParts {
  readonly store: Pick<Store, "transaction" | "copyIn">
  readonly vaults: Pick<Vaults, "macOf">
  readonly signer: LedgerSigner
  readonly clock: Clock
  readonly log: Log
}

interface WaitingRow {
  readonly waiting_id: number
  readonly data: Buffer
  readonly mac: Buffer
  readonly created_at: Date
}

/** `newest`: the newest head that this process knows to be signed; an older one in the database is a roll-back. */
export async function sequence(
  parts: SequenceParts,
  lock: "try" | "wait",
  newest: TreeHead | undefined,
): Promise<Sequenced> {
  return await parts.store.transaction(async tx => {
    if (!(await takeLock(tx, lock))) return { kind: "busy" }
    const rows = await tx<WaitingRow[]>`
      delete from ledger_waiting where waiting_id in
        (select waiting_id from ledger_waiting order by waiting_id limit ${BATCH_EVENTS})
      returning waiting_id, data, mac, created_at`
    const leaves = await ownLeaves(parts, tx, rows)
    const isFull = rows.length === BATCH_EVENTS
    if (leaves.length === 0) return { kind: "nothing", isFull }
    const before = await headToGrow(tx, parts.signer, newest)
    const edge = await readEdge(tx, before.size)
    refuseOtherRoot(before, rootOfEdge(before.size, edge))
    const grown = growTiles(
      before.size,
      edge,
      leaves.map(leaf => leaf.hash),
    )
    await appendLeaves(parts.store, tx, before.size, leaves)
    const now = parts.clock.now()
    await keepGrowth(tx, grown, parts.signer.sign(grown), now)
    return {
      kind: "numbered",
      head: grown,
      events: leaves.length,
      isFull,
      lag: now - Math.min(...leaves.map(leaf => leaf.at)),
    }
  })
}

async function takeLock(tx: Tx, lock: "try" | "wait"): Promise<boolean> {
  if (lock === "try") {
    const [row] = await tx<{ got: boolean }[]>`select pg_try_advisory_xact_lock(${LEDGER_LOCK}) as got`
    return row?.got === true
  }
  await tx`select pg_advisory_xact_lock(${LEDGER_LOCK})`
  return true
}

/**
 * In the order in which they were written. What this server did not write, or what has a number already, somebody else
 * put there: it is left out, and said.
 */
async function ownLeaves(
  { vaults, log }: SequenceParts,
  tx: Tx,
  rows: readonly WaitingRow[],
): Promise<readonly NewLeaf[]> {
  const own = new Map<string, NewLeaf>()
  for (const { data, mac, created_at } of rows.toSorted((one, other) => one.waiting_id - other.waiting_id)) {
    const at = created_at.getTime()
    const hash = hashLeaf(data)
    if (mac.equals(macOfWaiting(vaults, data, at))) own.set(hash.toString("hex"), { data, hash, at })
  }
  const numbered = await tx<{ hash: Buffer }[]>`
    select hash from ledger_leaf join unnest(${[...own.keys()]}::text[]) as asked (hex) on hash = decode(hex, 'hex')`
  for (const { hash } of numbered) own.delete(hash.toString("hex"))
  if (own.size < rows.length) log.event("ledger.event-not-ours", { events: rows.length - own.size })
  return [...own.values()]
}

async function headToGrow(tx: Tx, signer: LedgerSigner, newest: TreeHead | undefined): Promise<TreeHead> {
  const head = (await signedHead(tx, signer)) ?? { size: 0, root: rootOfEdge(0, []) }
  if (newest === undefined || head.size > newest.size) return head
  if (head.size < newest.size)
    throw new LedgerBrokenError(
      `the ledger went back from ${newest.size} events to ${head.size}: the database is an older one`,
    )
  refuseOtherRoot(head, newest.root)
  return head
}

function refuseOtherRoot({ size, root }: TreeHead, found: Uint8Array): void {
  if (!sameHash(root, found))
    throw new LedgerBrokenError(`the ledger of ${size} events is not the one that was signed`)
}
