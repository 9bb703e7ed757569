import type { Reply } from "./reply.ts"
import type { Closing, Question, Request } from "./request.ts"

/** `again`: something was done that the owner need not know; there may be more. */
export type Stepped = Request | undefined | "again"

export interface Asked {
  readonly kind: "asked"
  readonly question: Question
  /** The BDAT that the question is about. */
  readonly chunk: Chunk | undefined
}

export interface Chunk {
  readonly kind: "chunk"
  /** Octets still to come. */
  left: number
  readonly last: boolean
  /** Why the octets are only swallowed, where that was so before they came. */
  readonly failure: Reply | undefined
}

export type Phase =
  /** `response`: a line of an AUTH exchange is waited for. */
  | { readonly kind: "command" | "response" | "text" | "handshake" }
  | Asked
  | Chunk
  | { readonly kind: "ended"; readonly why: Closing; told: boolean }
