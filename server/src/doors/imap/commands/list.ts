/**
 * LIST, with what RFC 5258 and RFC 9051 §6.3.9 add to it: several patterns, what to select, what to return.
 *
 *     list-response = "* LIST (" [attribute *(SP attribute)] ")" SP DQUOTE "/" DQUOTE SP mailbox [SP "(" extended ")"]
 *
 * None is on another server.
 */
import { hierarchySeparator, type ListQuestion, writeMailboxName } from "@letterkeep/imap"
import type { Permit } from "../../../privacy/index.ts"
import type { Answer, Out, Visit } from "../handler.ts"
import { namesAreUtf8 } from "../handler.ts"
import { reading } from "../selected/open-mailbox.ts"
import { askedLevels, tooMuchAsked } from "./asked-levels.ts"
import { type Level, levelsOf, namesAbove, useOf } from "./list-tree.ts"
import { statusLine } from "./status.ts"

type Listing = Pick<Visit, "mail" | "enabled" | "signal" | "privacy">

export function list(visit: Listing, question: ListQuestion, appendLimit: number, out: Out): Promise<Answer> {
  return reading(visit, permit => listIn(visit, question, appendLimit, out, permit))
}

async function listIn(
  { mail, enabled, signal }: Listing,
  question: ListQuestion,
  appendLimit: number,
  out: Out,
  permit: Permit<"mail.read">,
): Promise<Answer> {
  const utf8 = namesAreUtf8(enabled)
  if (asksForSeparator(question)) {
    // RFC 9051 §6.3.9: the separator, and the root of the reference's name.
    out.write(`* LIST (\\Noselect) "${hierarchySeparator}" ""\r\n`)
    return { kind: "ok", text: "This is the separator" }
  }
  const { select, give } = question
  const gone = select.subscribed || give.subscribed ? await mail.goneSubscriptions() : []
  const levels = levelsOf(await mail.mailboxes(), gone, permit)
  const patterns = question.patterns.map(pattern => joined(question.reference, pattern))
  const asked = await askedLevels(levels, patterns, utf8, signal)
  if (asked === "too-much") return tooMuchAsked
  for (const { level, child } of choose(levels, question, asked)) {
    out.write(listLine(level, child, question, utf8))
    const { status } = give
    // RFC 5819 §2: none for what cannot be opened.
    if (status !== undefined && level.mailbox !== undefined)
      out.write(
        await statusLine(mail, { mailbox: level.mailbox, name: level.name }, status, appendLimit, utf8),
      )
    if (out.isFull) await out.drained()
  }
  return { kind: "ok", text: "Listed" }
}

/** `child`: something below it matches the selection, and the client wants to know (RFC 5258 §3.5). */
interface Chosen {
  readonly level: Level
  readonly child: boolean
}

/** Pure; in the order of the levels. `asked`: the names that match. */
function choose(
  levels: readonly Level[],
  question: ListQuestion,
  asked: ReadonlySet<string>,
): readonly Chosen[] {
  const isAsked = ({ name }: Level): boolean => asked.has(name)
  const below = question.select.recursiveMatch ? fittingBelow(levels, question, isAsked) : noneBelow
  const chosen: Chosen[] = []
  for (const level of levels) {
    if (!isAsked(level)) continue
    const child = below.all.has(level.name)
    // RFC 5258 §3.5: what is told itself needs no word from above.
    if (fits(level, question) || below.untold.has(level.name)) chosen.push({ level, child })
  }
  return chosen
}

function fits({ mailbox, subscribed, hasChildren }: Level, { select }: ListQuestion): boolean {
  if (select.specialUse && (mailbox === undefined || useOf(mailbox) === undefined)) return false
  if (select.subscribed) return subscribed
  // RFC 9051 §6.3.9: a level without a mailbox is shown for those below it.
  return mailbox !== undefined || hasChildren
}

interface Below {
  /** Names with something below that fits. */
  readonly all: ReadonlySet<string>
  /** Those with something below that fits and matches no pattern. */
  readonly untold: ReadonlySet<string>
}

const noneBelow: Below = { all: new Set(), untold: new Set() }

function fittingBelow(
  levels: readonly Level[],
  question: ListQuestion,
  isAsked: (level: Level) => boolean,
): Below {
  const all = new Set<string>()
  const untold = new Set<string>()
  for (const level of levels) {
    if (!fits(level, question)) continue
    const asked = isAsked(level)
    for (const name of namesAbove(level.name)) {
      all.add(name)
      if (!asked) untold.add(name)
    }
  }
  return { all, untold }
}

/** RFC 9051 §6.3.9: the reference is put before the pattern; one that begins at the root stands alone. */
export function joined(reference: string, pattern: string): string {
  return pattern.startsWith(hierarchySeparator) ? pattern.slice(1) : reference + pattern
}

/** A pattern that is empty, in the plain form alone. */
function asksForSeparator({ patterns, extended }: ListQuestion): boolean {
  return !extended && patterns.length === 1 && patterns[0] === ""
}

function listLine(level: Level, child: boolean, { select, give }: ListQuestion, utf8: boolean): string {
  const { mailbox } = level
  const attributes: string[] = []
  if (mailbox === undefined) attributes.push("\\NonExistent") // RFC 9051 §7.3.1
  // What the first implies; for clients that are too old to ask for subscriptions by LIST.
  if (mailbox === undefined && !select.subscribed) attributes.push("\\Noselect")
  // RFC 9051 §6.3.9: told whether asked for or not, as RFC 5258 §4 lets it be.
  attributes.push(level.hasChildren ? "\\HasChildren" : "\\HasNoChildren")
  if (level.subscribed && (select.subscribed || give.subscribed)) attributes.push("\\Subscribed")
  const use = mailbox === undefined ? undefined : useOf(mailbox)
  if (use !== undefined) attributes.push(use)
  const info = child ? ` ("CHILDINFO" (${childInfo(select)}))` : ""
  const name = writeMailboxName(level.name, utf8)
  return `* LIST (${attributes.join(" ")}) "${hierarchySeparator}" ${name}${info}\r\n`
}

/** RFC 5258 §3.5: what was asked for. */
function childInfo(select: ListQuestion["select"]): string {
  const words: string[] = []
  if (select.subscribed) words.push('"SUBSCRIBED"')
  if (select.specialUse) words.push('"SPECIAL-USE"')
  return words.join(" ")
}
