/**
 * LIST, with what RFC 5258 and RFC 9051 §6.3.9 add to it: several patterns, what to select, what to return.
 *
 *     list-response = "* LIST (" [attribute *(SP attribute)] ")" SP DQUOTE "/" DQUOTE SP mailbox [SP "(" extended ")"]
 *
 * Only mailboxes that are there can be subscribed (see `Mail.subscribe`), and none is on another server.
 */
import {
  hierarchySeparator,
  type ListQuestion,
  mailboxNameOf,
  mailboxPattern,
  writeMailboxName,
} from "@letterkeep/imap"
import type { Answer, Out, Visit } from "../handler.ts"
import { namesAreUtf8 } from "../handler.ts"
import { type Level, levelsOf, useOf } from "./list-tree.ts"
import { statusLine } from "./status.ts"

export async function list(
  { mail, enabled }: Pick<Visit, "mail" | "enabled">,
  question: ListQuestion,
  appendLimit: number,
  out: Out,
): Promise<Answer> {
  const utf8 = namesAreUtf8(enabled)
  if (asksForSeparator(question)) {
    // RFC 9051 §6.3.9: the separator, and the root of the reference's name.
    out.write(`* LIST (\\Noselect) "${hierarchySeparator}" ""\r\n`)
    return { kind: "ok", text: "This is the separator" }
  }
  for (const { level, child } of choose(levelsOf(await mail.mailboxes()), question, utf8)) {
    out.write(listLine(level, child, question, utf8))
    const { status } = question.give
    // RFC 5819 §2: none for what cannot be opened.
    if (status !== undefined && level.mailbox !== undefined)
      out.write(await statusLine(mail, level.mailbox, status, appendLimit, utf8))
    if (out.isFull) await out.drained()
  }
  return { kind: "ok", text: "Listed" }
}

/** `child`: it is there for what lies below it and matches the selection (RFC 5258 §3.5). */
interface Chosen {
  readonly level: Level
  readonly child: boolean
}

/** Pure; in the order of the levels. */
export function choose(levels: readonly Level[], question: ListQuestion, utf8: boolean): readonly Chosen[] {
  const patterns = question.patterns.flatMap(pattern => {
    const read = mailboxNameOf(joined(question.reference, pattern), utf8)
    return read === undefined ? [] : [mailboxPattern(read)]
  })
  const { select } = question
  const chosen: Chosen[] = []
  for (const level of levels) {
    if (!patterns.some(matches => matches(level.name))) continue
    const itself = fits(level, question)
    const child =
      select.recursiveMatch &&
      ((select.subscribed && level.subscribedBelow) || (select.specialUse && level.specialBelow))
    // RFC 9051 §6.3.9: a level without a mailbox is shown for those below it, unless some kind alone is wanted.
    const bare = level.mailbox === undefined && !select.subscribed && !select.specialUse
    if (itself || child || bare) chosen.push({ level, child })
  }
  return chosen
}

function fits({ mailbox }: Level, { select }: ListQuestion): boolean {
  if (mailbox === undefined) return false
  if (select.subscribed && !mailbox.subscribed) return false
  return !select.specialUse || useOf(mailbox) !== undefined
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
  if (mailbox === undefined) attributes.push("\\NonExistent", "\\Noselect") // RFC 9051 §7.3.1; the second for older clients
  // RFC 9051 §6.3.9: told whether asked for or not, as RFC 5258 §4 lets it be.
  attributes.push(level.hasChildren ? "\\HasChildren" : "\\HasNoChildren")
  if (mailbox?.subscribed === true && (select.subscribed || give.subscribed)) attributes.push("\\Subscribed")
  const use = mailbox === undefined ? undefined : useOf(mailbox)
  if (use !== undefined) attributes.push(use)
  const info = child ? ` ("CHILDINFO" (${childInfo(level, select)}))` : ""
  const name = writeMailboxName(level.name, utf8)
  return `* LIST (${attributes.join(" ")}) "${hierarchySeparator}" ${name}${info}\r\n`
}

/** RFC 5258 §3.5 */
function childInfo(level: Level, select: ListQuestion["select"]): string {
  const words: string[] = []
  if (select.subscribed && level.subscribedBelow) words.push('"SUBSCRIBED"')
  if (select.specialUse && level.specialBelow) words.push('"SPECIAL-USE"')
  return words.join(" ")
}
