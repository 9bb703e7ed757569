import type { CanonicalFields } from "./header-canon.ts"

/**
 * Which fields our signatures cover (RFC 6376 §5.4, §5.4.1).
 */

/**
 * Covered as often as they stand there, and once more (RFC 6376 §5.4.2), so that nobody adds one after us. These are
 * what a program shows of a message, answers it by, sorts it by, or reads its body by: a second From or Subject on top
 * would be shown over our signature, another Reply-To would take the answers, another Content-Type would show another
 * body of the same bytes.
 */
const oversignedNames: readonly string[] = [
  "from",
  "subject",
  "date",
  "to",
  "cc",
  "reply-to",
  "message-id",
  "in-reply-to",
  "references",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
]

/**
 * Covered as often as they stand there: what they say is ours, but those who come after us may rightly add one, as
 * mailing lists do. RFC 8058 §4 asks for the two that unsubscribe.
 */
const signedNames: readonly string[] = [
  "sender",
  "auto-submitted",
  "list-id",
  "list-unsubscribe",
  "list-unsubscribe-post",
  "list-post",
  "list-help",
  "list-owner",
  "list-archive",
  "list-subscribe",
]

/** The value of `h`, in order. All other fields are left to those on the way: Received, Return-Path, results, seals. */
export function namesToSign(fields: CanonicalFields): string[] {
  const times = (name: string, count: number): string[] => Array<string>(count).fill(name)
  return [
    ...oversignedNames.flatMap(name => times(name, fields.named(name).length + 1)),
    ...signedNames.flatMap(name => times(name, fields.named(name).length)),
  ]
}
