/**
 * The values of IMAP's ENVELOPE (RFC 9051 §7.5.2) and of a list of mails. Encoded words are left alone, as
 * ENVELOPE wants them; `decodeWords` reads subject and names.
 */
import { type Address, parseAddressList } from "./addresses.ts"
import { fieldText, firstFieldText } from "./fields.ts"
import type { Part } from "./part.ts"

export interface EnvelopeValues {
  /** Undefined: the field is missing. The first of each name counts. */
  readonly date: string | undefined
  readonly subject: string | undefined
  readonly from: readonly Address[]
  /** From where Sender or Reply-To is missing or empty (RFC 9051 §7.5.2). */
  readonly sender: readonly Address[]
  readonly replyTo: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  readonly inReplyTo: string | undefined
  readonly messageId: string | undefined
}

/** `message`: the root of a scan, or the one child of a message/rfc822 part. */
export function envelopeOf(bytes: Buffer, message: Pick<Part, "fields">): EnvelopeValues {
  const { fields } = message
  const addresses = (name: string): readonly Address[] => {
    let list: readonly Address[] = NONE
    // Several To or Cc fields are against RFC 5322 §3.6 and meant as one.
    for (const field of fields) {
      if (field.name !== name) continue
      const more = parseAddressList(fieldText(bytes, field))
      list = list.length === 0 ? more : [...list, ...more]
    }
    return list
  }
  const from = addresses("from")
  const orFrom = (list: readonly Address[]) => (list.length === 0 ? from : list)
  return {
    date: firstFieldText(bytes, fields, "date"),
    subject: firstFieldText(bytes, fields, "subject"),
    from,
    sender: orFrom(addresses("sender")),
    replyTo: orFrom(addresses("reply-to")),
    to: addresses("to"),
    cc: addresses("cc"),
    bcc: addresses("bcc"),
    inReplyTo: firstFieldText(bytes, fields, "in-reply-to"),
    messageId: firstFieldText(bytes, fields, "message-id"),
  }
}

const NONE: readonly Address[] = []
