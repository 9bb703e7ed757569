/**
 * What is sealed of a queued message beside its body, as JSON: its envelope once, each recipient, and what came of the
 * last try. What decides something lies in here, where whoever writes the database cannot change it; the columns
 * beside it are for finding rows.
 */
import { z } from "zod"
import type { Contact, FarWord, OutgoingMail, WhyNot } from "../contract.ts"

/** Whatever a peer or a person may have said in it has passed a door's limits; these are for what is damaged. */
const text = z.string().max(4096)
const milliseconds = z.number().int()

const envelope = z.object({
  kind: z.enum(["submitted", "forwarded", "reply", "report"]),
  reversePath: text,
  size: z.number().int().min(0),
  signedBy: text.optional(),
  smtputf8: z.boolean(),
  body: z.enum(["7BIT", "8BITMIME"]),
  requireTls: z.boolean(),
  ret: z.enum(["FULL", "HDRS"]).optional(),
  envid: text.optional(),
  receivedAt: milliseconds,
  expiresAt: milliseconds,
})

const recipient = z.object({
  address: text,
  orcpt: text.optional(),
  notify: z.array(z.enum(["never", "success", "failure", "delay"])).optional(),
})

const reasons = [
  ...["refused", "null-mx", "no-such-domain", "dns-failed", "unreachable", "timed-out", "connection-lost"],
  ...["nonsense", "no-tls", "unverified", "needs-smtputf8", "needs-8bitmime", "too-big", "trouble-here"],
  ...["expired", "taken-out"],
] as const satisfies readonly WhyNot[]

const answer = z.object({
  why: z.enum(reasons),
  by: z
    .object({
      host: text,
      ip: text,
      tls: text.optional(),
      verified: z.enum(["dane", "mta-sts", "name"]).optional(),
    })
    .optional(),
  reply: z.object({ code: z.number().int(), enhanced: text.optional(), text }).optional(),
})

export type SealedEnvelope = Pick<
  OutgoingMail,
  "kind" | "size" | "smtputf8" | "body" | "requireTls" | "receivedAt" | "expiresAt" | "signedBy" | "ret"
> & { readonly reversePath: string; readonly envid: string | undefined }

export interface SealedRecipient {
  readonly address: string
  readonly orcpt: string | undefined
  readonly notify: readonly ("never" | "success" | "failure" | "delay")[] | undefined
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
  const { ret, ...read } = parsed(envelope, plain)
  return { signedBy: undefined, envid: undefined, ...read, ...(ret === undefined ? {} : { ret }) }
}

export const readRecipient = (plain: Buffer): SealedRecipient => ({
  orcpt: undefined,
  notify: undefined,
  ...parsed(recipient, plain),
})

export const readAnswer = (plain: Buffer): Answer => {
  const { why, by, reply } = parsed(answer, plain)
  return {
    why,
    ...(by === undefined ? {} : { by: { tls: undefined, verified: undefined, ...by } }),
    ...(reply === undefined ? {} : { reply: { enhanced: undefined, ...reply } }),
  }
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
