/**
 * Mail with a time to send, for those who have their mailbox here: it has waited in the queue, and its time has come. Who
 * has a mailbox, whom they have blocked, and what their filter says is asked now, as for a letter that is handed in now.
 */
import { scanMessage } from "@letterkeep/mime"
import type { Quotas } from "../messages/index.ts"
import type { People } from "../people/index.ts"
import type { Clock } from "../ports/clock.ts"
import { mailAddress, type Permit } from "../privacy/index.ts"
import type { ClaimedRecipient, GiveHere, Refused, Tried } from "../sending/index.ts"
import type { AccountId } from "../store/ids.ts"
import { sendersOf } from "./compose.ts"
import { type DeliverHereParts, deliverHere } from "./deliver-here.ts"
import type { SubmissionRecipient } from "./submission.ts"

export interface DeliverDueParts extends DeliverHereParts {
  readonly people: Pick<People, "findRecipient" | "senderRules">
  readonly quotas: Quotas
  readonly clock: Clock
}

const gone: Tried = {
  kind: "never",
  why: "refused",
  reply: { code: 550, enhanced: "5.1.1", text: "No such mailbox here" },
}
const full: Tried = {
  kind: "not-now",
  why: "refused",
  reply: { code: 452, enhanced: "4.2.2", text: "The mailbox is full" },
}

export function createDeliverDue(parts: DeliverDueParts): GiveHere {
  return async ({ mail, recipients, text, permit }, keep) => {
    const { here, accounts, tried, elsewhere } = await sorted(parts, recipients, text.length, permit)
    if (here.size === 0) return { tried, elsewhere }
    const senders = sendersOf(scanMessage(text))
    // It was looked at when it was handed in.
    if ("kind" in senders) throw new Error("a message in the queue whose senders cannot be read")
    const envelope = { ...mail, reversePath: mailAddress(mail.reversePath.open(permit)) }
    const ground = { id: String(mail.mail), now: parts.clock.now() }
    await deliverHere(parts, envelope, { out: [text], senders }, here, ground, async filtered => {
      if (filtered.kind === "refused") throw new Error("a filter refuses where no door is")
      const { deliveries, alongside, faults, refusals } = filtered
      const recipients: number[] = []
      const refused: Refused[] = []
      for (const [no, account] of accounts) {
        const text = refusals.get(account)
        if (text === undefined) recipients.push(no)
        else refused.push({ no, reply: { code: 550, enhanced: "5.7.1", text } })
      }
      if (!(await keep({ recipients, refused, deliveries, alongside }))) return
      for (const [account, said] of faults) parts.filtering?.tellFault(account, said)
    })
    return { tried, elsewhere }
  }
}

/** Each account once, whatever of its addresses was named; `accounts`: of all recipients who belong to these, by their numbers. */
async function sorted(
  { people, quotas }: Pick<DeliverDueParts, "people" | "quotas">,
  recipients: readonly ClaimedRecipient[],
  size: number,
  permit: Permit<"mail.send">,
) {
  const here = new Map<AccountId, SubmissionRecipient>()
  const accounts = new Map<number, AccountId>()
  const tried = new Map<number, Tried>()
  const elsewhere: ClaimedRecipient[] = []
  for (const recipient of recipients) {
    const { no } = recipient
    const found = await people.findRecipient(recipient.address, permit)
    if (found.kind === "unknown") tried.set(no, gone)
    else if (found.kind === "not-ours") elsewhere.push(recipient)
    else if (here.has(found.accountId)) accounts.set(no, found.accountId)
    else if (await quotas.hasRoom(found.accountId, size)) {
      here.set(found.accountId, theirs(recipient, permit))
      accounts.set(no, found.accountId)
    } else tried.set(no, full)
  }
  return { here, accounts, tried, elsewhere }
}

/** In the queue it was the sender's; whose mailbox it is put into may read it from here on. */
function theirs(
  { address, orcpt, notify }: ClaimedRecipient,
  permit: Permit<"mail.send">,
): SubmissionRecipient {
  return {
    address: mailAddress(address.open(permit)),
    ...(orcpt === undefined ? {} : { orcpt: mailAddress(orcpt.open(permit)) }),
    ...(notify === undefined ? {} : { notify }),
  }
}
