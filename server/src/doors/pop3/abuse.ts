import type { FieldsOf } from "../../ports/log-events.ts"

/** What a source can be blamed for at this door, and how heavily. */
export const weights = {
  fault: 1,
  "wrong-sign-in": 4,
  "too-slow": 2,
} as const

export type BadMark = keyof typeof weights
export type Why = FieldsOf<"pop3.abused">["why"]
