import type { ClientEnd, FarReply, Obstacle, RecipientOutcome } from "@letterkeep/smtp"
import type { Contact, FarWord, Tried, WhyNot } from "../contract.ts"
import type { Ending, Sent } from "./session.ts"

/** What an outcome of SMTP means for a recipient: theirs now, later, or never. */

export type Failed = Exclude<Tried, { readonly kind: "handed-over" }>

/** Characters of a far side's words that are kept. */
const keptText = 500

export function farWord({ code, enhanced, lines }: FarReply): FarWord {
  const text = lines.join(" ").replace(/\p{Cc}/gu, "")
  return { code, enhanced, text: text.length > keptText ? `${text.slice(0, keptText - 1)}…` : text }
}

/** `left-over` has no place here: it goes into a transaction of its own. */
export function triedOf(
  outcome: Exclude<RecipientOutcome, { readonly kind: "left-over" }>,
  { over, dsnPassedOn }: Sent,
  by: Contact,
): Tried {
  switch (outcome.kind) {
    case "accepted":
      return { kind: "handed-over", by, reply: farWord(outcome.reply), dsnPassedOn }
    case "refused":
      return {
        kind: outcome.temporary ? "not-now" : "never",
        why: "refused",
        by,
        reply: farWord(outcome.reply),
      }
    case "impossible":
      return { ...obstacles[outcome.why], by }
    case "unanswered":
      // Where the whole message was sent it may have arrived, and may arrive twice: lost would be worse.
      return { kind: "not-now", why: whyEnded(over), by }
  }
}

const obstacles: { readonly [O in Obstacle]: Pick<Failed, "kind" | "why"> } = {
  "needs-8bitmime": { kind: "never", why: "needs-8bitmime" },
  "needs-smtputf8": { kind: "never", why: "needs-smtputf8" },
  "needs-requiretls": { kind: "never", why: "needs-requiretls" },
  "needs-verified-tls": { kind: "not-now", why: "unverified" },
  "too-big": { kind: "never", why: "too-big" },
  // The text was checked when it was taken in, so it was damaged here.
  "bare-newline": { kind: "never", why: "trouble-here" },
}

function whyEnded(over: Sent["over"]): WhyNot {
  if (over === undefined || over === "quitting") return "connection-lost"
  if (over.timedOut) return "timed-out"
  return over.end.kind === "fault" ? "nonsense" : "connection-lost"
}

/** Why a session ended before it was ready. A far side that says no at its door is believed: 5xx is for good. */
export function failedOpening({ end, timedOut }: Ending, by: Contact): Failed {
  if (timedOut) return { kind: "not-now", why: "timed-out", by }
  switch (end.kind) {
    case "refused":
      return {
        kind: end.reply.code < 500 || isAboutUs(end) ? "not-now" : "never",
        why: "refused",
        by,
        reply: farWord(end.reply),
      }
    case "no-tls":
      return {
        kind: "not-now",
        why: "no-tls",
        by,
        ...(end.reply === undefined ? {} : { reply: farWord(end.reply) }),
      }
    case "no-auth":
      return { kind: "not-now", why: "trouble-here", by }
    case "fault":
      return { kind: "not-now", why: "nonsense", by }
    case "quit":
    case "lost":
    case "broken-off":
      return { kind: "not-now", why: "connection-lost", by }
  }
}

/** A smart host that does not take our password: the operator can mend that. */
function isAboutUs(end: Extract<ClientEnd, { readonly kind: "refused" }>): boolean {
  return end.step === "auth"
}

/**
 * What of several failures, one for each server that was tried, is told. It is for good only where all are; then a word of
 * a far side says more than silence.
 */
export function mostTelling(failures: readonly Failed[]): Failed {
  const notNow = failures.filter(({ kind }) => kind === "not-now")
  const counted = notNow.length > 0 ? notNow : failures
  return (
    counted.find(({ reply }) => reply !== undefined) ?? counted[0] ?? { kind: "not-now", why: "unreachable" }
  )
}
