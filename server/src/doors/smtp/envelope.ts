import { pathText, type Recipient, type Sender } from "@letterkeep/smtp"
import type {
  Envelope,
  EnvelopeRecipient,
  RecipientAnswer,
  SubmissionEnvelope,
  SubmissionRecipient,
} from "../../flow/index.ts"
import { type MailAddress, mailAddress, type PeerWord, peerWord } from "../../privacy/index.ts"
import type { Known } from "./service.ts"

/** A peer's MAIL command, what says something of people marked. */
export interface HeardSender extends Omit<Sender, "path" | "envid"> {
  readonly reversePath: MailAddress
  readonly envid?: PeerWord
}

export function hearSender({ path, envid, ...rest }: Sender): HeardSender {
  return {
    ...rest,
    reversePath: mailAddress(pathText(path)),
    ...(envid === undefined ? {} : { envid: peerWord(envid) }),
  }
}

interface Arriving extends Known {
  readonly source: Envelope["source"]
  readonly sender: HeardSender
  readonly recipients: readonly EnvelopeRecipient[]
}

/** Turns what the peer said into the envelope that the house takes. */
export function makeEnvelope({ source, hello, helo, tls, sender, recipients }: Arriving): Envelope {
  return {
    source,
    helo,
    protocol: protocolOf(hello, sender.smtputf8, tls !== undefined),
    ...(tls === undefined ? {} : { tls }),
    reversePath: sender.reversePath,
    recipients,
    smtputf8: sender.smtputf8,
    body: sender.body,
    requireTls: sender.requireTls,
    ...(sender.size === undefined ? {} : { declaredSize: sender.size }),
    ...(sender.envid === undefined ? {} : { envid: sender.envid }),
  }
}

export function makeRecipient(
  { orcpt, notify }: Recipient,
  { accountId, address, sentMail }: Extract<RecipientAnswer, { kind: "local" }>,
): EnvelopeRecipient {
  return {
    accountId,
    address,
    ...(sentMail === undefined ? {} : { sentMail }),
    ...(orcpt === undefined ? {} : { orcpt: mailAddress(orcpt) }),
    ...(notify === undefined ? {} : { notify }),
  }
}

/** RFC 3848, RFC 6531 §3.7.3. There is no name for HELO inside TLS; it counts as ESMTPS. */
function protocolOf(hello: "EHLO" | "HELO", smtputf8: boolean, secure: boolean): Envelope["protocol"] {
  if (smtputf8) return secure ? "UTF8SMTPS" : "UTF8SMTP"
  if (secure) return "ESMTPS"
  return hello === "EHLO" ? "ESMTP" : "SMTP"
}

type Submitted = Pick<SubmissionEnvelope, "account" | "source" | "recipients"> &
  Pick<Known, "helo" | "tls"> & { readonly sender: HeardSender }

/** The same for the message of one who has signed in. */
export function makeSubmission({ tls, sender, ...rest }: Submitted): SubmissionEnvelope {
  return {
    ...rest,
    protocol: `${sender.smtputf8 ? "UTF8SMTP" : "ESMTP"}${tls === undefined ? "A" : "SA"}`,
    ...(tls === undefined ? {} : { tls }),
    reversePath: sender.reversePath,
    smtputf8: sender.smtputf8,
    body: sender.body,
    requireTls: sender.requireTls,
    ...(sender.ret === undefined ? {} : { ret: sender.ret }),
    ...(sender.envid === undefined ? {} : { envid: sender.envid }),
    ...(sender.release === undefined ? {} : { release: sender.release }),
  }
}

export function makeSubmissionRecipient(
  { orcpt, notify }: Recipient,
  address: MailAddress,
): SubmissionRecipient {
  return {
    address,
    ...(orcpt === undefined ? {} : { orcpt: mailAddress(orcpt) }),
    ...(notify === undefined ? {} : { notify }),
  }
}
