/** What FETCH can be asked for (RFC 9051 §6.4.5 and extensions). ALL, FAST and FULL are spelt out by the reader. */

/** A part by its numbers; empty for the whole message. */
export type PartPath = readonly number[]

export interface Section {
  readonly part: PartPath
  /** "whole": nothing is written behind the part's numbers. */
  readonly what: "whole" | "HEADER" | "HEADER.FIELDS" | "HEADER.FIELDS.NOT" | "TEXT" | "MIME"
  /** Of HEADER.FIELDS and HEADER.FIELDS.NOT, as the client wrote them; else empty. */
  readonly fields: readonly string[]
}

export interface Partial {
  readonly offset: number
  readonly count: number
}

export type FetchItem =
  | {
      readonly kind:
        | "FLAGS"
        | "UID"
        | "INTERNALDATE"
        | "RFC822.SIZE"
        | "ENVELOPE"
        | "BODY"
        | "BODYSTRUCTURE"
        | "MODSEQ"
        | "EMAILID"
        | "THREADID"
        | "SAVEDATE"
        | "RFC822"
        | "RFC822.HEADER"
        | "RFC822.TEXT"
    }
  | { readonly kind: "PREVIEW"; readonly lazy: boolean }
  | {
      readonly kind: "BODY[]"
      readonly peek: boolean
      readonly section: Section
      readonly partial: Partial | undefined
    }
  | {
      readonly kind: "BINARY[]"
      readonly peek: boolean
      readonly part: PartPath
      readonly partial: Partial | undefined
    }
  | { readonly kind: "BINARY.SIZE[]"; readonly part: PartPath }
