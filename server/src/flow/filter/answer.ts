/**
 * `vacation` (RFC 5230): the letter that says so, from the null path, to the envelope's sender alone. To whom none may go
 * (lists, programs, the person's own addresses) `packages/sieve` knows; here are those that only say by their name that
 * nobody reads there, and what screening doubts: an answer to that would go to somebody who wrote nothing.
 */
import { mailboxesOf, parseAddressList } from "@letterkeep/mime"
import { type VacationAction, writeReply } from "@letterkeep/sieve"
import type { Memory } from "../../people/filters/index.ts"
import type { Permit } from "../../privacy/index.ts"
import { dateTime } from "../trace-fields.ts"
import { type Sent, sendLetter } from "./letter.ts"
import { filterTraffic } from "./limits.ts"
import type { FilterParts } from "./parts.ts"
import type { InHand, Reader } from "./reader.ts"
import { memoryOf } from "./remembered.ts"
import { domainOf } from "./return-paths.ts"
import { answerKey } from "./world.ts"

export interface Answer {
  readonly sent: readonly Sent[]
  readonly memories: readonly Memory[]
  readonly faults: readonly string[]
}

const noAnswer: Answer = { sent: [], memories: [], faults: [] }

export async function answer(
  action: VacationAction,
  parts: FilterParts,
  inHand: InHand,
  reader: Reader,
  own: readonly string[],
  permit: Permit<"mail.send">,
): Promise<Answer> {
  const [ownAddress] = own
  if (reader.isJunk || isUnread(action.to) || ownAddress === undefined) return noAnswer
  if ((await parts.filters.memory.count(reader.account, "answer")) >= filterTraffic.answers)
    return { ...noAnswer, faults: [`no answer was sent: ${filterTraffic.answers} went out already`] }
  const isOwn = isFromOwn(action.from, own)
  const { now } = inHand
  const letter = writeReply({
    // RFC 5230 §4.3: who writes is the person, whatever the filter says.
    action: isOwn ? action : { ...action, from: undefined },
    from: ownAddress,
    date: dateTime(now),
    messageId: `${parts.chance.bytes(12).toString("hex")}@${parts.hostname}`,
  })
  const sent = await sendLetter(
    parts,
    {
      account: reader.account,
      to: action.to,
      bytes: letter,
      signedBy: domainOf(ownAddress),
      kind: "reply",
      now,
    },
    permit,
  )
  const until = now + Math.max(action.seconds * 1000, 1)
  return {
    sent: [sent],
    memories: [memoryOf(parts.vaults, reader.account, "answer", answerKey(action.handle, action.to), until)],
    faults: isOwn
      ? []
      : [`the answer was sent from ${ownAddress}: the filter names an address that is not yours`],
  }
}

/** Names that say of themselves that nobody reads what comes there. */
function isUnread(address: string): boolean {
  const local = address.slice(0, address.lastIndexOf("@")).toLowerCase()
  return /^(do[._-]?not|no)[._-]?reply\b/.test(local)
}

function isFromOwn(from: string | undefined, own: readonly string[]): boolean {
  if (from === undefined) return true
  const mailboxes = mailboxesOf(parseAddressList(from))
  return (
    mailboxes.length > 0 &&
    mailboxes.every(({ local, domain }) =>
      own.some(one => one.toLowerCase() === `${local}@${domain}`.toLowerCase()),
    )
  )
}
