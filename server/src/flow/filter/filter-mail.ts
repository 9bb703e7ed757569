/**
 * Between screening and keeping: the filters of those readers who have one (RFC 5228). What they ask for comes back as
 * deliveries and as what is written alongside, so that all of it is durable with the message, or none.
 *
 *     readers ──> each one's filter ──> deliveries, the queue, what is remembered
 *                       │
 *                       └─ redirect to somebody here: one reader more, with a filter of their own
 */
import { sieveMessage } from "@letterkeep/sieve"
import type { Alongside, Delivery } from "../../messages/index.ts"
import type { ActiveFilter } from "../../people/filters/index.ts"
import { failure, ref } from "../../ports/log.ts"
import type { AccountId } from "../../store/ids.ts"
import { filterTraffic } from "./limits.ts"
import { createOctets } from "./octets.ts"
import type { FilterParts } from "./parts.ts"
import type { InHand, Reader } from "./reader.ts"
import { refusalLine, reportRefusal } from "./refuse.ts"
import { memoryBytes } from "./remembered.ts"
import { srsKey } from "./return-paths.ts"
import { asUsual, type Filtered, runFilter } from "./run-filter.ts"
import { createTurns } from "./turns.ts"

export type FilteredMail =
  | {
      readonly kind: "keep"
      readonly deliveries: readonly Delivery[]
      readonly alongside: Alongside | undefined
      /** Whose filter could not do what it says, and why. To be told when the message is kept. */
      readonly faults: ReadonlyMap<AccountId, Faults>
      /** Who of the readers does not have it since their filter refused it, and in what words the letter to its sender says so. */
      readonly refusals: ReadonlyMap<AccountId, string>
    }
  /** By all its readers: nobody has it. `text` is for the sender. */
  | { readonly kind: "refused"; readonly text: string }

export interface Faults {
  /** For the person whose filter it is, in sentences. */
  readonly said: readonly string[]
  /** It came to a limit, and that counts and is remembered. */
  readonly overran: boolean
}

type Active = ReadonlyMap<AccountId, ActiveFilter>

export interface MailFilters {
  /** Undefined where none of these has a filter, at the cost of a look into memory. */
  activeOf(accounts: readonly AccountId[]): Active | undefined | Promise<Active | undefined>
  /** Holds off other messages for the same people, where their filters remember what came before. */
  inTurn<T>(active: Active, work: () => Promise<T>): Promise<T>
  run(inHand: InHand, readers: readonly Reader[], active: Active): Promise<FilteredMail>
}

export function createMailFilters(parts: FilterParts): MailFilters {
  const { active } = parts.filters
  const srs = srsKey(parts.vaults)
  const turns = createTurns()
  const orNothing = (found: Active): Active | undefined => (found.size === 0 ? undefined : found)

  return {
    activeOf(accounts) {
      const kept = active.kept(accounts)
      return kept === undefined ? active.find(accounts).then(orNothing) : orNothing(kept)
    },
    inTurn: (found, work) =>
      turns(
        [...found].filter(([, filter]) => remembers(filter)).map(([id]) => id),
        work,
      ),
    async run(inHand, readers, found) {
      const message = sieveMessage(inHand.scan)
      const all: Filtered[] = []
      const octets = createOctets(parts.moreOctets ?? filterTraffic.moreOctets)
      const waiting = [...readers]
      const filters = new Map(found)
      const seen = new Set(readers.map(({ account }) => account))
      const sentOnBy = new Map<AccountId, AccountId>()
      for (let reader = waiting.shift(); reader !== undefined; reader = waiting.shift()) {
        const filter = filters.get(reader.account)
        if (filter === undefined) {
          all.push(asUsual(reader, []))
          continue
        }
        const done = await runFilter({ parts, inHand, reader, filter, message, srs, octets }).catch(error =>
          keptAllTheSame(parts, inHand, reader, error),
        )
        const passed = done.alsoFor.filter(({ account }) => !seen.has(account))
        const isTooMany = seen.size + passed.length > readers.length + filterTraffic.passedOn
        all.push(logged(parts, inHand, isTooMany ? asUsual(reader, [tooManyReaders]) : done))
        for (const { account, address } of isTooMany ? [] : passed) {
          seen.add(account)
          sentOnBy.set(account, reader.account)
          waiting.push(await reader.passOn(account, address))
          for (const [id, one] of await active.find([account])) filters.set(id, one)
        }
      }
      return await conclude(parts, inHand, refusedBehind(all, sentOnBy))
    },
  }
}

/** A mistake of ours keeps nobody's mail away; a store that is away for a moment is another matter. */
function keptAllTheSame({ log }: FilterParts, { id }: InHand, reader: Reader, error: unknown): Filtered {
  if (error instanceof Error && "temporary" in error && error.temporary === true) throw error
  log.event("filter.failed", { message: ref(id), account: reader.account, error: failure(error) })
  return asUsual(reader, ["something went wrong inside the server; whoever runs it finds it in the log"])
}

/**
 * Whom a filter sends on to is nothing that the sender is to learn: what is refused there is no news for them. Whoever
 * sent it on keeps it, as if it had come back.
 */
function refusedBehind(
  all: readonly Filtered[],
  sentOnBy: ReadonlyMap<AccountId, AccountId>,
): readonly Filtered[] {
  const isBehind = ({ refusal, reader }: Filtered): boolean =>
    refusal !== undefined && sentOnBy.has(reader.account)
  const returned = new Set(all.filter(isBehind).map(({ reader }) => sentOnBy.get(reader.account)))
  return all.map(done => {
    const { reader, filings, faults } = done
    if (isBehind(done)) return { ...done, refusal: undefined }
    if (!returned.has(reader.account)) return done
    const kept = filings.length === 0 ? [reader.usual] : filings
    return { ...done, filings: kept, faults: [...faults, refusedThere] }
  })
}

const refusedThere = "the message was sent on to somebody here whose own filter refuses it"
const tooManyReaders = "the message goes round among too many people here"

const remembering = ["vacation", "redirect", "reject", "ereject"]

function remembers(filter: ActiveFilter): boolean {
  if (filter.kind === "faulty") return false
  return remembering.some(name => filter.commands.has(name)) || filter.asksForDuplicates
}

function logged({ log }: FilterParts, { id }: InHand, done: Filtered): Filtered {
  log.event("filter.ran", {
    message: ref(id),
    account: done.reader.account,
    emails: done.filings.length,
    queued: done.queued.length,
    refused: done.refusal !== undefined,
    faults: done.faults.length,
  })
  return done
}

async function conclude(parts: FilterParts, inHand: InHand, all: readonly Filtered[]): Promise<FilteredMail> {
  const [first] = all
  if (
    inHand.refusesAtDoor &&
    first?.refusal !== undefined &&
    all.every(({ refusal }) => refusal !== undefined)
  )
    return { kind: "refused", text: refusalLine(first.refusal.reason) }
  const told = await Promise.all(
    all.map(done => (done.refusal === undefined ? done : tell(parts, inHand, done))),
  )
  const queued = told.flatMap(done => done.queued)
  const memories = told.flatMap(done => done.memories)
  const isAlone = queued.length === 0 && memories.length === 0
  return {
    kind: "keep",
    deliveries: told.flatMap(({ reader, filings, letters }) => [
      ...filings.map(filing => reader.deliver(filing)),
      ...letters,
    ]),
    alongside: isAlone
      ? undefined
      : {
          addTo(tables) {
            for (const { addTo } of queued) addTo(tables)
            parts.filters.memory.addTo(tables, memories)
          },
          bytes: queued.reduce((sum, { bytes }) => sum + bytes, memories.length * memoryBytes),
          ...(queued.length === 0 ? {} : { once: parts.queue.notifyDue }),
        },
    faults: new Map(
      told
        .filter(({ faults }) => faults.length > 0)
        .map(({ reader, faults: said, overran = false }) => [reader.account, { said, overran }]),
    ),
    refusals: new Map(
      told.flatMap(({ reader, refusal, filings }) =>
        refusal === undefined || filings.length > 0
          ? []
          : [[reader.account, refusalLine(refusal.reason)] as const],
      ),
    ),
  }
}

/** Where nobody has a filter. */
export function unfiltered(readers: readonly Reader[]): FilteredMail {
  const deliveries = readers.map(reader => reader.deliver(reader.usual))
  return { kind: "keep", deliveries, alongside: undefined, faults: new Map(), refusals: new Map() }
}

/** Others have taken the message: its sender hears by a letter that this reader did not; where none may be sent, it is kept. */
async function tell(parts: FilterParts, inHand: InHand, done: Filtered): Promise<Filtered> {
  const { reader, refusal } = done
  const subject = { kind: "account", account: reader.account } as const
  const reported = await parts.privacy.gate("mail.send", subject, permit =>
    reportRefusal(refusal?.reason ?? "", parts, inHand, reader, permit),
  )
  if (reported === undefined) return { ...done, filings: [reader.usual] }
  const { sent, memory } = reported
  const memories = [...done.memories, memory]
  switch (sent.kind) {
    case "queued":
      return { ...done, memories, queued: [...done.queued, sent.rows] }
    case "here":
      return { ...done, memories, letters: [...done.letters, sent.delivery] }
    case "nobody":
    case "nowhere":
      return { ...done, filings: [reader.usual] }
  }
}
