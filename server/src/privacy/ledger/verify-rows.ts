/**
 * The ledger recomputed from its rows: every leaf hashed again, the tree grown anew, and compared with the tiles, with
 * every checkpoint that is kept and its signature, with the sealed details, and with the registers. One snapshot of the database, in pages.
 * It finds what somebody changed, dropped, moved or added, as far as the database can tell: a database that was
 * changed for an older one as a whole is seen by whoever kept a checkpoint, and by a process that signed a newer one.
 * A leaf of an account that has gone it passes over: nothing says whose it was.
 */
import { growTiles, hashLeaf, rootOfEdge, sameHash, type Tile, tileWidth } from "@letterkeep/tlog"
import type { Clock } from "../../ports/clock.ts"
import type { Store, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { checkNumbers } from "./check-numbers.ts"
import { checkRegisters } from "./check-registers.ts"
import { parseLeaf } from "./leaf.ts"
import { placeIn } from "./places.ts"
import type { LedgerSigner, TreeHead } from "./signer.ts"
import { readTiles } from "./tree-rows.ts"
import { readWaiting, type Waiting } from "./waiting-rows.ts"

/** Milliseconds within which an event has its number and a checkpoint. */
export const NUMBERED_WITHIN_MS = 5_000
const PAGE_LEAVES = 2_048
const PAGE_CHECKPOINTS = 1_000
/** Sentences that are kept; a ledger that was tampered with may have one for each leaf. */
const MAX_FAULTS = 50

export interface Verdict {
  readonly events: number
  readonly checkpoints: number
  /** Not numbered yet. */
  readonly waiting: number
  readonly verifierKey: string
  /** What is wrong, in sentences; empty when all is right. At most 50, and how many more there are. */
  readonly faults: readonly string[]
}

export interface VerifyParts {
  readonly store: Pick<Store, "transaction">
  readonly vaults: Pick<Vaults, "macOf" | "isMacOf" | "accountMark">
  readonly signer: LedgerSigner
  readonly clock: Clock
  /** Of what waits; as many as waiting-rows.ts says, unless a test says fewer. */
  readonly placesAtMost?: number
}

/**
 * `newest`: the newest head that this process knows to be signed; `lost`: how many of the events that it wrote it has
 * seen taken away.
 */
export async function verifyRows(
  parts: VerifyParts,
  newest: TreeHead | undefined,
  lost = 0,
): Promise<Verdict> {
  return await parts.store.transaction(async tx => {
    await tx`set transaction isolation level repeatable read, read only`
    const faults = collectFaults()
    const tree = await regrow(tx, parts.signer, faults)
    await compareTiles(tx, tree, faults)
    if (newest !== undefined && tree.size < newest.size)
      faults.add(
        `This server has signed a ledger of ${newest.size} events; the database has ${tree.size}: it went back.`,
      )
    if (lost > 0)
      faults.add(`Events that this server wrote were taken away before they had a number: ${lost}.`)
    const waiting = await checkWaiting(tx, parts, faults)
    await checkDetails(tx, parts, faults)
    await checkNumbers(tx, {
      vaults: parts.vaults,
      isWaiting: waiting.isAt,
      fault: faults.add,
    })
    await checkRegisters(tx, parts.vaults, faults.add)
    return {
      events: tree.size,
      checkpoints: tree.checkpoints,
      waiting: waiting.count,
      verifierKey: parts.signer.verifierKey,
      faults: faults.list(),
    }
  })
}

interface Faults {
  add(sentence: string): void
  list(): readonly string[]
}

function collectFaults(): Faults {
  const kept: string[] = []
  let more = 0
  return {
    add(sentence) {
      if (kept.length < MAX_FAULTS) kept.push(sentence)
      else more++
    },
    list: () => (more === 0 ? kept : [...kept, `There are ${more} more faults.`]),
  }
}

interface Regrown {
  readonly size: number
  readonly edge: readonly Tile[]
  readonly checkpoints: number
}

interface LeafRow {
  readonly leaf: number
  readonly data: Buffer
  readonly hash: Buffer
  readonly place: Buffer | null
}

/** Grows the tree from the leaves' data, from one checkpoint to the next; stops where a number is missing. */
async function regrow(tx: Tx, signer: LedgerSigner, faults: Faults): Promise<Regrown> {
  let size = 0
  let edge: readonly Tile[] = []
  const checkpoints = readCheckpoints(tx)
  let next = await checkpoints.next()
  let checked = 0
  const checkHere = async (): Promise<void> => {
    while (!next.done && next.value.size <= size) {
      checkOne(next.value, { size, root: rootOfEdge(size, edge) }, signer, faults)
      checked++
      next = await checkpoints.next()
    }
  }
  const grow = async (rows: readonly LeafRow[]): Promise<void> => {
    const grown = growTiles(
      size,
      edge,
      rows.map(row => hashLeaf(row.data)),
    )
    await compareFull(tx, grown.tiles, faults)
    size = grown.size
    edge = grown.edge
  }

  await checkHere()
  for (;;) {
    const upTo = next.done ? Number.MAX_SAFE_INTEGER : next.value.size
    const rows = await tx<LeafRow[]>`
      select leaf, data, hash, place from ledger_leaf where leaf >= ${size} and leaf < ${upTo}
      order by leaf limit ${PAGE_LEAVES}`
    const whole = rows.filter((row, at) => row.leaf === size + at)
    for (const row of whole) checkLeaf(row, faults)
    if (whole.length > 0) await grow(whole)
    await checkHere()
    if (whole.length < rows.length) {
      faults.add(`Event ${size} is missing, and there are events after it.`)
      break
    }
    if (rows.length === 0) break
  }
  for (; !next.done; next = await checkpoints.next()) {
    faults.add(
      `A checkpoint over ${next.value.size} events was signed, but there are ${size}: events were dropped.`,
    )
    checked++
  }
  const [last] = await tx<{ size: number | null }[]>`select max(size) as size from ledger_checkpoint`
  if ((last?.size ?? 0) < size) faults.add(`The events from ${last?.size ?? 0} on are under no checkpoint.`)
  return { size, edge, checkpoints: checked }
}

const nowhere = Buffer.alloc(0)

function checkLeaf({ leaf, data, hash, place }: LeafRow, faults: Faults): void {
  if (parseLeaf(data) === undefined) faults.add(`Event ${leaf} is none that this server wrote.`)
  if (!sameHash(hashLeaf(data), hash))
    faults.add(`Event ${leaf} does not have the hash that is kept with it.`)
  if (!sameHash(placeIn(data) ?? nowhere, place ?? nowhere))
    faults.add(`Event ${leaf} does not have the place that is kept with it.`)
}

interface CheckpointRow {
  readonly size: number
  readonly note: string
}

async function* readCheckpoints(tx: Tx): AsyncGenerator<CheckpointRow, undefined> {
  for (let after = -1; ; ) {
    const rows = await tx<CheckpointRow[]>`
      select size, note from ledger_checkpoint where size > ${after} order by size limit ${PAGE_CHECKPOINTS}`
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return undefined
    after = last.size
  }
}

function checkOne({ size, note }: CheckpointRow, tree: TreeHead, signer: LedgerSigner, faults: Faults): void {
  const head = signer.open(note)
  if (head === undefined) faults.add(`The checkpoint over ${size} events was not signed by this server.`)
  else if (head.size !== size)
    faults.add(`The checkpoint over ${head.size} events is kept as one over ${size}.`)
  else if (!sameHash(head.root, tree.root))
    faults.add(`The first ${size} events are not those that were signed: one was changed, or moved.`)
}

async function compareFull(tx: Tx, tiles: readonly Tile[], faults: Faults): Promise<void> {
  const full = tiles.filter(tile => tile.width === 256)
  await compare(tx, full, faults)
}

async function compare(tx: Tx, tiles: readonly Tile[], faults: Faults): Promise<void> {
  if (tiles.length === 0) return
  const kept = await readTiles(tx)(tiles)
  tiles.forEach(({ level, index, hashes }, at) => {
    if (!Buffer.from(hashes).equals(kept[at] ?? Buffer.alloc(0)))
      faults.add(`Tile ${index} of level ${level} is not made of the events below it.`)
  })
}

/** Full tiles were compared on the way: what is left is the edge, and that there are no others. */
async function compareTiles(tx: Tx, { size, edge }: Regrown, faults: Faults): Promise<void> {
  await compare(tx, edge, faults)
  const rows = await tx<{ level: number; tiles: number; octets: number }[]>`
    select level, count(*) as tiles, sum(length(hashes)) as octets from ledger_tile group by level order by level`
  for (const { level, tiles, octets } of rows) {
    const hashes = Math.floor(size / 256 ** level)
    if (tiles !== Math.ceil(hashes / 256) || octets !== 32 * hashes)
      faults.add(`The tiles of level ${level} are not as many as ${size} events have.`)
  }
  if (size > 0 && rows.length < levelsOf(size)) faults.add("Tiles are missing.")
}

function levelsOf(size: number): number {
  let level = 0
  while (tileWidth(level, 0, size) > 0) level++
  return level
}

async function checkWaiting(tx: Tx, parts: VerifyParts, faults: Faults): Promise<Waiting> {
  const lateBefore = parts.clock.now() - NUMBERED_WITHIN_MS
  const waiting = await readWaiting(tx, parts.vaults, { ...parts, lateBefore })
  if (waiting.late > 0)
    faults.add(
      `${waiting.late} events have waited for a number for more than ${NUMBERED_WITHIN_MS / 1000} s.`,
    )
  if (waiting.strange > 0) faults.add(`${waiting.strange} events that wait were not written by this server.`)
  if (!waiting.isWhole)
    faults.add("Too many events wait: of some people it cannot be said whether theirs are among them.")
  return waiting
}

/** Whoever takes an event out before it has its number leaves its detail behind. */
async function checkDetails(tx: Tx, { clock }: VerifyParts, faults: Faults): Promise<void> {
  const before = new Date(clock.now() - NUMBERED_WITHIN_MS)
  // What waits is found by its leaf's hash: RFC 6962 §2.1
  const rows = await tx<{ account_id: number }[]>`
    select account_id from ledger_detail
    where created_at < ${before} and not exists (select from ledger_leaf where hash = leaf_hash)
      and not exists (select from ledger_waiting where sha256(decode('00', 'hex') || data) = leaf_hash)
    order by account_id limit ${10 * PAGE_LEAVES}`
  for (const { account_id } of rows)
    faults.add(`An event about account ${account_id} is not in the ledger: it was dropped.`)
}
