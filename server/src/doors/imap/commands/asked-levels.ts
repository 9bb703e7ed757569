/**
 * Which names a LIST or LSUB asks for. A client can write patterns that take long to match, and may have thousands of
 * mailboxes: others have their turn in between, and there is a bound.
 */
import { setImmediate } from "node:timers/promises"
import { mailboxNameOf, mailboxPattern } from "@letterkeep/imap"
import type { Level } from "./list-tree.ts"

/** Characters of all patterns of one command that hold wildcards; plain names cost next to nothing. */
const wildLimit = 8_192
/** Milliseconds of work at a stretch. */
const stretchMs = 6

/** The names; `patterns` are as the client wrote them, behind their reference. Throws the signal's reason. */
export async function askedLevels(
  levels: readonly Pick<Level, "name">[],
  patterns: readonly string[],
  utf8: boolean,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | "too-much"> {
  if (patterns.reduce((sum, one) => sum + (/[*%]/.test(one) ? one.length : 0), 0) > wildLimit)
    return "too-much"
  const asked = new Set<string>()
  let since = performance.now()
  for (const pattern of patterns) {
    const read = mailboxNameOf(pattern, utf8)
    if (read === undefined) continue
    const matches = mailboxPattern(read)
    for (const { name } of levels) {
      if (!asked.has(name) && matches(name)) asked.add(name)
      if (performance.now() - since < stretchMs) continue
      await setImmediate()
      signal.throwIfAborted()
      since = performance.now()
    }
  }
  return asked
}

export const tooMuchAsked = {
  kind: "no",
  code: "LIMIT", // RFC 5530 §3
  text: `The patterns of one command may have ${wildLimit} characters`,
} as const
