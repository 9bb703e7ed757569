/** When no automatic reply may be sent (RFC 5230 §4.5, §4.6; RFC 3834 §2): loops, lists, and mail for somebody else. */
import { addressText, mailboxesOf, parseAddressList } from "@letterkeep/mime"
import { isSameAddress, oneAddress } from "../message/addresses.ts"
import type { Run } from "../run/run.ts"

const recipientFields = ["to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"]

const listFields = [
  ...[
    "list-id",
    "list-post",
    "list-help",
    "list-subscribe",
    "list-unsubscribe",
    "list-owner",
    "list-archive",
  ],
]

/** A reason for people, or undefined where a reply is due. `own` are the reader's addresses. */
export function whyNoReply(run: Run, own: readonly string[]): string | undefined {
  const { from } = run.envelope
  if (from === "") return "the message has no sender to reply to"
  if (oneAddress(from) === undefined) return "the sender is no address that mail can be sent to"
  if (isProgram(from)) return `${from} is a program`
  if (own.some(address => isSameAddress(address, from))) return "the message is from the reader"
  const list = listFields.find(name => run.message.fields(name).length > 0)
  if (list !== undefined) return `the message came by a mailing list: it has ${list}`
  const precedence = run.message.fields("precedence")[0]?.raw.toLowerCase()
  if (precedence !== undefined && ["bulk", "junk", "list"].includes(precedence))
    return `the message was sent to many: its precedence is ${precedence}`
  const submitted = run.message.fields("auto-submitted")[0]?.raw
  if (submitted !== undefined && !/^no\s*(;|\(|$)/i.test(submitted))
    return "the message was sent by a program"
  const suppressed = run.message.fields("x-auto-response-suppress")[0]?.raw ?? ""
  if (/\b(all|oof|autoreply)\b/i.test(suppressed)) return "the sender's program asks for no automatic replies"
  if (isFor(run, own)) return undefined
  return "none of the reader's addresses stands in To, Cc or Bcc"
}

/** RFC 5230 §4.6, RFC 3834 §2. */
function isProgram(address: string): boolean {
  const local = address.slice(0, address.lastIndexOf("@")).toLowerCase()
  if (["mailer-daemon", "listserv", "majordomo"].includes(local)) return true
  return local.startsWith("owner-") || local.endsWith("-request") || local.endsWith("-owner")
}

function isFor(run: Run, own: readonly string[]): boolean {
  const addresses = new Set(
    own.map(address => oneAddress(address) ?? { local: address, domain: "" }).map(textOf),
  )
  return recipientFields
    .flatMap(name => run.message.fields(name))
    .some(field => mailboxesOf(parseAddressList(field.raw)).some(mailbox => addresses.has(textOf(mailbox))))
}

function textOf(mailbox: { readonly local: string; readonly domain: string }): string {
  const { local, domain } = mailbox
  return addressText({ kind: "mailbox", name: undefined, route: undefined, local, domain }).toLowerCase()
}
