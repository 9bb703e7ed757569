/**
 * What is sealed of a queued message beside its body, as JSON: its envelope once, each recipient, and what came of the
 * last try. What decides something lies in here, where whoever writes the database cannot change it; the columns
 * beside it are for finding rows.
 */
import { z } from "zod"
import type { Contact, FarWord, OutgoingMail, WhyNot } from "../contract.ts"
import { contactShape, farWordShape, someText, whyNotShape } from "../word-shapes.ts"

const milliseconds = z.number().int()

const envelope = z.object({
  kind: z.enum(["submitted", "forwarded", "reply", "report", "tls-report"]),
  reversePath: someText,
  size: z.number().int().min(0),
  signedBy: someText.optional(),
  smtputf8: z.boolean(),
  body: z.enum(["7BIT", "8BITMIME"]),
  requireTls: z.boolean(),
  ret: z.enum(["FULL", "HDRS"]).optional(),
  envid: someText.optional(),
  receivedAt: milliseconds,
  // Rows of before there was a time to send lack these two.
  notBefore: milliseconds.optional(),
  releaseAsked: someText.optional(),
  expiresAt: milliseconds,
})

const recipient = z.object({
  address: someText,
  orcpt: someText.optional(),
  notify: z.array(z.enum(["never", "success", "failure", "delay"])).optional(),
  isHere: z.boolean().optional(),
})

const answer = z.object({ why: whyNotShape, by: contactShape.optional(), reply: farWordShape.optional() })

export type SealedEnvelope = Pick<
  OutgoingMail,
  | "kind"
  | "size"
  | "smtputf8"
  | "body"
  | "requireTls"
  | "receivedAt"
  | "notBefore"
  | "expiresAt"
  | "signedBy"
  | "ret"
> & { readonly reversePath: string; readonly envid: string | undefined; readonly releaseAsked?: string }

export interface SealedRecipient {
  readonly address: string
  readonly orcpt: string | undefined
  readonly notify: readonly ("never" | "success" | "failure" | "delay")[] | undefined
  readonly isHere: boolean
}

/** What came of the last try, for whoever asks while the message waits. */
export interface Answer {
  readonly why: WhyNot
  readonly by?: Contact
  readonly reply?: FarWord
}

export const writeForm = (form: SealedEnvelope | SealedRecipient | Answer): Buffer =>
  Buffer.from(JSON.stringify(form), "utf8")

/** These throw a DamagedMailError where it is not what was written: by another version, or by a mistake of ours. */
export const readEnvelope = (plain: Buffer): SealedEnvelope => {
  const { ret, notBefore, releaseAsked, ...read } = parsed(envelope, plain)
  return {
    ...{ signedBy: undefined, envid: undefined, ...read, notBefore: notBefore ?? read.receivedAt },
    ...(ret === undefined ? {} : { ret }),
    ...(releaseAsked === undefined ? {} : { releaseAsked }),
  }
}

export const readRecipient = (plain: Buffer): SealedRecipient => {
  const { isHere = false, ...read } = parsed(recipient, plain)
  return { orcpt: undefined, notify: undefined, ...read, isHere }
}

export const readAnswer = (plain: Buffer): Answer => {
  const { why, by, reply } = parsed(answer, plain)
  return { why, ...(by === undefined ? {} : { by }), ...(reply === undefined ? {} : { reply }) }
}

/** A message in the queue that is not what was put there: altered, or something of it is gone. */
export class DamagedMailError extends Error {
  override readonly name = "DamagedMailError"
  readonly temporary = false
}

function parsed<Shape extends z.ZodType>(shape: Shape, plain: Buffer): z.output<Shape> {
  try {
    return shape.parse(JSON.parse(plain.toString("utf8")))
  } catch (cause) {
    throw new DamagedMailError("a sealed form that cannot be read", { cause })
  } finally {
    plain.fill(0)
  }
}
