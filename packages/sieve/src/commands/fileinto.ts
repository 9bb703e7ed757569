/**
 *     fileinto [":copy"] [":create"] [":specialuse" <attribute: string>] [":flags" <list-of-flags>]
 *              <mailbox: string>
 *
 * RFC 5228 §4.1, RFC 3894 §3, RFC 5490 §3.2, RFC 8579 §4, RFC 5232 §5.
 */
import { addFault } from "../check/checking.ts"
import { isGiven, text, textIfGiven, textsIfGiven } from "../check/given.ts"
import type { CommandSpec } from "../check/language.ts"
import { constantOf } from "../check/text.ts"
import { plan } from "../run/plan.ts"
import { fill, note, ScriptRunError, shown } from "../run/run.ts"
import { flagsTag, flagsToSet } from "./flags.ts"

export const fileinto: CommandSpec = {
  name: "fileinto",
  needs: ["fileinto"],
  tags: {
    copy: { needs: "copy" },
    create: { needs: "mailbox" },
    specialuse: { needs: "special-use", takes: "string" },
    ...flagsTag,
  },
  takes: [{ name: "the mailbox", takes: "string" }],
  compile(given) {
    const { at } = given.call
    const mailbox = text(given, "the mailbox")
    const attribute = textIfGiven(given, ":specialuse")
    const flags = textsIfGiven(given, ":flags")
    const copy = isGiven(given, ":copy")
    const create = isGiven(given, ":create")
    const known = constantOf(mailbox)
    if (known !== undefined && !mayBeName(known))
      addFault(given.checking, mailbox.at, "a mailbox's name is not empty and has no control characters")
    const use = attribute === undefined ? undefined : constantOf(attribute)
    if (attribute !== undefined && use !== undefined && !isAttribute(use))
      addFault(given.checking, attribute.at, 'an attribute begins with a backslash, as in "\\\\Junk"')
    return run => {
      const name = fill(run, mailbox)
      if (!mayBeName(name)) throw new ScriptRunError(`no mailbox is called ${shown(run, name)}`, mailbox.at)
      const specialUse = attribute === undefined ? undefined : fill(run, attribute)
      const isNew = plan(run, {
        kind: "fileinto",
        at,
        mailbox: name,
        flags: flagsToSet(run, flags),
        create,
        specialUse,
      })
      if (!copy) run.keepCancelled = true
      const where =
        specialUse === undefined ? shown(run, name) : `what is ${specialUse}, or else ${shown(run, name)}`
      note(
        run,
        at,
        isNew ? `${copy ? "a copy" : "the message"} goes into ${where}` : `it goes into ${where} already`,
      )
      return "go-on"
    }
  },
}

/** Characters of a mailbox's name. */
const nameLength = 1_000

function mayBeName(name: string): boolean {
  return name !== "" && name.length <= nameLength && name.isWellFormed() && !/[\0-\x1f\x7f]/.test(name)
}

/** use-attr = "\" atom (RFC 6154 §6). */
function isAttribute(name: string): boolean {
  return /^\\[A-Za-z0-9_.-]+$/.test(name)
}
