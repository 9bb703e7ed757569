import { pathText, type Recipient, type Sender } from "@letterkeep/smtp"
import type { Envelope, EnvelopeRecipient, RecipientAnswer } from "../../flow/index.ts"
import { type MailAddress, mailAddress, type PeerWord, peerWord } from "../../privacy/index.ts"

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

/** What a connection knows when a message begins. */
interface Known {
  readonly source: Envelope["source"]
  readonly hello: "EHLO" | "HELO"
  readonly helo: PeerWord
  readonly tls: Envelope["tls"]
  readonly sender: HeardSender
  readonly recipients: readonly EnvelopeRecipient[]
}

/** Turns what the peer said into the envelope that the house takes. */
export function makeEnvelope({ source, hello, helo, tls, sender, recipients }: Known): Envelope {
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
  { accountId, address }: Extract<RecipientAnswer, { kind: "local" }>,
): EnvelopeRecipient {
  return {
    accountId,
    address,
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
