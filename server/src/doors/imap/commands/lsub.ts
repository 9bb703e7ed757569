/** LSUB of IMAP4rev1 (RFC 3501 §6.3.9): the names that are subscribed. */
import { hierarchySeparator, writeMailboxName } from "@letterkeep/imap"
import type { Permit } from "../../../privacy/index.ts"
import { type Answer, namesAreUtf8, type Out, type Visit } from "../handler.ts"
import { reading } from "../selected/open-mailbox.ts"
import { askedLevels, tooMuchAsked } from "./asked-levels.ts"
import { joined } from "./list.ts"
import { levelsOf } from "./list-tree.ts"

type Listing = Pick<Visit, "mail" | "enabled" | "signal" | "privacy">

export function lsub(visit: Listing, reference: string, pattern: string, out: Out): Promise<Answer> {
  return reading(visit, permit => lsubIn(visit, reference, pattern, out, permit))
}

async function lsubIn(
  { mail, enabled, signal }: Listing,
  reference: string,
  pattern: string,
  out: Out,
  permit: Permit<"mail.read">,
): Promise<Answer> {
  const utf8 = namesAreUtf8(enabled)
  if (pattern === "") out.write(`* LSUB (\\Noselect) "${hierarchySeparator}" ""\r\n`)
  else {
    // RFC 3501 §6.3.9: with "%" at the end, a level whose children alone are subscribed is shown too.
    const children = pattern.endsWith("%")
    const levels = levelsOf(await mail.mailboxes(), await mail.goneSubscriptions(), permit).filter(
      level => level.subscribed || (children && level.subscribedBelow),
    )
    const asked = await askedLevels(levels, [joined(reference, pattern)], utf8, signal)
    if (asked === "too-much") return tooMuchAsked
    for (const level of levels) {
      if (!asked.has(level.name)) continue
      // RFC 3501 §6.3.9: this one is not subscribed itself.
      const attributes = level.subscribed ? "" : "\\Noselect"
      out.write(`* LSUB (${attributes}) "${hierarchySeparator}" ${writeMailboxName(level.name, utf8)}\r\n`)
    }
  }
  return { kind: "ok", text: "Listed" }
}
