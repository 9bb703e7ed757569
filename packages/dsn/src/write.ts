import { cleanAscii } from "./clean.ts"
import { humanPart } from "./human-part.ts"
import { mailDate } from "./mail-date.ts"
import { type Carried, carry, headerOf } from "./original.ts"
import { originalId } from "./original-id.ts"
import { quotedPrintable } from "./quoted-printable.ts"
import type { DeliveryReport } from "./report.ts"
import { isAscii } from "./typed-value.ts"
import { writeStatus } from "./write-status.ts"

/**
 * Writes a delivery status notification: a letter in three parts (RFC 6522 §3), the first for people, the second for
 * programs (RFC 3464), the third the message that it is about, or its header. It is to be sent from the null
 * reverse-path, and never about a message that had it (`wantsReport`).
 */
export interface DsnOptions {
  readonly report: DeliveryReport
  /** The name of the server that reports. */
  readonly hostname: string
  /** The address in From, such as "postmaster@a.test". ASCII. */
  readonly from: string
  /** The sender of the message: the reverse-path that it had. ASCII unless `international`. */
  readonly to: string
  /** Milliseconds since 1970. */
  readonly date: number
  /** Without its brackets. */
  readonly messageId: string
  /** Sixteen or more unpredictable letters and digits, so that no message can hold the boundary. */
  readonly boundary: string
  /** The message as it was taken in; its header alone will do where `ret` is "headers". */
  readonly original: Buffer
  readonly ret: "full" | "headers"
  /** May the report need SMTPUTF8? So for those who sent with it (RFC 6533 §4). */
  readonly international: boolean
  /** The server that all our mail goes through, where there is one. */
  readonly relay?: string
}

export interface WrittenDsn {
  readonly bytes: Buffer
  /** It has octets beyond ASCII: it needs 8BITMIME. */
  readonly eightBit: boolean
}

/** Throws a RangeError for a report without recipients, a boundary of other signs, or an address that is not allowed. */
export function writeDsn(options: DsnOptions): WrittenDsn {
  const { report, hostname, international, relay, original } = options
  if (!/^[A-Za-z0-9]{16,50}$/.test(options.boundary)) throw new RangeError("a boundary of other signs")
  for (const [address, ascii] of [
    [options.from, true],
    [options.to, !international],
  ] as const)
    if (/[\s\x00-\x1f\x7f<>]/.test(address) || (ascii && !isAscii(address)))
      throw new RangeError("an address that cannot stand in a field")
  const isFailure = report.recipients.some(({ action }) => action === "failed")
  const carried = carry(original, options.ret, isFailure)
  const header = headerOf(original)
  const { subject, text } = humanPart({
    report,
    hostname,
    header,
    carries: carried.kind,
    wasTooLarge: carried.wasTooLarge,
    ...(relay === undefined ? {} : { relay }),
  })
  const statusText = writeStatus(report, hostname, !international)
  const parts = [textPart(text), statusPart(statusText, international), originalPart(carried, international)]
  const content = Buffer.concat(parts)
  const boundary = boundaryFor(options.boundary, content)
  const eightBit = !isSevenBit(content) || !isAscii(options.to)
  const id = originalId(header)
  const fields = [
    `From: "Mail delivery, ${quotable(hostname)}" <${options.from}>`,
    `To: <${options.to}>`,
    `Subject: ${subject}`,
    `Date: ${mailDate(options.date)}`,
    `Message-ID: <${cleanAscii(options.messageId)}>`,
    ...(id === undefined ? [] : [`In-Reply-To: <${id}>`, `References: <${id}>`]),
    // RFC 3834 §5.1: so that nothing answers by itself.
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"`,
    ...(eightBit ? ["Content-Transfer-Encoding: 8bit"] : []),
  ]
  const head = `${fields.join("\r\n")}\r\n\r\n`
  const pieces: Buffer[] = [Buffer.from(head)]
  for (const part of parts) pieces.push(Buffer.from(`--${boundary}\r\n`), part, Buffer.from("\r\n"))
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return { bytes: Buffer.concat(pieces), eightBit }
}

function textPart(text: string): Buffer {
  if (isAscii(text)) return part("text/plain; charset=us-ascii", "7bit", Buffer.from(text))
  return part("text/plain; charset=utf-8", "quoted-printable", Buffer.from(quotedPrintable(text)))
}

function statusPart(text: string, international: boolean): Buffer {
  const type = international ? "message/global-delivery-status" : "message/delivery-status"
  return part(type, isAscii(text) ? "7bit" : "8bit", Buffer.from(text))
}

function originalPart({ kind, bytes }: Carried, international: boolean): Buffer {
  const sevenBit = isSevenBit(bytes)
  if (kind === "whole")
    return part(international ? "message/global" : "message/rfc822", sevenBit ? "7bit" : "8bit", bytes)
  if (international) return part("message/global-headers", sevenBit ? "7bit" : "8bit", bytes)
  // RFC 6522 §4: a text, so that what is not ASCII in it can be encoded.
  if (sevenBit) return part("text/rfc822-headers; charset=us-ascii", "7bit", bytes)
  const encoded = quotedPrintable(bytes.toString("utf8").replace(/\r?\n/g, "\r\n"))
  return part("text/rfc822-headers; charset=utf-8", "quoted-printable", Buffer.from(encoded))
}

function part(type: string, encoding: string, content: Buffer): Buffer {
  const fields = `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`
  return Buffer.concat([Buffer.from(fields), content])
}

/** RFC 2046 §5.1.1: a boundary does not occur in what it parts. */
function boundaryFor(token: string, content: Buffer): string {
  let boundary = `=_${token}`
  while (content.includes(`--${boundary}`)) boundary += "_"
  return boundary
}

function isSevenBit(bytes: Buffer): boolean {
  return !bytes.some(octet => octet > 127)
}

/** What can stand between quotes (RFC 5322 §3.2.4). */
function quotable(name: string): string {
  return cleanAscii(name).replace(/[\\"]/g, "")
}
