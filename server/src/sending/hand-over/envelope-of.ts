import { isAscii } from "node:buffer"
import { type Envelope, encodeXtext, type Path, readPath } from "@letterkeep/smtp"
import type { Permit } from "../../privacy/index.ts"
import type { Claimed, ClaimedRecipient } from "../contract.ts"
import type { ReturnTags } from "../return-tags.ts"

/**
 * What is said of a mail in MAIL and RCPT; undefined where an address is none, which was looked at when it was taken. `tags`:
 * for what people send, whose return path is said with one.
 */
export function envelopeOf(
  mail: Claimed,
  recipients: readonly ClaimedRecipient[],
  size: number,
  permit: Permit<"mail.send">,
  tags?: Pick<ReturnTags, "tag">,
): Envelope | undefined {
  const plain = mail.reversePath.open(permit)
  const isSent = mail.kind === "submitted" && plain !== ""
  const from = isSent ? (tags?.tag(plain, mail.account, mail.mail) ?? plain) : plain
  const isTagged = from !== plain
  const reverse = pathOf(from, "reverse")
  if (reverse === undefined) return undefined
  const forward: Envelope["recipients"][number][] = []
  for (const { address, notify, orcpt } of recipients) {
    const text = address.open(permit)
    const path = pathOf(text, "forward")
    if (path === undefined) return undefined
    const original = orcpt?.open(permit) ?? (isTagged ? originalOf(text) : undefined)
    forward.push({
      path,
      ...(notify === undefined ? {} : { notify }),
      ...(original === undefined ? {} : { orcpt: original }),
    })
  }
  const { body, smtputf8, requireTls, ret, envid } = mail
  return {
    sender: {
      path: reverse,
      size,
      body,
      smtputf8,
      requireTls,
      ...(ret === undefined ? {} : { ret }),
      ...(envid === undefined ? {} : { envid: envid.open(permit) }),
    },
    recipients: forward,
  }
}

/**
 * RFC 3461 §5.2.1: whoever passes a message on may say whom it was for, so that a report from behind a forwarding names
 * somebody whom its reader has heard of.
 */
function originalOf(address: string): string | undefined {
  const text = `rfc822;${encodeXtext(address)}`
  return isAscii(Buffer.from(address)) && text.length <= originalLimit ? text : undefined
}

/** RFC 3461 §4.2. */
const originalLimit = 500

function pathOf(address: string, of: "reverse" | "forward"): Path | undefined {
  const text = `<${address}>`
  const read = readPath(text, 0, of)
  return read.kind === "path" && read.end === text.length ? read.path : undefined
}
