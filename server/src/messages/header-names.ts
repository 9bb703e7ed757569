/**
 * Which header fields a message has, as an entry holds it: a search may ask whether a field is there.
 *
 *   names = known count *string      ; a bit for each of `knownNames`, the first the lowest; then all others
 */
import type { Field } from "@letterkeep/mime"
import type { EntryReader, EntryWriter } from "./entry-bytes.ts"

/** Their order is part of the form: names are only ever added at the end, 47 in all. */
const knownNames = [
  ...["received", "return-path", "delivered-to", "from", "to", "cc", "bcc", "reply-to", "sender", "subject"],
  ...["date", "message-id", "in-reply-to", "references", "mime-version", "content-type"],
  ...["content-transfer-encoding", "content-disposition", "content-language", "content-id"],
  ...["dkim-signature", "authentication-results", "arc-seal", "arc-message-signature"],
  ...["arc-authentication-results", "received-spf", "list-id", "list-unsubscribe", "list-unsubscribe-post"],
  ...["list-post", "list-help", "list-subscribe", "list-archive", "precedence", "auto-submitted", "x-mailer"],
  ...["user-agent", "x-priority", "importance", "organization", "errors-to", "feedback-id"],
  ...["x-originating-ip", "thread-topic", "thread-index", "x-spam-status", "comments"],
] as const

const bitOf: ReadonlyMap<string, number> = new Map(knownNames.map((name, at) => [name, 2 ** at]))

/** Names that are not among the known ones, and their octets. */
const otherLimits = { count: 48, octets: 76 } as const

export interface HeaderNames {
  /** Lower case, each once. */
  readonly names: readonly string[]
  /** There were more, or longer ones: only the body has all. */
  readonly cut: boolean
}

export function headerNamesOf(fields: readonly Field[]): HeaderNames {
  const names: string[] = []
  let others = 0
  let cut = false
  for (const name of new Set(fields.map(field => field.name))) {
    if (name === "") continue
    if (!bitOf.has(name)) {
      if (others === otherLimits.count || name.length > otherLimits.octets) {
        cut = true
        continue
      }
      others++
    }
    names.push(name)
  }
  return { names, cut }
}

export function writeHeaderNames(out: EntryWriter, names: readonly string[]): void {
  const others = names.filter(name => !bitOf.has(name))
  out.number(names.reduce((bits, name) => bits + (bitOf.get(name) ?? 0), 0))
  out.number(others.length)
  for (const name of others) out.string(name)
}

/** Goes past them: most of who reads an entry does not ask. */
export function skipHeaderNames(from: EntryReader): void {
  from.number()
  for (let others = from.number(); others > 0; others--) from.skip()
}

export function readHeaderNames(from: EntryReader): readonly string[] {
  const bits = from.number()
  const known = knownNames.filter((_, at) => Math.floor(bits / 2 ** at) % 2 === 1)
  const others = Array.from({ length: from.number() }, () => from.string())
  return [...known, ...others]
}
