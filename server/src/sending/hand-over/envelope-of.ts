import { type Envelope, type Path, readPath } from "@letterkeep/smtp"
import type { Permit } from "../../privacy/index.ts"
import type { Claimed, ClaimedRecipient } from "../contract.ts"

/** What is said of a mail in MAIL and RCPT; undefined where an address is none, which was looked at when it was taken. */
export function envelopeOf(
  mail: Claimed,
  recipients: readonly ClaimedRecipient[],
  size: number,
  permit: Permit<"mail.send">,
): Envelope | undefined {
  const reverse = pathOf(mail.reversePath.open(permit), "reverse")
  if (reverse === undefined) return undefined
  const forward: Envelope["recipients"][number][] = []
  for (const { address, notify, orcpt } of recipients) {
    const path = pathOf(address.open(permit), "forward")
    if (path === undefined) return undefined
    forward.push({
      path,
      ...(notify === undefined ? {} : { notify }),
      ...(orcpt === undefined ? {} : { orcpt: orcpt.open(permit) }),
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

function pathOf(address: string, of: "reverse" | "forward"): Path | undefined {
  const text = `<${address}>`
  const read = readPath(text, 0, of)
  return read.kind === "path" && read.end === text.length ? read.path : undefined
}
