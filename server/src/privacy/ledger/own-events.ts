/**
 * What the ledger says about one person, opened in their own session, each event with the way from its leaf to a
 * checkpoint. In pages: a long history is never in memory as a whole. What must be there and is not, by the places in
 * the tree (places.ts), is counted.
 */
import { inclusionProof, nodesFromTiles, type ReadTiles } from "@letterkeep/tlog"
import type { Store, Tx } from "../../store/index.ts"
import { VaultError, type VaultSession, type Vaults } from "../../vaults/index.ts"
import { type Personal, personal } from "../personal.ts"
import { commitTo, parseLeaf, SALT_BYTES } from "./leaf.ts"
import { missingEvents } from "./missing-events.ts"
import type { ProvenEvent } from "./proof-file.ts"
import { saidByDetail } from "./record.ts"
import type { LedgerSigner } from "./signer.ts"
import { LedgerBrokenError, newestCheckpoint, readTiles, signedHead } from "./tree-rows.ts"

/** Events of one page; their proofs need at most some four tiles of 8 KB each. */
const PAGE_EVENTS = 200
/** Numbers of leaves that one query gives; kept, each takes some eight octets for as long as the pages are read. */
const LEAVES_AT_ONCE = 50_000

export interface OwnLedger {
  /** The signed note that the paths lead to. */
  readonly checkpoint: string
  readonly pages: AsyncIterable<OwnPage>
}

export interface OwnPage {
  /** Oldest first. */
  readonly events: Personal<"user.ledger.events", readonly ProvenEvent[]>
  /** Events that this sign-in does not open: from before the password was reset. */
  readonly locked: number
  /**
   * Events whose row is gone or is not what was written, or whose leaf is gone or another: somebody changed the
   * database.
   */
  readonly altered: number
}

interface OwnParts {
  readonly store: Pick<Store, "sql" | "transaction">
  readonly vaults: Pick<Vaults, "macOf" | "isMacOf" | "accountMark">
  readonly signer: LedgerSigner
  /** LEAVES_AT_ONCE, unless a test says fewer. */
  readonly leavesAtOnce?: number
}

/**
 * Undefined before the first event of the ledger. Throws a LedgerBrokenError where its checkpoint, or the account's
 * first key, is not ours.
 */
export async function readOwn(parts: OwnParts, session: VaultSession): Promise<OwnLedger | undefined> {
  const { sql } = parts.store
  const kept = await newestCheckpoint(sql)
  if (kept === undefined) return undefined
  await signedHead(sql, parts.signer)
  await requireMark(parts, session)
  return { checkpoint: kept.note, pages: readPages(parts, session, kept.size) }
}

/** Without it nobody can tell what is missing, and nothing is said. */
async function requireMark({ store, vaults }: OwnParts, { account }: VaultSession): Promise<void> {
  try {
    await vaults.accountMark(store.sql, account)
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    throw new LedgerBrokenError("the account's first key is gone, or not the one that this server made")
  }
}

async function* readPages(parts: OwnParts, session: VaultSession, size: number): AsyncGenerator<OwnPage> {
  const { leaves, missing } = await ownLeaves(parts, session, size)
  let unread = 0
  for (let at = 0; at < leaves.length; at += PAGE_EVENTS) {
    const asked = leaves.slice(at, at + PAGE_EVENTS)
    const { page, rows } = await readPage(parts, session, asked, size)
    unread += asked.length - rows
    yield page
  }
  const altered = missing + unread
  if (altered > 0) yield { events: personal("user.ledger.events", [], session.account), locked: 0, altered }
}

interface OwnLeaves {
  /** Numbers in the ledger of what can be read. */
  readonly leaves: readonly number[]
  readonly missing: number
}

/** In one snapshot, so that what is numbered meanwhile is seen once, here or there. */
async function ownLeaves(parts: OwnParts, session: VaultSession, size: number): Promise<OwnLeaves> {
  return await parts.store.transaction(async tx => {
    await tx`set transaction isolation level repeatable read, read only`
    const leaves = await leavesOf(tx, session, size, parts.leavesAtOnce ?? LEAVES_AT_ONCE)
    // What waits is found by its leaf's hash: RFC 6962 §2.1
    const [detached] = await tx<{ count: number }[]>`
      select count(*)::int as count from ledger_detail left join ledger_leaf on hash = leaf_hash
      where account_id = ${session.account} and leaf is null
        and leaf_hash not in (select sha256(decode('00', 'hex') || data) from ledger_waiting)`
    const { withoutLeaf, withoutDetail } = await missingEvents(tx, parts.vaults, session.account, {
      size,
      found: { has: leaf => isAmong(leaves, leaf) },
    })
    // A number without a leaf and a detail without one are most likely of the same event.
    return { leaves, missing: withoutDetail + Math.max(withoutLeaf, detached?.count ?? 0) }
  })
}

/** All of them, oldest first, however many there are. */
async function leavesOf(
  tx: Tx,
  session: VaultSession,
  size: number,
  atOnce: number,
): Promise<readonly number[]> {
  const leaves: number[] = []
  for (;;) {
    const rows = await tx<{ leaf: number }[]>`
      select leaf from ledger_detail join ledger_leaf on hash = leaf_hash
      where account_id = ${session.account} and leaf > ${leaves.at(-1) ?? -1} and leaf < ${size}
      order by leaf limit ${atOnce}`
    for (const { leaf } of rows) leaves.push(leaf)
    if (rows.length < atOnce) return leaves
  }
}

/** `sorted`: smallest first. */
function isAmong(sorted: readonly number[], sought: number): boolean {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if ((sorted[middle] ?? 0) < sought) from = middle + 1
    else to = middle
  }
  return sorted[from] === sought
}

interface OwnRow {
  readonly leaf: number
  readonly data: Buffer
  readonly hash: Buffer
  readonly sealed: Buffer
  /** Null in rows from before events had numbers. */
  readonly mac: Buffer | null
}

async function readPage(
  { store: { sql }, vaults }: OwnParts,
  session: VaultSession,
  leaves: readonly number[],
  size: number,
): Promise<{ readonly page: OwnPage; readonly rows: number }> {
  const rows = await sql<OwnRow[]>`
    select leaf, data, hash, sealed, mac from ledger_leaf join ledger_detail on leaf_hash = hash
    where account_id = ${session.account} and leaf = any(${[...leaves]}::bigint[]) order by leaf`
  const nodes = nodesFromTiles(size, remembering(readTiles(sql)))
  const events: ProvenEvent[] = []
  const unopened = { locked: 0, altered: 0 }
  for (const row of rows) {
    const opened = openRow(vaults, session, row)
    if (opened.kind !== "opened") {
      unopened[opened.kind]++
      continue
    }
    const path = await inclusionProof(row.leaf, size, nodes)
    events.push({
      leaf: row.leaf,
      data: row.data.toString("utf8"),
      detail: opened.detail.toString("utf8"),
      salt: opened.salt.toString("base64"),
      path: path.map(hash => Buffer.from(hash).toString("base64")),
    })
  }
  const page = { events: personal("user.ledger.events", events, session.account), ...unopened }
  return { page, rows: rows.length }
}

const nothing = Buffer.alloc(0)

type OpenedRow =
  | { readonly kind: "opened"; readonly salt: Buffer; readonly detail: Buffer }
  | { readonly kind: "locked" }
  | { readonly kind: "altered" }

/** The MAC is asked first: what is sealed says itself to which generation, and whoever changed that has locked nothing. */
function openRow(vaults: OwnParts["vaults"], session: VaultSession, row: OwnRow): OpenedRow {
  const { data, hash, sealed } = row
  const content = parseLeaf(data)?.content
  if (content?.kind !== "sealed") return { kind: "altered" }
  const hasMac = row.mac !== null || content.place !== undefined
  if (hasMac && !vaults.isMacOf(row.mac ?? nothing, ...saidByDetail(session.account, hash, sealed)))
    return { kind: "altered" }
  try {
    const plain = session.openFromVault("ledger-event", hash.toString("hex"), sealed)
    const [salt, detail] = [plain.subarray(0, SALT_BYTES), plain.subarray(SALT_BYTES)]
    const fits = content.commitment.equals(commitTo(salt, detail))
    return fits ? { kind: "opened", salt, detail } : { kind: "altered" }
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    if (error.code === "generation-closed") return { kind: "locked" }
    if (error.code === "not-authentic") return { kind: "altered" }
    throw error
  }
}

/** Each tile once: neighbours' proofs have most of theirs in common. */
function remembering(read: ReadTiles): ReadTiles {
  const known = new Map<string, Uint8Array>()
  return async tiles => {
    const missing = tiles.filter(({ level, index }) => !known.has(`${level}/${index}`))
    const hashes = missing.length === 0 ? [] : await read(missing)
    missing.forEach(({ level, index }, at) => {
      known.set(`${level}/${index}`, hashes[at] ?? new Uint8Array())
    })
    return tiles.map(({ level, index }) => known.get(`${level}/${index}`) ?? new Uint8Array())
  }
}
