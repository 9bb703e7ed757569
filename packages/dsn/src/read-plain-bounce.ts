import { firstFieldText, mailboxesOf, type Part, parseAddressList } from "@letterkeep/mime"
import { readGroupLimit, readOriginalLimit } from "./limits.ts"
import type { DeliveryReport, ReportedRecipient } from "./report.ts"
import { findStatus } from "./status.ts"
import { typedAddress } from "./typed-value.ts"

/**
 * A bounce in plain words, as Exim wrote them before it wrote reports: one text, a field that names the recipients that
 * failed, and behind a line of dashes the message.
 *
 *     X-Failed-Recipients: bob@far.test, eve@far.test
 *
 *       bob@far.test
 *         host mx.far.test [192.0.2.1]: 550 5.1.1 no such user
 *
 *     ------ This is a copy of the message, including all the headers. ------
 *
 * Without that field a letter is an ordinary one: words alone are not believed.
 */
export interface PlainBounce {
  readonly report: DeliveryReport
  readonly header: Buffer
}

export function readPlainBounce(bytes: Buffer, root: Part): PlainBounce | undefined {
  if (root.type !== "text" || root.subtype !== "plain") return undefined
  const failed = firstFieldText(bytes, root.fields, "x-failed-recipients")
  if (failed === undefined) return undefined
  const body = bytes.subarray(root.bodyStart, Math.min(root.end, root.bodyStart + readOriginalLimit))
  const text = body.toString("latin1")
  const copy = /^-{4,} This is a copy of (?:the|your) message[^\r\n]*-{4,}\r?\n(?:[ \t]*\r?\n)*/m.exec(text)
  const header = copy === null ? Buffer.alloc(0) : body.subarray(copy.index + copy[0].length)
  const words = copy === null ? text : text.slice(0, copy.index)
  const recipients: ReportedRecipient[] = []
  for (const mailbox of mailboxesOf(parseAddressList(failed)).slice(0, readGroupLimit)) {
    if (mailbox.domain === "") continue
    const address = `${mailbox.local}@${mailbox.domain}`
    recipients.push({
      final: typedAddress(address),
      action: "failed",
      status: findStatus(saidAbout(words, address)) ?? "5.0.0",
    })
  }
  return recipients.length === 0 ? undefined : { report: { recipients }, header }
}

/** The paragraph that the address begins. */
function saidAbout(words: string, address: string): string {
  const at = words.indexOf(`\n  ${address}`)
  if (at === -1) return ""
  const next = /\n(?:\r?\n| {2}\S)/.exec(words.slice(at + 1))
  return words.slice(at, next === null ? undefined : at + 1 + next.index)
}
