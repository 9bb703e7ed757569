import type { Reply } from "./reply.ts"

/** What a peer did wrong, for those who count it. */
export type Fault =
  | "syntax"
  | "order"
  | "unknown-command"
  | "not-offered"
  | "bare-newline"
  | "line-too-long"
  | "too-big"
  | "too-many-recipients"
  | "foreign-protocol"
  | "lost-framing"
  | "by-owner"

/** The outcome of reading a command: a rule was broken. */
export interface Broken {
  readonly kind: "fault"
  readonly fault: Fault
  readonly reply: Reply
}

export function broken(fault: Fault, reply: Reply): Broken {
  return { kind: "fault", fault, reply }
}

export function syntax(text: string, enhanced: "5.5.4" | "5.1.3" | "5.1.7" = "5.5.4"): Broken {
  return broken("syntax", { code: 501, enhanced, text })
}

export function order(text: string): Broken {
  return broken("order", { code: 503, enhanced: "5.5.1", text })
}
