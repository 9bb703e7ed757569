/** What SEARCH, SORT and THREAD can ask of a message (RFC 9051 §6.4.4 and extensions). */
import type { SequenceSet } from "./sequence-set.ts"

export interface CalendarDate {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
}

export type SearchKey =
  | { readonly kind: "all" }
  | { readonly kind: "and"; readonly keys: readonly SearchKey[] }
  | { readonly kind: "or"; readonly either: SearchKey; readonly other: SearchKey }
  | { readonly kind: "not"; readonly key: SearchKey }
  | { readonly kind: "numbers"; readonly set: SequenceSet }
  | { readonly kind: "uids"; readonly set: SequenceSet }
  /** A flag or keyword, as written (`\Seen`, `$Forwarded`); UNSEEN and its like are `not`. */
  | { readonly kind: "flag"; readonly flag: string }
  /** Field name in lower case; value "" asks for the field alone. FROM, TO, CC, BCC, SUBJECT are this. */
  | { readonly kind: "header"; readonly field: string; readonly value: string }
  | { readonly kind: "text" | "body"; readonly value: string }
  | {
      readonly kind: "date"
      readonly of: "internal" | "sent" | "saved"
      readonly is: "before" | "on" | "since"
      readonly date: CalendarDate
    }
  /** SAVEDATESUPPORTED (RFC 8514 §4.3): true here. */
  | { readonly kind: "save-date-supported" }
  | { readonly kind: "larger" | "smaller"; readonly octets: number }
  /** RFC 5032, by internal date. */
  | { readonly kind: "older" | "younger"; readonly seconds: number }
  /** At least this modseq (RFC 7162 §3.1.5). The entry name and type are read and not used: flags have one modseq. */
  | { readonly kind: "modseq"; readonly modseq: number }
  /** RFC 8474 §6. */
  | { readonly kind: "email-id" | "thread-id"; readonly id: string }
