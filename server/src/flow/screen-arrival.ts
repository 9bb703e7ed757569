/** Screens a message while it arrives: under one permit, from its header to the verdicts. */
import { type HeaderField, splitFields } from "@letterkeep/dkim"
import type { Permit, Personal, Privacy } from "../privacy/index.ts"
import type { Screened, Screening } from "../screening/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Envelope } from "./envelope.ts"

export type Content<T> = Personal<"user.content.private.mail", T>

export interface Arrival {
  header(block: Content<Buffer>): void
  body(chunk: Content<Buffer>): void
  /** When all has come. */
  finish(): Promise<ScreenedArrival>
  /** When no more will come. */
  abandon(): void
}

export interface ScreenedArrival extends Screened<AccountId> {
  /** Where fields lie that claim to be our own Authentication-Results, as [start, end) of the message. */
  readonly forged: readonly (readonly [start: number, end: number])[]
}

/** The peer went away: nobody waits for the verdict. */
class AbandonedError extends Error {
  override readonly name = "AbandonedError"
  readonly temporary = true
}

export function screenArrival(
  privacy: Pick<Privacy, "gate">,
  screening: Screening<AccountId>,
  envelope: Envelope,
): Arrival {
  const ongoing = screening.begin(envelope)
  const arrived = Promise.withResolvers<void>()
  const held: { permit?: Permit<"mail.screen"> } = {}
  let forged: ScreenedArrival["forged"] = []

  const accounts = envelope.recipients.map(recipient => recipient.accountId)
  // The gate runs its work at once: the permit is there before the first byte.
  const screened = privacy.gate("mail.screen", { kind: "accounts", accounts }, async permit => {
    held.permit = permit
    await arrived.promise
    return { ...(await ongoing.finish()), forged }
  })
  screened.catch(() => undefined) // whoever calls `finish` hears of it; after `abandon` nobody does

  const permitOf = (): Permit<"mail.screen"> => {
    if (held.permit === undefined) throw new Error("the gate gave no permit")
    return held.permit
  }
  return {
    header(block) {
      const fields = splitFields(block.open(permitOf()))
      const found = ongoing.headers(fields)
      forged = found.forged.map(index => spanOf(fields, index))
    },
    body(chunk) {
      ongoing.body(chunk.open(permitOf()))
    },
    async finish() {
      arrived.resolve()
      return await screened
    },
    abandon() {
      ongoing.abandon()
      arrived.reject(new AbandonedError("the peer went away"))
    },
  }
}

/** The fields cover the header without a gap, so their lengths say where each begins. */
function spanOf(fields: readonly HeaderField[], index: number): [number, number] {
  const start = fields.slice(0, index).reduce((sum, field) => sum + field.raw.length, 0)
  return [start, start + (fields[index]?.raw.length ?? 0)]
}
