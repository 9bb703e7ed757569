/**
 * `vacation` (RFC 5230): the letter that says so, from the null path, to the envelope's sender alone. To whom none may go
 * (lists, programs, the person's own addresses) `packages/sieve` knows; here are those that only say by their name that
 * nobody reads there, and what screening doubts: an answer to that would go to somebody who wrote nothing.
 */
import { mailDate } from "@letterkeep/dsn"
import { mailboxesOf, parseAddressList } from "@letterkeep/mime"
import { type VacationAction, writeReply } from "@letterkeep/sieve"
import type { Memory } from "../../people/filters/index.ts"
import type { Permit } from "../../privacy/index.ts"
import { domainOf } from "../domain-of.ts"
import { type Sent, sendLetter } from "./letter.ts"
import { filterTraffic } from "./limits.ts"
import type { FilterParts } from "./parts.ts"
import type { InHand, Reader } from "./reader.ts"
import { countedOf, memoryOf } from "./remembered.ts"
import { answerKey } from "./world.ts"

export interface Answer {
  readonly sent: readonly Sent[]
  readonly memories: readonly Memory[]
  readonly faults: readonly string[]
}

const dayMs = 24 * 60 * 60 * 1000
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
  if (reader.isJunk || inHand.isReport || isUnread(action.to) || ownAddress === undefined) return noAnswer
  const { account } = reader
  if ((await parts.filters.memory.count(account, "answered")) >= filterTraffic.answersADay)
    return {
      ...noAnswer,
      faults: [`no answer was sent: ${filterTraffic.answersADay} went out within a day`],
    }
  const isOwn = isFromOwn(action.from, own)
  const { now } = inHand
  const letter = writeReply({
    // RFC 5230 §4.3: who writes is the person, whatever the filter says.
    action: isOwn ? action : { ...action, from: undefined },
    from: ownAddress,
    date: mailDate(now),
    messageId: `${parts.chance.bytes(12).toString("hex")}@${parts.hostname}`,
  })
  const sent = await sendLetter(
    parts,
    {
      account,
      to: action.to,
      bytes: letter,
      signedBy: domainOf(ownAddress),
      kind: "reply",
      now,
    },
    permit,
  )
  if (sent.kind === "nowhere")
    return { ...noAnswer, faults: [`no answer was sent to ${action.to}: the DNS has no such domain`] }
  const until = now + Math.max(action.seconds * 1000, 1)
  return {
    sent: [sent],
    memories: [
      memoryOf(parts.vaults, account, "answer", answerKey(action.handle, action.to), until),
      // Counts for a day, however soon the filter would answer again.
      countedOf(parts, account, "answered", now + dayMs),
    ],
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
