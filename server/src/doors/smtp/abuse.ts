import type { Fault } from "@letterkeep/smtp"
import type { FieldsOf } from "../../ports/log-events.ts"

/** What a source can be blamed for, and how heavily. */
export const weights = {
  fault: 1,
  "unknown-recipient": 1,
  "too-slow": 2,
  smuggling: 5,
  "early-talker": 5,
  "wrong-sign-in": 4,
} as const

export type BadMark = keyof typeof weights

export type Why = FieldsOf<"smtp.abused">["why"]

/** What a fault costs its source; some can happen to the honest. */
export function badMarkOf(fault: Fault): BadMark | undefined {
  switch (fault) {
    case "too-many-recipients":
    case "by-owner":
      return undefined
    case "bare-newline":
      return "smuggling"
    case "too-big":
    case "syntax":
    case "order":
    case "unknown-command":
    case "not-offered":
    case "line-too-long":
    case "foreign-protocol":
    case "lost-framing":
      return "fault"
  }
}

/** The faults that are worth a line in the log each. */
export function abuseOf(fault: Fault): Why | undefined {
  if (fault === "bare-newline") return "smuggling"
  return fault === "line-too-long" ? "line-too-long" : undefined
}
