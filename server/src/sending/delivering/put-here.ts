/**
 * Those of a message's recipients who have their mailbox here: one with a time to send waits in the queue for them, too.
 * They get it in the commit that settles them, so that a server which is killed neither loses it nor gives it twice. What
 * is brought counts while it waits here, so that a courier takes no more from the queue than can soon be put away.
 */
import type { Alongside, Delivery } from "../../messages/index.ts"
import { failure, type Log, ref } from "../../ports/log.ts"
import type { Permit, Privacy } from "../../privacy/index.ts"
import type { Claimed, ClaimedRecipient, FarWord, Tried } from "../contract.ts"
import { createInHand } from "../hand-over/in-hand.ts"
import type { Settler } from "./settler.ts"

/** By somebody's filter, of which a letter among the deliveries, or in the queue, tells the writer. */
export interface Refused {
  /** Their number in the message. */
  readonly no: number
  readonly reply: FarWord
}

/** What is written for those who are here, whose numbers in the message these are. */
export interface KeptHere {
  readonly recipients: readonly number[]
  /** Of others who are here. */
  readonly refused: readonly Refused[]
  /** None where their filters want none. */
  readonly deliveries: readonly Delivery[]
  readonly alongside: Alongside | undefined
}

/** A message, whole, and those who had their mailbox here when it was handed in. */
export interface DueHere {
  readonly mail: Claimed
  readonly recipients: readonly ClaimedRecipient[]
  readonly text: Buffer
  readonly permit: Permit<"mail.send">
}

/** What came of those for whom nothing was kept. */
export interface NotKeptHere {
  /** By their numbers. */
  readonly tried: ReadonlyMap<number, Tried>
  /** Whose domain is no longer ours. */
  readonly elsewhere: readonly ClaimedRecipient[]
}

/**
 * Finds out who is here, and what their filters make of it. `keep` is called once at most, and resolves when it is settled:
 * to false where others have the message by now.
 */
export type GiveHere = (due: DueHere, keep: (kept: KeptHere) => Promise<boolean>) => Promise<NotKeptHere>

export interface PutHere {
  /**
   * Whoever is in neither list has it in their mailbox, or is in others' hands. Undefined where `signal` called it off
   * before anything was done: it is to be given back, whole. Does not reject.
   */
  put(mail: Claimed, signal: AbortSignal): Promise<NotKeptHere | undefined>
  /** Messages for people here that were brought, under way or waiting for room. */
  held(): number
  /** Domains of which no more should be brought now. */
  full(): readonly string[]
}

export interface PutHereParts {
  readonly giveHere: GiveHere
  readonly settler: Pick<Settler, "keepHere">
  readonly privacy: Pick<Privacy, "gate">
  readonly log: Log
}

/**
 * Messages for people here; while there are so many, their domains are full. As many as are kept in one group. What one
 * claim brings beyond them waits, too.
 */
export const placesHere = 64
/** Octets of texts in memory, of all that is put into mailboxes at once. */
const bytesInHand = 64 * 1024 * 1024

const notNow: Tried = { kind: "not-now", why: "trouble-here" }

export function createPutHere({ giveHere, settler, privacy, log }: PutHereParts): PutHere {
  const inHand = createInHand(bytesInHand)
  const held = new Set<Claimed>()

  const give = (mail: Claimed, recipients: readonly ClaimedRecipient[]): Promise<NotKeptHere> =>
    privacy.gate("mail.send", { kind: "account", account: mail.account }, async permit => {
      const text = (await mail.text()).open(permit)
      return await giveHere({ mail, recipients, text, permit }, kept => settler.keepHere(mail, kept))
    })

  const putDue = async (
    mail: Claimed,
    due: readonly ClaimedRecipient[],
    signal: AbortSignal,
  ): Promise<NotKeptHere | undefined> => {
    const others = mail.recipients.filter(({ isHere }) => isHere !== true)
    const giveBackRoom = await unlessCalledOff(inHand.take(mail.size), signal)
    if (giveBackRoom === undefined) return undefined
    try {
      const { tried, elsewhere } = await give(mail, due)
      return { tried, elsewhere: [...others, ...elsewhere] }
    } catch (error) {
      // Whatever it was, it may pass. Where all was kept and only the answer was lost, there is nobody left to try.
      log.event("sending.not-prepared", { mail: ref(String(mail.mail)), error: failure(error) })
      return { tried: new Map(due.map(({ no }) => [no, notNow])), elsewhere: others }
    } finally {
      giveBackRoom()
    }
  }

  return {
    async put(mail, signal) {
      const due = mail.recipients.filter(({ isHere }) => isHere === true)
      if (due.length === 0) return { tried: new Map(), elsewhere: mail.recipients }
      held.add(mail)
      try {
        return await putDue(mail, due, signal)
      } finally {
        held.delete(mail)
      }
    },
    held: () => held.size,
    full: () => (held.size < placesHere ? [] : [...new Set([...held].map(({ domain }) => domain))]),
  }
}

/** A turn that comes when nobody waits for it any more is given back at once. */
async function unlessCalledOff(
  turn: Promise<() => void>,
  signal: AbortSignal,
): Promise<(() => void) | undefined> {
  const off = Promise.withResolvers<undefined>()
  const callOff = (): void => off.resolve(undefined)
  if (signal.aborted) callOff()
  signal.addEventListener("abort", callOff, { once: true })
  const first = await Promise.race([off.promise, turn])
  signal.removeEventListener("abort", callOff)
  if (first === undefined) void turn.then(giveBack => giveBack())
  return first
}
