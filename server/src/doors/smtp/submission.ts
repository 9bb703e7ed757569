/**
 * What becomes of mail from the house's own people (RFC 6409): who has signed in sends from their own addresses, to
 * anybody. The sign-in is asked for again with each message: after a change of credentials nothing more is taken.
 */
import type { Recipient } from "@letterkeep/smtp"
import { pathText } from "@letterkeep/smtp"
import type { SubmissionRecipient, Submit } from "../../flow/index.ts"
import type { People, SignedInAccount } from "../../people/index.ts"
import { mailAddress } from "../../privacy/index.ts"
import type { ByteBudget, Shares, Visitors } from "../entrance/index.ts"
import type { Times } from "./deadlines.ts"
import { type HeardSender, makeSubmission, makeSubmissionRecipient } from "./envelope.ts"
import type { SubmissionFigures } from "./figures.ts"
import type { House } from "./house.ts"
import type { SubmissionDoorLimits } from "./limits.ts"
import { openMessage } from "./message-in-flight.ts"
import { noRoom, replyToOwnSender, replyToTo, signedOut } from "./replies.ts"
import type { Begun, Known, Link, Service } from "./service.ts"
import { SignIn } from "./sign-in.ts"

export interface SubmissionHouse extends House {
  readonly submit: Submit
  readonly people: Pick<People, "signIn" | "beginScram" | "isStillSignedIn">
  readonly limits: SubmissionDoorLimits
  readonly figures: SubmissionFigures
  readonly visitors: Visitors
  readonly shares: Shares
  readonly plaintextOnLoopback: boolean
}

export function createSubmission(house: SubmissionHouse, link: Link): Service {
  const { submit, people, figures, limits } = house
  const { peer } = link
  const signIn = new SignIn(house, link)
  const known: Times = { ...limits, crowdedConnectionMs: limits.connectionMs }
  const stranger: Times = {
    commandMs: limits.strangerMs,
    connectionMs: limits.strangerInAllMs,
    crowdedCommandMs: limits.crowdedStrangerMs,
    crowdedConnectionMs: limits.crowdedStrangerMs,
  }
  let sender: HeardSender | undefined
  let recipients: SubmissionRecipient[] = []

  /** Whoever has signed in, while that holds. */
  const visitor = async (): Promise<SignedInAccount | undefined> => {
    const { account } = signIn
    return account !== undefined && (await people.isStillSignedIn(account)) ? account : undefined
  }

  return {
    signIn,
    get times() {
      return signIn.account === undefined ? stranger : known
    },
    async sender(heard) {
      const account = await visitor()
      if (account === undefined) return signedOut
      if (submit.room() === "low") return { reply: noRoom }
      const answer = await submit.sender(account.id, heard.reversePath)
      figures.senders[answer.kind].add()
      if (answer.kind === "yours") {
        sender = heard
        recipients = []
      }
      return { reply: replyToOwnSender(answer) }
    },
    async recipient(recipient: Recipient) {
      const { account } = signIn
      if (account === undefined) return signedOut
      const address = mailAddress(pathText(recipient.path))
      const answer = await submit.recipient(account.id, address, recipients.length, sender?.size)
      figures.recipients[answer.kind].add()
      if (answer.kind === "taken") recipients.push(makeSubmissionRecipient(recipient, address))
      return { reply: replyToTo(answer) }
    },
    async begin({ helo, tls }: Known): Promise<Begun> {
      const account = await visitor()
      if (account === undefined) return { kind: "not-now", verdict: signedOut }
      if (sender === undefined || submit.room() === "low")
        return { kind: "not-now", verdict: { reply: noRoom } }
      const source = { ip: peer.ip, port: peer.port }
      const envelope = makeSubmission({ account: account.id, source, helo, tls, sender, recipients })
      const budget = shareOf(house.shares, account)
      return { kind: "begun", message: openMessage({ ...house, budget }, submit.begin(envelope)) }
    },
    forget() {
      sender = undefined
      recipients = []
    },
    close: () => signIn.close(),
  }
}

/** One account's messages leave room for those of others. */
function shareOf(
  shares: Shares,
  { id }: SignedInAccount,
): Pick<ByteBudget, "take" | "giveBack" | "isCrowded"> {
  return {
    take: octets => shares.take(id, octets),
    giveBack: octets => shares.giveBack(id, octets),
    get isCrowded() {
      return shares.isCrowded
    },
  }
}
