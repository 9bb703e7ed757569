import { firstFieldText, mailboxesOf, type Part, parseAddressList } from "@letterkeep/mime"
import { readGroupLimit, readOriginalLimit } from "./limits.ts"
import type { DeliveryReport, ReportedRecipient } from "./report.ts"
import { findStatus } from "./status.ts"
import { typedAddress } from "./typed-value.ts"

/**
 * A bounce in plain words, as Exim and Gmail wrote them before they wrote reports: one text, a field that names the
 * recipients that failed, and behind a line of dashes the message.
 *
 *     X-Failed-Recipients: bob@far.test, eve@far.test
 *
 *       bob@far.test
 *         host mx.far.test [192.0.2.1]: 550 5.1.1 no such user
 *
 *     ------ This is a copy of the message, including all the headers. ------        or: ----- Original message -----
 *
 * Without that field a letter is an ordinary one: words alone are not believed.
 */
export interface PlainBounce {
  readonly report: DeliveryReport
  /** The message, or what came back of it. */
  readonly original: Buffer | undefined
}

export function readPlainBounce(bytes: Buffer, root: Part): PlainBounce | undefined {
  if (root.type !== "text" || root.subtype !== "plain") return undefined
  const failed = firstFieldText(bytes, root.fields, "x-failed-recipients")
  if (failed === undefined) return undefined
  const body = bytes.subarray(root.bodyStart, Math.min(root.end, root.bodyStart + readOriginalLimit))
  const text = body.toString("latin1")
  const mark =
    /^-{4,} (?:This is a copy of (?:the|your) message[^\r\n]{0,80}|Original message) ?-{4,}\r?\n(?:[ \t]*\r?\n)*/m.exec(
      text,
    )
  const original = mark === null ? undefined : body.subarray(mark.index + mark[0].length)
  const words = mark === null ? text : text.slice(0, mark.index)
  const addresses = mailboxesOf(parseAddressList(failed))
    .filter(({ domain }) => domain !== "")
    .slice(0, readGroupLimit)
    .map(({ local, domain }) => `${local}@${domain}`)
  if (addresses.length === 0) return undefined
  const recipients = addresses.map((address): ReportedRecipient => {
    // All of the words are about the one who is named alone.
    const said = addresses.length === 1 ? words : saidAbout(words, address)
    return { final: typedAddress(address), action: "failed", status: findStatus(said) ?? "5.0.0" }
  })
  return { report: { recipients }, original }
}

/** The paragraph that the address begins. */
function saidAbout(words: string, address: string): string {
  const at = words.indexOf(`\n  ${address}`)
  if (at === -1) return ""
  const next = /\n(?:\r?\n| {2}\S)/.exec(words.slice(at + 1))
  return words.slice(at, next === null ? undefined : at + 1 + next.index)
}
