/** What becomes of mail from other servers: it is for accounts of this house, or refused. */
import type { Recipient } from "@letterkeep/smtp"
import { pathText } from "@letterkeep/smtp"
import type { EnvelopeRecipient, Receive, RecipientAnswer } from "../../flow/index.ts"
import { mailAddress } from "../../privacy/index.ts"
import type { Times } from "./deadlines.ts"
import { type HeardSender, makeEnvelope, makeRecipient } from "./envelope.ts"
import type { MailExchangeFigures } from "./figures.ts"
import type { House } from "./house.ts"
import { openMessage } from "./message-in-flight.ts"
import { noRoom, replyToRecipient, senderTaken } from "./replies.ts"
import type { Begun, Known, Link, Service, Verdict } from "./service.ts"

export interface MailExchangeHouse extends House {
  readonly receive: Receive
  readonly figures: MailExchangeFigures
}

export function createMailExchange(house: MailExchangeHouse, { peer }: Pick<Link, "peer">): Service {
  const { receive, figures, limits } = house
  const times: Times = { ...limits, crowdedConnectionMs: limits.connectionMs }
  let sender: HeardSender | undefined
  let recipients: EnvelopeRecipient[] = []

  const take = (recipient: Recipient, answer: RecipientAnswer): Verdict => {
    figures.recipients[answer.kind].add()
    const reply = replyToRecipient(answer)
    if (answer.kind === "local") recipients.push(makeRecipient(recipient, answer))
    const bad = answer.kind === "unknown" || answer.kind === "not-ours"
    return bad ? { reply, bad: "unknown-recipient" } : { reply }
  }

  return {
    times,
    sender(heard) {
      if (receive.room() === "low") return { reply: noRoom }
      sender = heard
      recipients = []
      return { reply: senderTaken }
    },
    async recipient(recipient) {
      return take(recipient, await receive.recipient(mailAddress(pathText(recipient.path)), sender?.size))
    },
    begin(known: Known): Begun {
      if (sender === undefined || receive.room() === "low")
        return { kind: "not-now", verdict: { reply: noRoom } }
      const source = { ip: peer.ip, port: peer.port }
      const envelope = makeEnvelope({ ...known, source, sender, recipients })
      return { kind: "begun", message: openMessage(house, receive.begin(envelope)) }
    },
    forget() {
      sender = undefined
      recipients = []
    },
    close: () => undefined,
  }
}
