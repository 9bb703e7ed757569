/**
 * What a person's program hands in, made fit to be sent (RFC 6409 §8): what a message must have and lacks is put on top,
 * Bcc is for the writer's own copy alone, and what only a last server writes is taken out. Nothing else is touched.
 */

import { isAscii } from "node:buffer"
import { everyAddressOf } from "@letterkeep/dmarc"
import { mailDate } from "@letterkeep/dsn"
import { type Field, fieldText, type MessageScan, type Part } from "@letterkeep/mime"
import { type KnownBy, knownBy } from "./queue-mail.ts"

export interface Composed {
  /** For those it is for. */
  readonly out: readonly Uint8Array[]
  /** For the writer. */
  readonly copy: readonly Uint8Array[]
  /** The addresses of From, one at least. */
  readonly authors: readonly string[]
  /** Whoever it says that it comes from, the authors first. At most `sendersLimit`. */
  readonly senders: readonly Sender[]
  /** Always with a Message-ID. */
  readonly known: KnownBy
  readonly hasUtf8Header: boolean
  /** The same of the headers of its parts. */
  readonly hasUtf8PartHeader: boolean
  readonly hasEightBitBody: boolean
}

export interface Sender {
  readonly field: string
  readonly address: string
}

export type ComposeFault = { readonly kind: "fault"; readonly text: string }

/** Authors and senders of one message. */
const sendersLimit = 20
/** RFC 5321 §6.3: a message that was passed on as often is in a loop. */
const hopLimit = 100

/** Given to whom it is for with nobody's names but the writer's own choice of them. */
const notToBeSent: ReadonlySet<string> = new Set(["bcc", "resent-bcc", "return-path"])

/** Said by servers that take mail in: of what is handed in here nobody has said anything yet (RFC 8601 §5). */
const notTheirsToSay: ReadonlySet<string> = new Set(["authentication-results", "x-letterkeep-screening"])

const takenOut = notToBeSent.union(notTheirsToSay)

/** RFC 5322 §3.6.2, §3.6.6. Read so that no reader sees an address there that was not looked at. */
const sayWhoSends = [
  ["from", "From"],
  ["sender", "Sender"],
  ["resent-from", "Resent-From"],
  ["resent-sender", "Resent-Sender"],
] as const

export interface ComposeGround {
  /** Milliseconds since 1970. */
  readonly now: number
  /** For a message that has none: left and right of the "@". */
  readonly newId: string
  /** Lines that go above the message that is sent, each with its CRLF. */
  readonly trace: string
}

export function compose(scan: MessageScan, { now, newId, trace }: ComposeGround): Composed | ComposeFault {
  const { bytes, root } = scan
  const { fields } = root
  const named = (name: string): readonly Field[] => fields.filter(field => field.name === name)
  const from = named("from")
  // RFC 5322 §3.6: with two of them, readers would differ about who wrote it.
  if (from.length !== 1)
    return fault(from.length === 0 ? "The message has no From." : "The message has more than one From.")
  if (named("received").length > hopLimit) return fault("The message has passed too many servers.")
  const senders = sendersOf(scan)
  if ("kind" in senders) return senders
  const authors = senders.filter(({ field }) => field === "From").map(({ address }) => address)
  if (authors.length === 0) return fault("From names no address.")
  const own = knownBy(scan)
  const added =
    (named("date").length === 0 ? `Date: ${mailDate(now)}\r\n` : "") +
    (own.messageId === "" ? `Message-ID: <${newId}>\r\n` : "")
  const bodyStart = fields.at(-1)?.end ?? 0
  return {
    out: [Buffer.from(trace + added), ...without(bytes, fields, takenOut)],
    copy: added === "" ? [bytes] : [Buffer.from(added), bytes],
    authors,
    senders,
    known: own.messageId === "" ? { ...own, messageId: newId } : own,
    hasUtf8Header: !isAscii(bytes.subarray(0, bodyStart)),
    hasUtf8PartHeader: root.parts.some(part => hasUtf8(bytes, part)),
    hasEightBitBody: !isAscii(bytes.subarray(bodyStart)),
  }
}

/** Whoever a message says that it comes from, the authors first. */
export function sendersOf({ bytes, root }: MessageScan): readonly Sender[] | ComposeFault {
  const senders: Sender[] = []
  for (const [name, field] of sayWhoSends) {
    for (const one of root.fields.filter(each => each.name === name)) {
      const addresses = everyAddressOf(fieldText(bytes, one))
      if (addresses === undefined) return fault(`${field} is no list of addresses.`)
      senders.push(...addresses.map(address => ({ field, address })))
      if (senders.length > sendersLimit) return fault("From and Sender name too many addresses.")
    }
  }
  return senders
}

/** No deeper than a scan goes. */
function hasUtf8(bytes: Buffer, { start, bodyStart, parts }: Part): boolean {
  return !isAscii(bytes.subarray(start, bodyStart)) || parts.some(part => hasUtf8(bytes, part))
}

function fault(text: string): ComposeFault {
  return { kind: "fault", text }
}

/** The message without these fields, in pieces of the bytes themselves. */
function without(bytes: Buffer, fields: readonly Field[], names: ReadonlySet<string>): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  let from = 0
  for (const { name, start, end } of fields) {
    if (!names.has(name)) continue
    if (start > from) pieces.push(bytes.subarray(from, start))
    from = end
  }
  return [...pieces, bytes.subarray(from)]
}
