/**
 * Flags as IMAP writes them and as the store keeps them (RFC 9051 §2.3.2, RFC 8621 §4.1.1): `\Seen` is the keyword
 * `$seen`, all keywords are kept in lower case, and `\Deleted` is no keyword but a mark of the message in its mailbox.
 */

/** In the order in which they are shown. */
const systemFlags: readonly (readonly [flag: string, keyword: string])[] = [
  ["\\Answered", "$answered"],
  ["\\Flagged", "$flagged"],
  ["\\Draft", "$draft"],
  ["\\Seen", "$seen"],
]

const keywordOfSystemFlag = new Map(systemFlags.map(([flag, keyword]) => [flag.toLowerCase(), keyword]))

/** Registered keywords whose names are usually written with capitals; RFC 9051 §2.3.2 and the registry it opens. */
const usual = [
  ...[
    "$Forwarded",
    "$MDNSent",
    "$Junk",
    "$NotJunk",
    "$Phishing",
    "$Important",
    "$SubmitPending",
    "$Submitted",
  ],
  ...["Junk", "NonJunk"],
]

const shownAs: ReadonlyMap<string, string> = new Map([
  ...systemFlags.map(([flag, keyword]) => [keyword, flag] as const),
  ...usual.map(name => [name.toLowerCase(), name] as const),
])

export interface Flags {
  /** Lower case, each once. */
  readonly keywords: readonly string[]
  readonly deleted: boolean
}

export type FlagsRead =
  | ({ readonly kind: "flags" } & Flags)
  | { readonly kind: "refused"; readonly text: string }

/** Keywords of one message that a client may name at once; how many a message may have is the store's to say. */
const namedLimit = 256

/**
 * System flags that are not kept are left out, `\Recent` too: programs that carry mail over from another server name
 * its own, and PERMANENTFLAGS has said which ones last (RFC 9051 §7.1).
 */
export function readFlags(names: readonly string[]): FlagsRead {
  if (names.length > namedLimit) return refused(`At most ${namedLimit} flags at once`)
  const keywords = new Set<string>()
  let deleted = false
  for (const name of names) {
    const lower = name.toLowerCase()
    if (lower === "\\deleted") deleted = true
    else {
      const keyword = lower.startsWith("\\") ? keywordOfSystemFlag.get(lower) : lower
      if (keyword !== undefined) keywords.add(keyword)
    }
  }
  return { kind: "flags", keywords: [...keywords], deleted }
}

function refused(text: string): FlagsRead {
  return { kind: "refused", text }
}

/** What SEARCH KEYWORD and its like look for; undefined for a flag that no message can have. */
export function readOneFlag(name: string): { readonly keyword: string } | "deleted" | undefined {
  const read = readFlags([name])
  if (read.kind === "refused") return undefined
  const [keyword] = read.keywords
  if (read.deleted) return "deleted"
  return keyword === undefined ? undefined : { keyword }
}

/** The space-separated inside of a flag list. */
export function writeFlags({ keywords, deleted }: Flags): string {
  let text = deleted ? "\\Deleted" : ""
  for (const keyword of keywords) text += `${text === "" ? "" : " "}${shown(keyword)}`
  return text
}

export function shown(keyword: string): string {
  return shownAs.get(keyword) ?? keyword
}

export function isSystemFlag(keyword: string): boolean {
  return shown(keyword).startsWith("\\")
}

/** Of a mailbox where the keywords are in use, as FLAGS lists them (RFC 9051 §7.3.5). */
export function writeMailboxFlags(keywords: Iterable<string>): string {
  const system = systemFlags.map(([flag]) => flag).join(" ")
  let text = `${system} \\Deleted`
  for (const keyword of keywords) if (!isSystemFlag(keyword)) text += ` ${shown(keyword)}`
  return text
}

/** Said to be in use in every mailbox, so that the list need not be sent again when one appears. */
export const commonKeywords: readonly string[] = usual.map(name => name.toLowerCase())
