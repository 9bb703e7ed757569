/**
 * The letter that `vacation` asks for (RFC 5230 §5): to be sent from the null reverse-path, with NOTIFY=NEVER where the
 * next server knows it (§5.1). Its header is ASCII but for addresses, and says that a program wrote it.
 */
import { mailboxesOf, parseAddressList, splitFields } from "@letterkeep/mime"
import { addrSpec } from "../message/addresses.ts"
import type { VacationAction } from "../run/action.ts"
import { encodeWords, foldAscii, isAscii, oneLine } from "./encoded-words.ts"

export interface ReplyOptions {
  readonly action: VacationAction
  /** The account's own address, as `local@domain` or with a name; for replies that name none. */
  readonly from: string
  /** The Date field's value (RFC 5322 §3.3). */
  readonly date: string
  /** Without its brackets. */
  readonly messageId: string
}

/** Characters of a subject; the rest is cut off. */
const subjectLength = 500
/** Identifiers in References: the first, and the last ones (RFC 5322 §3.6.4 lets long lists be cut). */
const referencesLimit = 20

export function writeReply({ action, from, date, messageId }: ReplyOptions): Buffer {
  const { inReplyTo } = action
  const references = fewer(action.references)
  const fields = [
    ["Date", date],
    ["From", mailboxField("From", action.from ?? from)],
    ["To", mailboxField("To", action.to)],
    ["Subject", textField("Subject", action.subject)],
    ["Message-ID", `<${messageId}>`],
    ...(inReplyTo === undefined ? [] : [["In-Reply-To", `<${inReplyTo}>`]]),
    ...(references.length === 0 ? [] : [["References", references.map(id => `<${id}>`).join("\r\n ")]]),
    // RFC 3834 §5: nothing that is programmed with care replies to it.
    ["Auto-Submitted", "auto-replied"],
    ["MIME-Version", "1.0"],
  ]
  const header = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  const body = action.mime ? entity(action.body) : textBody(action.body)
  return Buffer.concat([Buffer.from(header, "utf8"), body])
}

function fewer(ids: readonly string[]): readonly string[] {
  const [first, ...more] = ids
  return first === undefined || ids.length <= referencesLimit
    ? ids
    : [first, ...more.slice(1 - referencesLimit)]
}

function textField(name: string, value: string): string {
  const line = oneLine(oneLine(value).slice(0, subjectLength))
  const used = name.length + 2
  return isAscii(line) ? foldAscii(line, used) : encodeWords(line, used)
}

function mailboxField(name: string, value: string): string {
  const used = name.length + 2
  const mailboxes = mailboxesOf(parseAddressList(value))
  return mailboxes
    .map(({ name: phrase, local, domain }, index) => {
      const shown = oneLine(phrase ?? "").slice(0, subjectLength)
      const address = domain === "" ? local : addrSpec({ local, domain })
      if (shown === "") return address
      const written = isAscii(shown)
        ? `"${shown.replace(/["\\]/g, "\\$&")}"`
        : encodeWords(shown, index === 0 ? used : 1)
      return `${written}\r\n <${address}>`
    })
    .join(",\r\n ")
}

/** ASCII with lines that SMTP takes (RFC 5322 §2.1.1) goes as it is; all else as base64. */
function textBody(text: string): Buffer {
  const whole = text.toWellFormed().replace(/\r\n|\r|\n/g, "\r\n")
  const body = whole.endsWith("\r\n") ? whole : `${whole}\r\n`
  if (/^[\t\r\n\x20-\x7e]*$/.test(body) && body.split("\r\n").every(line => line.length <= 998))
    return Buffer.from(`Content-Type: text/plain; charset=us-ascii\r\n\r\n${body}`, "utf8")
  const lines = Buffer.from(body, "utf8").toString("base64").replace(/.{76}/g, "$&\r\n").trimEnd()
  const header = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
  return Buffer.from(`${header}${lines}\r\n`, "utf8")
}

/**
 * What `:mime` was given: the Content fields of its header in ASCII, and its body. No other field of it becomes one of the
 * letter: a script names whom it writes to in no other way than by being replied to.
 */
function entity(text: string): Buffer {
  const bytes = Buffer.from(
    text
      .toWellFormed()
      .replace(/\r\n|\r|\n/g, "\r\n")
      .replace(/^(\r\n)+/, ""),
    "utf8",
  )
  const found = bytes.indexOf("\r\n\r\n")
  const end = found === -1 ? bytes.length : found + 2
  const { fields } = splitFields(bytes, 0, end)
  const kept = fields
    .filter(field => field.name.startsWith("content-"))
    .map(field => bytes.toString("latin1", field.start, field.end).replace(/\r?\n?$/, "\r\n"))
    .filter(isAscii)
  return Buffer.concat([
    Buffer.from(`${kept.join("")}\r\n`, "latin1"),
    bytes.subarray(found === -1 ? end : end + 2),
  ])
}
