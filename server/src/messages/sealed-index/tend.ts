/** Keeps an account's index in order while a session is live: what is lost is made again, what is due is merged. */
import { failure } from "../../ports/log.ts"
import type { EmailId } from "../../store/index.ts"
import { VaultError } from "../../vaults/index.ts"
import { DamagedSegmentError } from "./damaged-index-error.ts"
import type { IndexState } from "./index-state.ts"
import { type EntryThere, planBuild, planMerge, type SegmentThere, type Step } from "./merge-plan.ts"
import { runStep } from "./merge-step.ts"
import type { SessionParts } from "./parts.ts"
import { dropSegments, rebuildEntries } from "./rebuild.ts"
import type { SegmentList } from "./segment-list.ts"

/** Messages made again before the next look. */
const mendedAtOnce = 4096

/** Resolves when nothing is due, or somebody else is at it. Rejects as the store does. */
export async function tend(parts: SessionParts, state: IndexState): Promise<void> {
  const { session } = parts
  /** Messages that cannot be made again: nothing more is tried for them. */
  const lost = new Set<EmailId>()
  while (!session.closed) {
    const toMend = await state.toMend()
    const some = toMend.filter(email => !lost.has(email)).slice(0, mendedAtOnce)
    if (some.length > 0) {
      for (const email of await rebuildEntries(parts, some)) lost.add(email)
      state.mended(some)
    } else if (!(await mergeOnce(parts, state, toMend, lost))) return
  }
}

/** False: there is nothing more to do now. */
async function mergeOnce(
  parts: SessionParts,
  state: IndexState,
  lacking: readonly EmailId[],
  lost: ReadonlySet<EmailId>,
): Promise<boolean> {
  const { session, privacy, log } = parts
  const list = await state.refresh()
  const step = await planNext(parts, list, lacking, lost)
  if (step === undefined) return false
  const startedAt = performance.now()
  try {
    // The thread opens the account's mail, so this is work on it like any other.
    const outcome = await privacy.gate("mail.read", { kind: "account", account: session.account }, async () =>
      runStep(parts, list, step),
    )
    if (outcome.kind === "not-now") return false
    if (outcome.kind === "damaged-entries") {
      for (const email of outcome.emails) state.damaged(email)
      return outcome.emails.every(email => !lost.has(email))
    }
    log.event("index.merged", { messages: outcome.messages, ms: Math.round(performance.now() - startedAt) })
    return true
  } catch (error) {
    if (error instanceof VaultError && error.code === "session-closed") return false
    if (!(error instanceof DamagedSegmentError)) throw error
    const dropped = await dropSegments(parts, session.account, [error.segment])
    log.event("index.damaged", { segments: 1, messages: 0 })
    return dropped
  }
}

const someEntries = `
  select i.id, octet_length(i.data), coalesce(k.generation = any($2::bigint[]), false)
  from idx_entry i left join seal_key k on k.account_id = i.account_id and k.seal_key_id = i.seal_key_id
  where i.account_id = $1::bigint and i.id > $3::bigint
  order by i.id limit $4::bigint`
/** Of entries that become one segment at once: an entry that does not open may lie among those that are read. */
const readsOfMany = 2

/** All numbers are of one version of the list; the step looks again, under the lease. */
async function planNext(
  parts: SessionParts,
  list: SegmentList,
  lacking: readonly EmailId[],
  lost: ReadonlySet<number>,
): Promise<Step | undefined> {
  const { store, session, limits, clock } = parts
  const newest = session.generations.at(-1)
  if (newest === undefined) return undefined
  const entriesAtOnce = readsOfMany * limits.manyEntries
  const entries: EntryThere[] = []
  for (let after = 0; ; ) {
    const some = await store.ask(
      store.sql,
      someEntries,
      [session.account, [...session.generations], after, entriesAtOnce],
      fields => ({ email: fields.int8(), bytes: fields.int4(), opens: fields.bool() }),
    )
    entries.push(...some.map(entry => (lost.has(entry.email) ? { ...entry, opens: false } : entry)))
    const step = planBuild(entries, list.segments, lacking, limits)
    if (step !== undefined) return step
    after = some.at(-1)?.email ?? 0
    if (some.length < entriesAtOnce) break
  }
  const segments = await segmentsThere(parts, list)
  const outside = entries.map(({ email }) => email)
  const step = planMerge(segments, outside, limits, clock.now())
  if (step?.kind !== "merge" || step.segments.length === 1) return step
  const between = await emailsBetween(parts, step.segments)
  if (between.length === 0) return step
  return planMerge(segments, [...outside, ...between], limits, clock.now())
}

/** Messages between segments that follow one another: without an entry too, where the index has lost them. */
async function emailsBetween(
  { store, session }: SessionParts,
  segments: readonly SegmentThere[],
): Promise<readonly number[]> {
  const values = [
    session.account,
    segments.slice(0, -1).map(({ hi }) => hi),
    segments.slice(1).map(({ lo }) => lo),
  ]
  return await store.ask(
    store.sql,
    `select e.email_id from unnest($2::bigint[], $3::bigint[]) as gap(after, before)
      join email e on e.account_id = $1::bigint and e.email_id > gap.after and e.email_id < gap.before`,
    values,
    fields => fields.int8(),
  )
}

async function segmentsThere({ store, session }: SessionParts, list: SegmentList): Promise<SegmentThere[]> {
  const gone = await store.ask(
    store.sql,
    "select id, at from idx_tombstone where account_id = $1::bigint order by id",
    [session.account],
    fields => ({ email: fields.int8(), at: fields.timestamptz() }),
  )
  return list.segments.map(segment => {
    const { id, lo, hi } = segment
    const mine = gone.filter(({ email }) => lo <= email && email <= hi)
    return {
      id,
      level: segment.kind === "open" ? segment.level : undefined,
      lo,
      hi,
      docs: segment.kind === "open" ? segment.root.emails.length : 0,
      gone: mine.length,
      goneSince:
        mine.length === 0
          ? undefined
          : mine.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY),
    }
  })
}

export type Tending = ReturnType<typeof createTending>

/** One round at a time; who asks during one gets another after it. */
export function createTending(parts: SessionParts, state: IndexState) {
  let running: Promise<void> | undefined
  let again = false
  const round = async (): Promise<void> => {
    do {
      again = false
      await tend(parts, state)
    } while (again && !parts.session.closed)
  }
  const start = (): Promise<void> => {
    again = true
    running ??= round().finally(() => {
      running = undefined
    })
    return running
  }
  return {
    /** Resolves when nothing is due any more. */
    now: start,
    /** In the background: a failure is said, and tried again with the next news. */
    soon(): void {
      start().catch((error: unknown) => {
        if (!parts.session.closed) parts.log.event("index.failed", { error: failure(error) })
      })
    },
    idle: async (): Promise<void> => {
      await running?.catch(() => undefined)
    },
  }
}
