/**
 * What a message is searched by, for every door: IMAP's SEARCH and JMAP's query are read into this.
 *
 * Text matches where it occurs as a substring, both sides folded (`foldText` of packages/mime: compatibility
 * decomposition and lower case). What is searched: of a header field its unfolded value with encoded words decoded,
 * each field of that name on its own, but To, Cc and Bcc as one list, and of the other fields of the envelope the first
 * (RFC 5322 §3.6 allows no second); of fields that hold addresses, beside that, each name and each local@domain as
 * ENVELOPE has them; of the body what `textOf` gives without its limit.
 *
 * Departs from RFC 9051 §6.4.4: `text` is the body, the envelope's fields, References and the names of attachments, not
 * the whole header, and `body` is the text that people read, not the octets of all parts: who searches for a word does
 * not mean a boundary, nor the route that a message took.
 */
import type { EmailId, ModSeq, ThreadId } from "../store/index.ts"
import type { UidRange } from "./mail.ts"

export type Criterion =
  | { readonly kind: "all" }
  | { readonly kind: "and" | "or"; readonly of: readonly Criterion[] }
  | { readonly kind: "not"; readonly of: Criterion }
  | { readonly kind: "uids"; readonly ranges: readonly UidRange[] }
  | { readonly kind: "keyword"; readonly keyword: string }
  | { readonly kind: "deleted" }
  /** `field` in lower case; `value` "" asks whether the field is there. */
  | { readonly kind: "header"; readonly field: string; readonly value: string }
  | { readonly kind: "text" | "body"; readonly value: string }
  /** Milliseconds since 1970, [from, before); undefined: open. `sent` is the Date field, its zone left aside. */
  | {
      readonly kind: "time"
      readonly of: "received" | "saved" | "sent"
      readonly from: number | undefined
      readonly before: number | undefined
    }
  /** Octets: from < size < below. */
  | { readonly kind: "size"; readonly over: number | undefined; readonly under: number | undefined }
  | { readonly kind: "modseq"; readonly from: ModSeq }
  | { readonly kind: "email"; readonly email: EmailId }
  | { readonly kind: "thread"; readonly thread: ThreadId }
