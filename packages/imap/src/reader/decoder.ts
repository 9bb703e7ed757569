import { CommandFaultError, LiteralNeededError } from "./fault.ts"
import {
  type CharacterClass,
  isAstringCharacter,
  isAtomCharacter,
  isDigit,
  isListCharacter,
  isWordCharacter,
} from "./grammar/characters.ts"
import { maxEcho, maxList } from "./limits.ts"
import type { Literal, Segment } from "./segment.ts"

/** A place in a command. */
export interface Place {
  readonly segment: number
  readonly at: number
}

/**
 * Walks once through a command. Its methods are named after the grammar's rules (RFC 9051 §9); each takes what it
 * names or throws a fault that says what was expected, where, and what stood there. Strings come out with one
 * character an octet.
 */
export class Decoder {
  /** The command's name, for the faults; set once it is known. */
  verb = ""
  /** What follows is secret: faults do not repeat it. */
  secret = false
  readonly #segments: readonly Segment[]
  #segment = 0
  /** The text of this segment; undefined at a literal and behind the last segment. */
  #text: string | undefined
  #at = 0

  constructor(segments: readonly Segment[]) {
    this.#segments = segments
    this.#text = textOf(segments[0])
  }

  /** The next character; "" at the end of the text, be a literal there or nothing. */
  peek(): string {
    return this.#text?.[this.#at] ?? ""
  }

  /** Does this stand here, in any case? Nothing is taken. */
  sees(word: string): boolean {
    const { length } = word
    return this.#text?.slice(this.#at, this.#at + length).toUpperCase() === word
  }

  /** Takes the character where it stands here. */
  maybe(character: string): boolean {
    if (this.peek() !== character) return false
    this.#at += 1
    this.#nextSegment()
    return true
  }

  take(character: string, after?: string): void {
    if (!this.maybe(character)) throw this.expected(nameOf(character), after)
  }

  /** One blank, and no more. */
  sp(after?: string): void {
    this.take(" ", after)
  }

  end(): void {
    if (this.#segment < this.#segments.length) throw this.expected("the end of the command")
  }

  /** Characters of a class, at least one. */
  word(of: CharacterClass, what: string, after?: string): string {
    const text = this.#text ?? ""
    const from = this.#at
    let to = from
    while (to < text.length && of(text.charCodeAt(to))) to += 1
    if (to === from) throw this.expected(what, after)
    this.#at = to
    this.#nextSegment()
    return text.slice(from, to)
  }

  /** A name of the protocol's, in upper case. */
  keyword(what: string, after?: string): string {
    return this.word(isWordCharacter, what, after).toUpperCase()
  }

  /** One of the names; the fault shows what stood in its place. */
  oneOf<T extends string>(names: readonly T[], what: string, after?: string): T {
    const from = this.place()
    const word = this.keyword(what, after)
    const found = names.find(name => name === word)
    if (found === undefined) throw this.expectedAt(from, what, after)
    return found
  }

  atom(what: string, after?: string): string {
    return this.word(isAtomCharacter, what, after)
  }

  /** `astring = 1*ASTRING-CHAR / string` */
  astring(what: string, after?: string): string {
    return this.#isString() ? this.string(what, after) : this.word(isAstringCharacter, what, after)
  }

  /** `list-mailbox = 1*list-char / string` */
  listMailbox(what: string, after?: string): string {
    return this.#isString() ? this.string(what, after) : this.word(isListCharacter, what, after)
  }

  /** `nstring = string / nil` */
  nstring(what: string, after?: string): string | undefined {
    if (this.#isString()) return this.string(what, after)
    const from = this.place()
    if (this.word(isAtomCharacter, what, after).toUpperCase() !== "NIL")
      throw this.expectedAt(from, what, after)
    return undefined
  }

  /** `string = quoted / literal`; literal8 too, where the octets are text nevertheless. */
  string(what: string, after?: string): string {
    if (this.peek() === '"') return this.#quoted()
    const segment = this.#segments[this.#segment]
    if (segment?.kind === "announced") throw new LiteralNeededError(false)
    if (segment?.kind !== "literal") throw this.expected(what, after)
    this.#skipSegment()
    const octets = Buffer.concat(segment.pieces)
    if (octets.includes(0)) throw new CommandFaultError(`${this.verb}: a literal holds a NUL`) // RFC 9051 §9: CHAR8
    return octets.toString("latin1")
  }

  /** The literal of a message, which is kept in pieces. */
  messageLiteral(of: "literal" | "literal8", after?: string): Literal {
    const segment = this.#segments[this.#segment]
    if (segment === undefined || segment.kind === "text") throw this.expected(`a ${of}`, after)
    if (of === "literal8" && !segment.eight) throw this.expected("a literal8, ~{n}", after)
    if (segment.kind === "announced") throw new LiteralNeededError(true)
    this.#skipSegment()
    return segment
  }

  /** `number = 1*DIGIT`, up to `most`. */
  number(what: string, after?: string, least = 0, most = 0xffff_ffff): number {
    const from = this.place()
    const value = Number(this.word(isDigit, what, after))
    if (value < least || value > most) throw this.expectedAt(from, what, after)
    return value
  }

  /**
   * `number64`: up to 2^63-1. What is larger than 2^53-1 becomes that, since nothing that is counted here comes near.
   */
  number64(what: string, after?: string, least = 0): number {
    return Math.min(this.number(what, after, least, 2 ** 63 - 1), Number.MAX_SAFE_INTEGER)
  }

  /** `"(" [one *(SP one)] ")"`: up to `most` of them. */
  list<T>(one: () => T, what: string, { least = 0, most = maxList, after = "" } = {}): T[] {
    if (this.peek() !== "(") throw this.expected(`${what} in parentheses`, after)
    this.take("(")
    if (least === 0 && this.maybe(")")) return []
    const items = [one()]
    while (!this.maybe(")")) {
      this.sp()
      if (items.length === most) throw this.limit(`more than ${most} entries in one list`)
      items.push(one())
    }
    return items
  }

  expected(what: string, after?: string): CommandFaultError {
    return this.expectedAt(this.place(), what, after)
  }

  /** With what stands at an earlier place. */
  expectedAt(from: Place, what: string, after?: string): CommandFaultError {
    const where = after === undefined || after === "" ? "" : ` after ${after}`
    const fault = `xpected ${what}${where}${this.#got(from)}`
    return new CommandFaultError(this.verb === "" ? `E${fault}` : `${this.verb}: e${fault}`)
  }

  /** What is well formed and too much. */
  limit(what: string): CommandFaultError {
    return new CommandFaultError(`${this.verb}: ${what}`, "LIMIT")
  }

  /** Where the decoder stands, for `expectedAt`. */
  place(): Place {
    return { segment: this.#segment, at: this.#at }
  }

  #got(from: Place): string {
    if (this.secret) return ""
    const segment = this.#segments[from.segment]
    const text = textOf(segment) ?? ""
    const rest = text.slice(from.at, from.at + maxEcho).replaceAll(/[^\x20-\x7e]/g, "?")
    if (rest !== "") return `, got ${rest}`
    return segment === undefined || segment.kind === "text" ? ", got the end" : ", got a literal"
  }

  #isString(): boolean {
    const segment = this.#segments[this.#segment]
    return segment !== undefined && (segment.kind !== "text" || this.peek() === '"')
  }

  /** `quoted = DQUOTE *QUOTED-CHAR DQUOTE`; a backslash stands before `"` and `\` only. */
  #quoted(): string {
    const text = this.#text ?? ""
    const from = this.#at
    let value = ""
    let start = from + 1
    for (let at = start; at < text.length; at += 1) {
      const character = text[at]
      if (character === '"') {
        value += text.slice(start, at)
        this.#at = at + 1
        this.#nextSegment()
        return value
      }
      if (character !== "\\") continue
      const next = text[at + 1]
      if (next !== '"' && next !== "\\")
        throw this.expectedAt({ segment: this.#segment, at }, '\\" or \\\\ in a quoted string')
      value += text.slice(start, at)
      start = at + 1
      at += 1
    }
    throw this.expectedAt({ segment: this.#segment, at: from }, "a quoted string with an end")
  }

  /** Goes on to the next segment where this text is used up. */
  #nextSegment(): void {
    if (this.#at === this.#text?.length) this.#skipSegment()
  }

  #skipSegment(): void {
    this.#segment += 1
    this.#at = 0
    this.#text = textOf(this.#segments[this.#segment])
    if (this.#text === "") this.#skipSegment()
  }
}

function textOf(segment: Segment | undefined): string | undefined {
  return segment?.kind === "text" ? segment.text : undefined
}

function nameOf(character: string): string {
  return character === " " ? "a blank" : character
}
