/** LSUB of IMAP4rev1 (RFC 3501 §6.3.9): the names that are subscribed. */
import { hierarchySeparator, mailboxNameOf, mailboxPattern, writeMailboxName } from "@letterkeep/imap"
import { type Answer, namesAreUtf8, type Out, type Visit } from "../handler.ts"
import { joined } from "./list.ts"
import { type Level, levelsOf } from "./list-tree.ts"

export async function lsub(
  { mail, enabled }: Pick<Visit, "mail" | "enabled">,
  reference: string,
  pattern: string,
  out: Out,
): Promise<Answer> {
  const utf8 = namesAreUtf8(enabled)
  if (pattern === "") out.write(`* LSUB (\\Noselect) "${hierarchySeparator}" ""\r\n`)
  else {
    const levels = levelsOf(await mail.mailboxes(), await mail.goneSubscriptions())
    for (const level of subscribed(levels, joined(reference, pattern), utf8)) {
      // RFC 3501 §6.3.9: this one is not subscribed itself.
      const attributes = level.subscribed ? "" : "\\Noselect"
      out.write(`* LSUB (${attributes}) "${hierarchySeparator}" ${writeMailboxName(level.name, utf8)}\r\n`)
    }
  }
  return { kind: "ok", text: "Listed" }
}

/** RFC 3501 §6.3.9: with "%" at the end, a level whose children alone are subscribed is shown too. */
export function subscribed(levels: readonly Level[], pattern: string, utf8: boolean): readonly Level[] {
  const read = mailboxNameOf(pattern, utf8)
  if (read === undefined) return []
  const matches = mailboxPattern(read)
  const children = pattern.endsWith("%")
  return levels.filter(
    level => (level.subscribed || (children && level.subscribedBelow)) && matches(level.name),
  )
}
