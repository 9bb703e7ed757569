/**
 * One merge: one transaction, under the account's lease. The new segment's pages are written as the thread makes them;
 * then, with the account's row locked, what it was made of goes, and the list's version is counted up. A merge that is
 * broken off anywhere leaves everything as it was.
 */
import { asId, createCopyRows, type EmailId, type Store, type Tx } from "../../store/index.ts"
import { VaultError } from "../../vaults/index.ts"
import { type GatherLimits, gatherLimits } from "./limits.ts"
import type { CloneableEntry, JobInput, JobPorts, JobResult } from "./merge-job.ts"
import type { Step } from "./merge-plan.ts"
import { MergeError } from "./merge-worker.ts"
import { countUp, type SessionParts, takeLease } from "./parts.ts"
import { readEntriesInOrder } from "./read-entries.ts"
import { openSegments, readSegmentList, type SegmentList } from "./segment-list.ts"
import type { MadeSegment, SealedPage } from "./segment-writer.ts"

export type StepOutcome =
  | { readonly kind: "merged"; readonly messages: number }
  /** Somebody else merges this account, or has just done so. */
  | { readonly kind: "not-now" }
  /** These entries are damaged: they have to be made again of their messages first. */
  | { readonly kind: "damaged-entries"; readonly emails: readonly EmailId[] }

/** Entries of one question: 128 KB as they mostly are. */
const entriesAtOnce = 64

/** The merge is not to be: undone, and nothing to be said about. */
class NotNowError extends Error {
  override readonly name = "NotNowError"
  readonly temporary = true
}

/** `list`: the one that the step was planned by. Throws DamagedSegmentError. */
export async function runStep(parts: SessionParts, list: SegmentList, step: Step): Promise<StepOutcome> {
  try {
    return await runOnce(parts, list, step, gatherLimits)
  } catch (error) {
    if (error instanceof NotNowError) return { kind: "not-now" }
    if (!(error instanceof MergeError && error.outOfMemory && step.kind === "build")) throw error
    const { termBytes, postings } = gatherLimits
    return await runOnce(parts, list, step, { termBytes: termBytes / 8, postings: postings / 8 })
  }
}

async function runOnce(
  parts: SessionParts,
  list: SegmentList,
  step: Step,
  limits: GatherLimits,
): Promise<StepOutcome> {
  const { store, session, vaults, worker } = parts
  const { account } = session
  return await store.transaction(async tx => {
    if (!(await takeLease(tx, account))) throw new NotNowError("somebody else merges")
    const now = await readSegmentList(store, session, list)
    if (now.version !== list.version) throw new NotNowError("the list has changed")
    const key = vaults.makeSegmentKey()
    const gone = step.kind === "merge" ? await readGone(tx, account, step) : []
    const inputs = step.kind === "merge" ? inputsOf(now, step, new Set(gone)) : []
    const job =
      step.kind === "build"
        ? ({ kind: "build", account, ...key, limits } as const)
        : ({ kind: "merge", account, ...key, inputs } as const)
    const result = await worker.run(job, portsOf(parts, tx, step, key.id))
    if (session.closed) throw new VaultError("session-closed", "the session has ended")
    if (result.made !== undefined) {
      const generation = await vaults.keepSegmentKey(tx, account, key)
      // What this session could not read afterwards it does not write.
      if (!session.generations.includes(generation)) throw new NotNowError("the vault has a newer generation")
    }
    await dropPages(tx, account, inputs)
    await tx`select from mail_state where account_id = ${account} for update`
    const outcome = await replaceInputs(tx, parts, step, inputs, gone, result)
    if (result.made !== undefined) {
      // Of many entries it may have taken few.
      const isSmall = step.kind === "build" && result.made.docs <= (parts.limits.levels[0] ?? 0)
      await writeSegment(tx, account, key.id, isSmall ? 0 : step.level, result.made)
    }
    await countUp(tx, account)
    return outcome
  })
}

/** Tombstones of their range. */
async function readGone(tx: Tx, account: number, { segments }: Step & { kind: "merge" }): Promise<number[]> {
  const [lo, hi] = [segments[0]?.lo ?? 0, segments.at(-1)?.hi ?? 0]
  const rows = await tx<{ id: number }[]>`
    select id from idx_tombstone where account_id = ${account} and id between ${lo} and ${hi}`
  return rows.map(row => row.id)
}

function inputsOf(
  list: SegmentList,
  step: Step & { kind: "merge" },
  gone: ReadonlySet<number>,
): readonly JobInput[] {
  const known = new Map(openSegments(list).map(segment => [segment.id, segment]))
  return step.segments.map(({ id }) => {
    const segment = known.get(id)
    if (segment === undefined) throw new NotNowError("a segment has gone")
    const { key, root } = segment
    return { id, key, root, gone: Array.from(root.emails).filter(email => gone.has(email)) }
  })
}

function portsOf(parts: SessionParts, tx: Tx, step: Step, segment: number): JobPorts {
  const { store, session } = parts
  let after = step.kind === "build" ? step.first - 1 : 0
  let left = step.kind === "build" ? step.count : 0
  return {
    async entries() {
      refuseClosed(session.closed)
      if (step.kind !== "build" || left === 0) return []
      const { rows } = await readEntriesInOrder(
        store,
        session,
        "whole",
        after,
        step.last,
        Math.min(left, entriesAtOnce),
      )
      left -= rows.length
      after = rows.at(-1)?.email ?? after
      return rows.flatMap(({ key, ...row }): CloneableEntry[] => (key === undefined ? [] : [{ ...row, key }]))
    },
    async pages(from, kind, first, count) {
      refuseClosed(session.closed)
      return await readStored(store, session.account, from, kind, first, count)
    },
    store: pages => writePages(store, tx, session.account, segment, pages),
  }
}

function refuseClosed(closed: boolean): void {
  if (closed) throw new VaultError("session-closed", "the session has ended")
}

const storedPages = `
  select no, data from idx_page where account_id = $1::bigint and segment_id = $2::bigint
    and kind = $3::bigint::smallint and no between $4::bigint::int and $5::bigint::int
  order by no`

/** Beside the transaction: its connection writes meanwhile. */
async function readStored(
  store: Store,
  account: number,
  segment: number,
  kind: number,
  first: number,
  count: number,
): Promise<readonly Buffer[]> {
  const values = [account, segment, kind, first, first + count - 1]
  const pages = await store.ask(store.sql, storedPages, values, fields => ({
    no: fields.int4(),
    data: Buffer.from(fields.bytea()),
  }))
  return pages.map(page => page.data)
}

async function writePages(
  store: Store,
  tx: Tx,
  account: number,
  segment: number,
  pages: readonly SealedPage[],
): Promise<void> {
  const rows = createCopyRows("idx_page", ["account_id", "segment_id", "kind", "no", "data"])
  for (const { kind, no, data } of pages) {
    rows.row()
    rows.int8(account)
    rows.int8(segment)
    rows.int2(kind)
    rows.int4(no)
    rows.bytea(data)
  }
  await store.copyIn(tx, rows)
}

async function dropPages(tx: Tx, account: number, inputs: readonly JobInput[]): Promise<void> {
  if (inputs.length === 0) return
  await tx`delete from idx_page
    where account_id = ${account} and segment_id = any(${inputs.map(({ id }) => id)}::bigint[])`
}

/** With the account's row locked: nobody deletes messages meanwhile. */
async function replaceInputs(
  tx: Tx,
  { session: { account }, vaults }: SessionParts,
  step: Step,
  inputs: readonly JobInput[],
  tombstones: readonly number[],
  result: JobResult,
): Promise<StepOutcome> {
  const messages = result.made?.docs ?? 0
  if (result.kind === "merge") {
    const ids = inputs.map(({ id }) => id)
    await tx`delete from idx_segment where account_id = ${account} and segment_id = any(${ids}::bigint[])`
    await vaults.dropSegmentKeys(tx, account, ids)
    await tx`delete from idx_tombstone where account_id = ${account} and id = any(${[...tombstones]}::bigint[])`
    return { kind: "merged", messages }
  }
  if (step.kind !== "build") throw new Error("a build that was no step")
  const merged = [...result.taken]
  const dropped = await tx<{ id: EmailId }[]>`
    delete from idx_entry where account_id = ${account} and id = any(${merged}::bigint[]) returning id`
  const held = new Set(dropped.map(row => row.id))
  // Deleted since they were read: they left no tombstone, for they were in no segment yet.
  const gone = merged.filter(email => !held.has(email))
  await tx`insert into idx_tombstone (account_id, id)
    select ${account}, id from unnest(${gone}::bigint[]) as gone(id) on conflict do nothing`
  if (result.damaged.length > 0) return { kind: "damaged-entries", emails: result.damaged.map(asId<EmailId>) }
  return { kind: "merged", messages }
}

async function writeSegment(
  tx: Tx,
  account: number,
  id: number,
  level: number,
  { lo, hi, docs, pages, root }: MadeSegment,
): Promise<void> {
  await tx`insert into idx_segment (account_id, segment_id, level, lo, hi, docs, pages, root)
    values (${account}, ${id}, ${level}, ${lo}, ${hi}, ${docs}, ${pages}, ${root})`
}
