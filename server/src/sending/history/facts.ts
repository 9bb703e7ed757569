/** What the history of a message says, and how it lies sealed: as JSON. */
import { type ReportedRecipient, readStatus } from "@letterkeep/dsn"
import { z } from "zod"
import type { Contact, FarWord, OutgoingMail, WhyNot } from "../contract.ts"
import { contactShape, farWordShape, someText, whyNotShape } from "../word-shapes.ts"

/** A message as its sender knows it. */
export interface SentFacts {
  readonly kind: OutgoingMail["kind"]
  /** Of its header, without angle brackets; "" where it has none. At most 998 characters. */
  readonly messageId: string
  /** Decoded; at most 500 characters. */
  readonly subject: string
  /** Those elsewhere, and those here where it was to go out later; in the order of their numbers in the queue; at most 1,000. */
  readonly recipients: readonly string[]
  /** Milliseconds since 1970, as the others. */
  readonly receivedAt: number
  readonly notBefore: number
  /** The time to send that the sender asked for. */
  readonly releaseAt?: number
  readonly expiresAt: number
}

export type SentEvent = TriedEvent | ReportedEvent | MoreReported

/** More was reported than is written down of a message. */
export interface MoreReported {
  readonly kind: "more-reported"
}

/** What came of a try for some of its recipients. */
export type TriedEvent = {
  /** Their numbers. */
  readonly recipients: readonly number[]
} & (
  | { readonly kind: "handed-over"; readonly by: Contact; readonly reply: FarWord }
  | {
      readonly kind: "put-off"
      readonly why: WhyNot
      readonly by?: Contact
      readonly reply?: FarWord
      /** Milliseconds since 1970. */
      readonly nextAt: number
    }
  | { readonly kind: "failed"; readonly why: WhyNot; readonly by?: Contact; readonly reply?: FarWord }
  /** It was given to their mailbox on this server, or to their filter: what that made of it is theirs to know. */
  | { readonly kind: "kept-here" }
  /** Its sender took it back before it was tried. */
  | { readonly kind: "taken-back" }
)

/**
 * What somebody who had the message said later, in a report that came to its return path. A stranger's word: the addresses
 * need be none of its recipients, and of who speaks no more is known than `proven`.
 */
export interface ReportedEvent {
  readonly kind: "reported"
  /** At most 320 characters, as `original`. */
  readonly address: string
  /** As the sender had called it, where the report says so. */
  readonly original?: string
  readonly action: ReportedRecipient["action"]
  /** "5.1.1" */
  readonly status: ReportedRecipient["status"]
  /** Words of a server, control characters taken out; at most 500 characters. */
  readonly diagnostic?: string
  /** The server that reports, as it calls itself; lower case, at most 255 characters. */
  readonly by?: string
  /** The domain in the report's From, where something vouches for it; lower case, at most 255 characters. */
  readonly proven?: string
}

const milliseconds = z.number().int()
const facts = z.object({
  kind: z.enum(["submitted", "forwarded", "reply", "report", "tls-report"]),
  messageId: someText,
  subject: someText,
  recipients: z.array(someText),
  receivedAt: milliseconds,
  notBefore: milliseconds,
  releaseAt: milliseconds.optional(),
  expiresAt: milliseconds,
})

const recipients = z.array(z.number().int())
const trouble = { recipients, why: whyNotShape, by: contactShape.optional(), reply: farWordShape.optional() }
const reported = z.object({
  kind: z.literal("reported"),
  address: someText,
  original: someText.optional(),
  action: z.enum(["failed", "delayed", "delivered", "relayed", "expanded"]),
  status: z.custom<ReportedEvent["status"]>(
    value => typeof value === "string" && readStatus(value) === value,
  ),
  diagnostic: someText.optional(),
  by: someText.optional(),
  proven: someText.optional(),
})
const event = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("handed-over"), recipients, by: contactShape, reply: farWordShape }),
  z.object({ kind: z.literal("put-off"), ...trouble, nextAt: milliseconds }),
  z.object({ kind: z.literal("failed"), ...trouble }),
  z.object({ kind: z.literal("kept-here"), recipients }),
  z.object({ kind: z.literal("taken-back"), recipients }),
  reported,
  z.object({ kind: z.literal("more-reported") }),
])

export const writeForm = (form: SentFacts | SentEvent): Buffer => Buffer.from(JSON.stringify(form), "utf8")

/** These two throw where it is not what was written. */
export function readFacts(plain: Buffer): SentFacts {
  const { releaseAt, ...read } = facts.parse(JSON.parse(plain.toString("utf8")))
  return { ...read, ...(releaseAt === undefined ? {} : { releaseAt }) }
}

export function readEvent(plain: Buffer): SentEvent {
  const read = event.parse(JSON.parse(plain.toString("utf8")))
  if (read.kind === "reported") {
    const { original, diagnostic, by, proven, ...rest } = read
    return {
      ...rest,
      ...(original === undefined ? {} : { original }),
      ...(diagnostic === undefined ? {} : { diagnostic }),
      ...(by === undefined ? {} : { by }),
      ...(proven === undefined ? {} : { proven }),
    }
  }
  if (read.kind !== "put-off" && read.kind !== "failed") return read
  const { by, reply, ...rest } = read
  return { ...rest, ...(by === undefined ? {} : { by }), ...(reply === undefined ? {} : { reply }) }
}
