import { createTextWriter, type TextWriter } from "../message/text-writer.ts"
import type { Capabilities } from "./capabilities.ts"
import { type Envelope, isInternational, mailLine, rcptLine, usesSmtputf8 } from "./envelope.ts"
import { type FarReply, isMore, isNo, isYes, shortened } from "./far-reply.ts"
import type { ClientLimits } from "./limits.ts"
import { addressNeedsSmtputf8, impossible } from "./obstacles.ts"
import type { ClientStep, FarFault, RecipientOutcome } from "./outcome.ts"
import type { Expected, Wire } from "./wire.ts"

/**
 * One mail transaction from MAIL to the reply to its end (RFC 5321 §3.3). Where the far side has PIPELINING, MAIL, all
 * RCPT and DATA go out together, and so do the chunks of BDAT; else each command waits for the reply to the one before.
 *
 * Promises: each recipient has one outcome at the end; no octet of the text goes out before somebody was granted, and
 * by DATA none before 354.
 */
export interface Transaction {
  /** Does it stand still until `give`? */
  readonly wantsText: boolean
  begin(): void
  hear(expected: Expected, reply: FarReply): Heard
  /** False where the text is unfit: all is over, and the connection is to be closed. */
  give(piece: Uint8Array, last: boolean): boolean
  /** What is still open ends with the connection; a 421 is a word about it. */
  abandon(step: ClientStep, reply: FarReply | undefined): void
  outcomes(): readonly RecipientOutcome[]
}

export type Heard =
  | { readonly kind: "goes-on" }
  /** `open`: the far side may still hold a transaction, so RSET comes before the next. */
  | { readonly kind: "over"; readonly open: boolean }
  | { readonly kind: "fault"; readonly fault: FarFault }

interface Command extends Expected {
  readonly line: string
}

const goesOn: Heard = { kind: "goes-on" }
const over: Heard = { kind: "over", open: false }
const overButOpen: Heard = { kind: "over", open: true }
const unexpected: Heard = { kind: "fault", fault: "unexpected-reply" }
const leftOver: RecipientOutcome = { kind: "left-over" }

export function createTransaction(
  envelope: Envelope,
  capabilities: Capabilities,
  limits: ClientLimits,
  wire: Wire,
  reset: boolean,
): Transaction {
  const { pipelining } = capabilities
  const by = capabilities.chunking ? "BDAT" : "DATA"
  let places = capabilities.rcptMax ?? Number.POSITIVE_INFINITY
  const outcomes = envelope.recipients.map(({ path }): RecipientOutcome | undefined => {
    if (!capabilities.smtputf8 && isInternational(path)) return addressNeedsSmtputf8
    places -= 1
    return places < 0 ? leftOver : undefined
  })
  const unsent = commandsOf(envelope, capabilities, outcomes, by, reset)
  /** `draining`: a chunk was refused, and replies to others are still to come. */
  let state: "envelope" | "text" | "ended" | "draining" = "envelope"
  let mailRefused = false
  let granted = 0
  let inFlight = 0
  let writer: TextWriter | undefined

  const settle = (outcome: RecipientOutcome): void => {
    for (const at of outcomes.keys()) outcomes[at] ??= outcome
  }
  const refuse = (step: ClientStep, reply: FarReply): void =>
    settle({ kind: "refused", temporary: reply.code < 500, step, reply })

  const flush = (): void => {
    while (unsent.length > 0 && (pipelining || inFlight === 0)) {
      const command = unsent.shift()
      if (command === undefined) return
      inFlight += 1
      wire.say(command.line, command)
    }
  }

  const openText = (): void => {
    state = "text"
    writer = createTextWriter(by)
  }

  /** After a reply to MAIL or RCPT. */
  const proceed = (): Heard => {
    // Nobody was granted: what was not said yet needs not be said.
    if (mailRefused || (granted === 0 && unsent[0]?.step === "data" && inFlight === 0)) unsent.length = 0
    flush()
    if (inFlight > 0) return goesOn
    if (granted === 0) return mailRefused ? over : overButOpen
    openText()
    return goesOn
  }

  const hearMail = (reply: FarReply): Heard => {
    if (isMore(reply)) return unexpected
    if (isNo(reply)) {
      mailRefused = true
      refuse("mail", reply)
    }
    return proceed()
  }

  const hearRcpt = (at: number, reply: FarReply): Heard => {
    if (isMore(reply)) return unexpected
    if (!mailRefused) {
      if (isYes(reply)) granted += 1
      else outcomes[at] = { kind: "refused", temporary: isTemporary(reply), step: "rcpt", reply }
    }
    return proceed()
  }

  const hearData = (reply: FarReply): Heard => {
    if (isYes(reply)) return unexpected
    if (isNo(reply)) {
      refuse("data", reply)
      return mailRefused ? over : overButOpen
    }
    inFlight += 1
    if (granted > 0) {
      openText()
      wire.expect({ step: "message-end" })
      return goesOn
    }
    // RFC 2920 §3.1: an empty message, which the far side refuses.
    wire.write(Buffer.from(".\r\n", "latin1"))
    wire.expect({ step: "empty-end" })
    return goesOn
  }

  const hearChunk = (reply: FarReply): Heard => {
    if (isMore(reply)) return unexpected
    if (isNo(reply)) {
      refuse("chunk", reply)
      state = "draining"
    }
    return state === "draining" && inFlight === 0 ? overButOpen : goesOn
  }

  const hearEnd = (reply: FarReply): Heard => {
    if (state === "draining") return overButOpen
    if (isMore(reply)) return unexpected
    if (state === "text") {
      // A verdict before the end: their word counts, but where they stand is not known any more.
      if (isNo(reply)) refuse("text", reply)
      return { kind: "fault", fault: "early-reply" }
    }
    if (isYes(reply)) settle({ kind: "accepted", reply })
    else refuse("message-end", reply)
    // RFC 3030 §2: after a failed BDAT the state of the far side is open; RFC 5321 §4.1.1.4: after DATA it is not.
    return by === "BDAT" && isNo(reply) ? overButOpen : over
  }

  return {
    get wantsText() {
      return state === "text" && (by === "DATA" || inFlight < (pipelining ? limits.chunksInFlight : 1))
    },
    begin: flush,
    hear(expected, given) {
      const reply = shortened(given, limits.keptText)
      inFlight -= 1
      switch (expected.step) {
        case "reset":
          if (!isYes(reply)) return unexpected
          flush()
          return goesOn
        case "mail":
          return hearMail(reply)
        case "rcpt":
          return hearRcpt(expected.recipient ?? 0, reply)
        case "data":
          return hearData(reply)
        case "chunk":
          return hearChunk(reply)
        case "message-end":
          return hearEnd(reply)
        case "empty-end":
          return over
        default:
          throw new Error(`${expected.step} is no part of a transaction`)
      }
    },
    give(piece, last) {
      const bytes = writer?.write(piece, last)
      if (bytes === undefined) {
        settle(impossible("bare-newline", "5.6.0"))
        return false
      }
      if (last) state = "ended"
      if (by === "BDAT" && (last || bytes.length > 0)) {
        inFlight += 1
        const step = last ? "message-end" : "chunk"
        wire.say(`BDAT ${bytes.length}${last ? " LAST" : ""}`, { step })
      }
      if (bytes.length > 0) wire.write(bytes)
      return true
    },
    abandon(step, reply) {
      if (reply === undefined) settle({ kind: "unanswered", step, uncertain: state === "ended" })
      else refuse(step, shortened(reply, limits.keptText))
    },
    outcomes: () =>
      outcomes.map(outcome => {
        if (outcome === undefined) throw new Error("a transaction ended with a recipient's outcome open")
        return outcome
      }),
  }
}

function commandsOf(
  envelope: Envelope,
  capabilities: Capabilities,
  outcomes: readonly (RecipientOutcome | undefined)[],
  by: "DATA" | "BDAT",
  reset: boolean,
): Command[] {
  const smtputf8 = usesSmtputf8(envelope, capabilities)
  const rcpt = envelope.recipients
    .map((recipient, at): Command => {
      const line = rcptLine(recipient, capabilities.dsn, smtputf8)
      return { step: "rcpt", recipient: at, line }
    })
    .filter((_, at) => outcomes[at] === undefined)
  return [
    ...(reset ? [{ step: "reset", line: "RSET" } as const] : []),
    { step: "mail", line: mailLine(envelope, capabilities) },
    ...rcpt,
    ...(by === "DATA" ? [{ step: "data", line: "DATA" } as const] : []),
  ]
}

/** RFC 5321 §4.5.3.1.10: 552 to RCPT stands for 452, "too many recipients", unless it says that it means something else. */
function isTemporary({ code, enhanced }: FarReply): boolean {
  return code < 500 || (code === 552 && (enhanced === undefined || enhanced === "5.5.3"))
}
