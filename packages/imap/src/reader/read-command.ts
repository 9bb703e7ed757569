import type { Command } from "../command.ts"
import { parserOf } from "./commands/index.ts"
import { Decoder } from "./decoder.ts"
import { CommandFaultError, LiteralNeededError } from "./fault.ts"
import { isTagCharacter } from "./grammar/characters.ts"
import { maxTag } from "./limits.ts"
import type { Segment } from "./segment.ts"

/**
 * RFC 9051 §9: `command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF`
 *
 * Reads a whole command, or its beginning up to a literal that is announced: so a command that is wrong is refused
 * before its client sends a literal for it, and it is known whether the literal is a message.
 */
export type ReadCommand =
  | { readonly kind: "command"; readonly tag: string; readonly command: Command }
  | { readonly kind: "literal"; readonly tag: string; readonly verb: string; readonly message: boolean }
  | {
      readonly kind: "fault"
      readonly tag: string | undefined
      readonly text: string
      readonly code: string | undefined
    }

export function readCommand(segments: readonly Segment[]): ReadCommand {
  const tag = tagOf(segments[0])
  if (tag === undefined) {
    const text = "A command begins with a tag and a blank, as in: a1 NOOP"
    return { kind: "fault", tag, text, code: undefined }
  }
  const d = new Decoder(segments)
  d.secret = isSecretive(tag) // a client that forgot its tag may have a password in the place of the name
  try {
    d.word(isTagCharacter, "a tag")
    d.sp("the tag")
    const parse = parserOf(d)
    const command = parse(d)
    d.end()
    return { kind: "command", tag, command }
  } catch (error) {
    if (error instanceof LiteralNeededError) {
      return { kind: "literal", tag, verb: d.verb, message: error.asMessage }
    }
    if (!(error instanceof CommandFaultError)) throw error
    return { kind: "fault", tag, text: error.message, code: error.code }
  }
}

/** What stands before the first blank, if it may be a tag. */
export function tagOf(segment: Segment | undefined): string | undefined {
  if (segment?.kind !== "text") return undefined
  const blank = segment.text.indexOf(" ")
  const tag = blank < 0 ? segment.text : segment.text.slice(0, blank)
  if (tag === "" || tag.length > maxTag) return undefined
  for (let at = 0; at < tag.length; at += 1) if (!isTagCharacter(tag.charCodeAt(at))) return undefined
  return tag
}

function isSecretive(tag: string): boolean {
  return /^(login|authenticate)$/i.test(tag)
}
