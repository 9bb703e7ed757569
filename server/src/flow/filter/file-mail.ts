/**
 * From what a filter asks for to emails: each keep and fileinto is a place, places with the same flags are one email
 * (flags are the message's, in every mailbox that shows it), and other flags make another one.
 *
 * What screening doubts stays in Junk, flags and all, unless the filter has looked at the verdict in this run: then its
 * fileinto is followed, and its keep means the inbox. So a rule on a sender's name is no way past the screening for
 * whoever forges it.
 */
import type { FileIntoAction, KeepAction, SieveAction } from "@letterkeep/sieve"
import type { Destination, FoundPlace, Places } from "../../messages/index.ts"
import type { Filing } from "./reader.ts"

export interface FileWish {
  readonly isJunk: boolean
  readonly knowsVerdict: boolean
  readonly places: () => Promise<Places>
  /** Undefined where it cannot be made. */
  readonly create: (
    name: string,
  ) => Promise<{ readonly id: FoundPlace["id"] } | { readonly sentence: string }>
}

export interface Filed {
  readonly filings: readonly Filing[]
  /** What could not be done as it was asked for, in sentences for the person. */
  readonly faults: readonly string[]
}

/** Octets of a keyword. */
const keywordOctets = 255

export async function fileMail(actions: readonly SieveAction[], wish: FileWish): Promise<Filed> {
  const faults: string[] = []
  // RFC 5228 §2.10.3: into one mailbox once, with the flags of all that asked for it.
  const places = new Map<string, { place: Destination; flags: string[] }>()
  for (const action of actions) {
    if (action.kind !== "keep" && action.kind !== "fileinto") continue
    const place = await placeOf(action, wish, faults)
    const key = place.kind === "role" ? place.role : String(place.mailbox)
    const known = places.get(key)
    if (known === undefined) places.set(key, { place, flags: [...action.flags] })
    else known.flags.push(...action.flags)
  }
  const emails = Map.groupBy(
    [...places.values()].map(({ place, flags }) => filedAs(place, flags, wish.isJunk)),
    ({ keywords }) => keywords.join(" "),
  )
  const filings = [...emails.values()].flatMap(([first, ...others]): Filing[] =>
    first === undefined
      ? []
      : [{ into: [first.place, ...others.map(({ place }) => place)], keywords: first.keywords }],
  )
  return { filings, faults }
}

function filedAs(place: Destination, flags: readonly string[], isDoubted: boolean) {
  const { keywords, deleted } = keywordsOf(flags)
  const all = isDoubted && isJunk(place) ? [...keywords, "$junk"] : keywords
  return { place: { ...place, deleted }, keywords: [...new Set(all)].sort() }
}

const inbox = { kind: "role", role: "inbox" } as const
const junk = { kind: "role", role: "junk" } as const
const isJunk = (place: Destination): boolean => place.kind === "role" && place.role === "junk"

async function placeOf(
  action: KeepAction | FileIntoAction,
  wish: FileWish,
  faults: string[],
): Promise<Destination> {
  if (wish.isJunk && !wish.knowsVerdict) return junk
  if (action.kind === "keep") return wish.isJunk && action.implicit ? junk : inbox
  const places = await wish.places()
  const special = action.specialUse === undefined ? undefined : places.withUse(action.specialUse)
  const found = special ?? places.find(action.mailbox)
  if (found !== undefined) return destinationOf(found)
  const made = action.create
    ? await wish.create(action.mailbox)
    : { sentence: "There is no mailbox of that name." }
  if ("id" in made) return { kind: "mailbox", mailbox: made.id }
  const line = action.at === undefined ? "" : `line ${action.at.line}: `
  faults.push(
    `${line}the message could not go into ${JSON.stringify(action.mailbox.slice(0, 80))}. ${made.sentence}`,
  )
  return wish.isJunk ? junk : inbox
}

/** Roles are names of mailboxes too: one mailbox has one way to be named here. */
function destinationOf({ id, role }: FoundPlace): Destination {
  if (role === "inbox") return inbox
  return role === "junk" ? junk : { kind: "mailbox", mailbox: id }
}

/** As the store keeps them (RFC 8621 §4.1.1): `\Seen` is `$seen`, and `\Deleted` is a mark in the mailbox. */
function keywordsOf(flags: readonly string[]): {
  readonly keywords: readonly string[]
  readonly deleted: boolean
} {
  const lower = flags.map(flag => flag.toLowerCase())
  const keywords = lower
    .filter(flag => flag !== "\\deleted" && Buffer.byteLength(flag) <= keywordOctets)
    .map(flag => flag.replace(/^\\/, "$"))
  return { keywords, deleted: lower.includes("\\deleted") }
}
