/** The index of one account in one live session: what lists and searches ask. */
import type { EmailId } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import { VaultError, type VaultSession } from "../../vaults/index.ts"
import type { AccountIndex, FindOptions, Found, Question } from "./contract.ts"
import { allEmails, find } from "./find.ts"
import { createIndexState } from "./index-state.ts"
import { cutPage, readPage, type Shown } from "./list-summaries.ts"
import type { CacheRoom } from "./page-cache.ts"
import type { IndexParts, SessionParts } from "./parts.ts"
import { createTending } from "./tend.ts"

export interface OpenIndex extends AccountIndex {
  /** Resolves when nothing of it runs any more. */
  idle(): Promise<void>
}

export function openAccountIndex(
  house: IndexParts,
  room: CacheRoom,
  session: VaultSession,
  onClose: () => void,
): OpenIndex {
  const parts: SessionParts = { ...house, session }
  const cache = room.open()
  const state = createIndexState(parts, cache, () => tending.soon())
  const tending = createTending(parts, state)
  let closed = false
  // Who signs in will list or search. If it fails now, it fails again for them.
  state.refresh().catch(() => undefined)

  /** Ends by itself with the session, as soon as somebody asks. */
  function refuseClosed(): void {
    if (!closed && !session.closed) return
    close()
    throw new VaultError("session-closed", "the session has ended")
  }

  function close(): void {
    if (closed) return
    closed = true
    state.close()
    onClose()
  }

  async function* summaries(
    emails: readonly EmailId[],
    bodies: readonly Buffer[] | undefined,
  ): AsyncGenerator<readonly Shown[]> {
    const read = (from: number) =>
      state.consistently(async list => {
        const page = cutPage(list, emails, from)
        const known = bodies && bodiesBeside(page.emails, bodies, from)
        return {
          shown: await readPage(parts, cache, list, page, state.damaged, known),
          to: from + page.emails.length,
        }
      })
    let next = emails.length === 0 ? undefined : read(0)
    while (next !== undefined) {
      const { shown, to } = await next
      refuseClosed()
      next = to < emails.length ? read(to) : undefined
      // It may fail while the page before it is shown; it is awaited in its turn.
      next?.catch(() => undefined)
      yield shown
    }
  }

  async function findEach(
    questions: readonly Question[],
    { among = allEmails, signal }: FindOptions = {},
  ): Promise<readonly Found[]> {
    refuseClosed()
    signal?.throwIfAborted()
    const reading = {
      store: house.store,
      session,
      cache,
      signal,
      filterBytes: house.limits.filterBytes,
      onDamaged: state.damaged,
    }
    const [found, uncovered] = await state.consistently(list => {
      const lacking = state.uncovered(list)
      return Promise.all([find(reading, list, questions, among, lacking), lacking])
    })
    refuseClosed()
    const others = uncovered.filter(email => email >= among.from && email <= among.to)
    return found.map(each => withUncovered(each, others))
  }

  return {
    async *summaries(emails, bodies) {
      refuseClosed()
      yield* summaries(emails, bodies)
    },
    async find(question, options) {
      const [found] = await findEach([question], options)
      if (found === undefined) throw new Error("a question without an answer")
      return found
    },
    findEach,
    news() {
      if (!closed && !session.closed) tending.soon()
    },
    async merge() {
      refuseClosed()
      await tending.now()
    },
    close,
    idle: tending.idle,
  }
}

function bodiesBeside(
  emails: readonly EmailId[],
  bodies: readonly Buffer[],
  from: number,
): ReadonlyMap<EmailId, Buffer> {
  const beside = new Map<EmailId, Buffer>()
  for (const [at, email] of emails.entries()) {
    const body = bodies[from + at]
    if (body !== undefined) beside.set(email, body)
  }
  return beside
}

/** Of messages that the index lacks only their bodies tell. Some may have come into it meanwhile. */
function withUncovered({ sure, perhaps }: Found, uncovered: readonly EmailId[]): Found {
  if (uncovered.length === 0) return { sure, perhaps }
  const known = new Set([...sure, ...perhaps].map(email => asId<EmailId>(email)))
  const more = uncovered.filter(email => !known.has(email))
  return { sure, perhaps: Float64Array.from([...perhaps, ...more]).sort() }
}
