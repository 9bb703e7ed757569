/**
 * One reader's filter on one message: from what it asks for to what is to be done, and nothing done yet but mailboxes that
 * it makes. A filter that fails keeps the message as if there were none (RFC 5228 §2.10.6), and so does whatever cannot
 * be done as it was asked for.
 */
import type { KeyObject } from "node:crypto"
import { setImmediate as nextTurn } from "node:timers/promises"
import { scanMessage } from "@letterkeep/mime"
import {
  type RedirectAction,
  type RejectAction,
  runScript,
  type SieveAction,
  type SieveMessage,
  sieveMessage,
} from "@letterkeep/sieve"
import type { Delivery, Places } from "../../messages/index.ts"
import type { ActiveFilter, Memory } from "../../people/filters/index.ts"
import type { MailAddress, Permit } from "../../privacy/index.ts"
import type { AccountId } from "../../store/ids.ts"
import type { Queued } from "../queue-mail.ts"
import { answer } from "./answer.ts"
import { fileMail } from "./file-mail.ts"
import { forward } from "./forward.ts"
import type { Sent } from "./letter.ts"
import { arrivalLimits } from "./limits.ts"
import type { Octets } from "./octets.ts"
import { overrunOf } from "./overruns.ts"
import type { FilterParts } from "./parts.ts"
import type { Filing, InHand, Reader } from "./reader.ts"
import { memoryOf } from "./remembered.ts"
import { seenMessage } from "./seen-message.ts"
import { worldOf } from "./world.ts"

/** What comes of it for one reader. */
export interface Filtered {
  readonly reader: Reader
  /** None: it was thrown away, refused, or has gone elsewhere. */
  readonly filings: readonly Filing[]
  readonly refusal: RejectAction | undefined
  readonly queued: readonly Queued[]
  /** Letters to others here. */
  readonly letters: readonly Delivery[]
  /** Others here who have the message too. */
  readonly alsoFor: readonly { readonly account: AccountId; readonly address: MailAddress }[]
  readonly memories: readonly Memory[]
  /** For the person whose filter it is. */
  readonly faults: readonly string[]
  /** The run came to a limit, and counts. */
  readonly overran?: true
}

export interface RunWish {
  readonly parts: FilterParts
  readonly inHand: InHand
  readonly reader: Reader
  readonly filter: ActiveFilter
  /** The message alone; shared by all its readers. */
  readonly message: SieveMessage
  readonly srs: KeyObject
  /** Shared by all its readers. */
  readonly octets: Octets
}

export async function runFilter(wish: RunWish): Promise<Filtered> {
  const { parts, reader, filter } = wish
  if (filter.kind === "faulty") {
    const why = filter.fault === undefined ? "" : `: line ${filter.fault.at.line}: ${filter.fault.text}`
    return asUsual(reader, [`it is not understood any more${why}`])
  }
  const subject = { kind: "account", account: reader.account } as const
  return await parts.privacy.gate("mail.receive", subject, permit =>
    parts.privacy.gate("mail.send", subject, maySend => run(wish, filter, permit, maySend)),
  )
}

export function asUsual(reader: Reader, faults: readonly string[]): Filtered {
  const nothing = { refusal: undefined, queued: [], letters: [], alsoFor: [], memories: [] }
  return { reader, filings: [reader.usual], faults, ...nothing }
}

async function run(
  wish: RunWish,
  filter: Extract<ActiveFilter, { kind: "ready" }>,
  permit: Permit<"mail.receive">,
  maySend: Permit<"mail.send">,
): Promise<Filtered> {
  const { parts, inHand, reader } = wish
  const { account } = reader
  const own = needsOwn(filter.commands)
    ? (await parts.addressesOf(account)).map(address => address.open(permit))
    : []
  let known: Promise<Places> | undefined
  const places = (): Promise<Places> => {
    known ??= parts.placing.of(account, permit)
    return known
  }
  const seen = seenMessage(sieveMessage(scanMessage(reader.above)), wish.message)
  const outcome = await runScript(filter.script.open(permit), {
    message: seen.message,
    envelope: { from: inHand.reversePath.open(permit), to: reader.recipient.address.open(permit) },
    world: worldOf(parts, { account, now: inHand.now, places, ownAddresses: own }),
    limits: parts.limits ?? arrivalLimits,
    rest: nextTurn,
  })
  if (outcome.kind === "failed") {
    const { at, text } = outcome.fault
    const kept = asUsual(reader, [at === undefined ? text : `line ${at.line}: ${text}`])
    if (!outcome.byLimit) return kept
    const overrun = await overrunOf(parts, reader, inHand)
    return overrun === undefined ? kept : { ...kept, overran: true, memories: [overrun] }
  }
  const seenBefore = outcome.remember.map(({ handle, id, seconds }) =>
    memoryOf(parts.vaults, account, "duplicate", [handle, id], inHand.now + seconds * 1000),
  )
  const done = await follow(wish, outcome.actions, {
    ...{ own, message: seen.message, knowsVerdict: seen.knowsVerdict(), places, permit, maySend },
  })
  return { ...done, memories: [...seenBefore, ...done.memories] }
}

const tooManyCopies = "the message is too large for so many copies with different flags: not all were made"

const needsOwn = (commands: ReadonlySet<string>): boolean =>
  commands.has("vacation") || commands.has("redirect")

interface Following {
  readonly own: readonly string[]
  readonly message: SieveMessage
  readonly knowsVerdict: boolean
  readonly places: () => Promise<Places>
  readonly permit: Permit<"mail.receive">
  readonly maySend: Permit<"mail.send">
}

async function follow(
  { parts, inHand, reader, srs, octets }: RunWish,
  actions: readonly SieveAction[],
  { own, message, knowsVerdict, places, permit, maySend }: Following,
): Promise<Filtered> {
  const { account, isJunk } = reader
  const create = (name: string) => parts.placing.create(account, name, permit)
  const filed = await fileMail(actions, { isJunk, knowsVerdict, places, create })
  const refusal = actions.find(action => action.kind === "reject")
  const redirects = actions.filter((action): action is RedirectAction => action.kind === "redirect")
  // What is doubted is passed on to nobody in this server's name.
  const forwarded = await forward(isJunk ? [] : redirects, {
    ...{ parts, inHand, reader, own, message, key: srs, permit: maySend, octets },
  })
  const letters: Sent[] = []
  const memories = [...forwarded.memories]
  // Other flags are another email, with a copy of its own.
  const filings = filed.filings.filter((_, no) => no === 0 || octets.take(inHand.scan.bytes.length))
  const faults = [...filed.faults, ...forwarded.faults]
  if (filings.length < filed.filings.length) faults.push(tooManyCopies)
  for (const action of actions) {
    if (action.kind !== "vacation") continue
    const answered = await answer(action, parts, inHand, reader, own, maySend)
    letters.push(...answered.sent)
    memories.push(...answered.memories)
    faults.push(...answered.faults)
  }
  const isAllForwarded = forwarded.memories.length === redirects.length
  const wasMeantToGo = redirects.length > 0 || actions.some(action => action.kind === "discard")
  const hasGone = refusal !== undefined || (wasMeantToGo && isAllForwarded)
  return {
    reader,
    filings: filings.length === 0 && !hasGone ? [reader.usual] : filings,
    refusal,
    queued: [...forwarded.queued, ...letters.flatMap(each => (each.kind === "queued" ? [each.rows] : []))],
    letters: letters.flatMap(each => (each.kind === "here" ? [each.delivery] : [])),
    alsoFor: forwarded.here,
    memories,
    faults,
  }
}
