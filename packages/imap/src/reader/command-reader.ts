import type { Bad, Heard } from "./heard.ts"
import { createInput } from "./input.ts"
import { defaultReaderLimits, maxStringLiterals, type ReaderLimits } from "./limits.ts"
import { keepLiteral, type LiteralKeeper } from "./literal-keeper.ts"
import { type ReadCommand, readCommand, tagOf } from "./read-command.ts"
import { type LiteralHeader, literalHeaderOf, type Segment } from "./segment.ts"

/**
 * The commands of one connection, without the connection: bytes go in by `push`, what they say comes out of `next`.
 *
 * Promises: the same bytes say the same however they were cut; nothing throws on any input; what it holds is the
 * pieces pushed since `next` last gave undefined and one unfinished command within its limits. Nothing behind a
 * `lost` is ever read. Of what is refused nothing is kept.
 *
 * Line ends: a command ends in CRLF alone. One with a bare LF, a bare CR or a NUL is refused as a whole, its literals
 * too, so nothing behind such an octet is taken for a command of its own. In the octets of a literal they mean
 * nothing to the reader; a string may hold no NUL.
 */
export class CommandReader {
  #limits: ReaderLimits
  readonly #input = createInput()
  #phase: Phase = command
  /** The command that is being read: empty between commands. */
  #parts: Segment[] = []
  #size: Size = nothing
  /** The next line is data: its limit. */
  #expected: number | undefined
  /** Octets dropped of the command that was refused last. */
  #swallowed = 0

  constructor(limits: ReaderLimits = defaultReaderLimits) {
    this.#limits = limits
  }

  /** Octets that were pushed and that `next` has not come to yet: what a door bounds by pausing its socket. */
  get waiting(): number {
    return this.#input.waiting
  }

  /** Octets of the unfinished command that are kept. */
  get held(): number {
    const literal = this.#phase.kind === "literal" ? this.#phase.keeper.octets - this.#phase.keeper.left : 0
    return this.#input.held + this.#size.command + this.#size.messages + literal
  }

  /** Hold from the next line on. */
  setLimits(limits: ReaderLimits): void {
    this.#limits = limits
  }

  /** Takes bytes of the client; they must not change afterwards. */
  push(bytes: Buffer): void {
    if (this.#phase.kind !== "lost") this.#input.push(bytes)
  }

  /** What was heard next; undefined: more bytes are needed, or an answer to a `literal`. */
  next(): Heard | undefined {
    for (;;) {
      const step = this.#step()
      if (step !== "again") return step
    }
  }

  /** Answers a `literal`: its octets belong to the command. */
  takeLiteral(): void {
    const { header, message } = this.#asked()
    this.#phase = { kind: "literal", keeper: keepLiteral(header.octets), eight: header.eight, message }
  }

  /**
   * Answers a `literal`: the command is forgotten, and the door answers its tag. A literal that does not wait comes
   * nevertheless: it and the rest of the command are dropped (RFC 7888 §4).
   */
  refuseLiteral(): void {
    this.#forget(this.#asked().header)
  }

  /** The next line is data (IDLE's DONE, AUTHENTICATE's answers), at most so many octets with its CRLF. */
  expectLine(limit: number): void {
    if (this.#parts.length > 0) throw new Error("a command is being read")
    this.#expected = limit
  }

  /** Drops what waits and what is unfinished: after STARTTLS, nothing said in the clear may be heard (RFC 9051 §6.2.1). */
  reset(): void {
    if (this.#phase.kind === "lost") return
    this.#input.clear()
    this.#forget(undefined)
    this.#expected = undefined
  }

  #step(): Heard | undefined | "again" {
    const phase = this.#phase
    switch (phase.kind) {
      case "command":
        return this.#expected === undefined ? this.#readLine() : this.#readData(this.#expected)
      case "literal":
        return this.#readLiteral(phase)
      case "swallow":
        return phase.left > 0 ? this.#swallowLiteral(phase.left) : this.#swallowLine(phase.end)
      case "asked":
      case "lost":
        return undefined
    }
  }

  #readLine(): Heard | undefined {
    const read = this.#input.line(this.#limits.line)
    switch (read.kind) {
      case "none":
        return undefined
      case "too-long":
        this.#parts.push({ kind: "text", text: read.line.toString("latin1") })
        return this.#refuse(`A line may have ${this.#limits.line} octets`, endOf(read.line), "LIMIT")
      case "bare-newline":
        this.#parts.push({ kind: "text", text: read.line.toString("latin1", 0, read.line.length - 1) })
        return this.#refuse("The line ends in a bare LF; a command ends in CR LF", endOf(read.line))
      case "line":
        return this.#addLine(read.line)
    }
  }

  #addLine(line: Buffer): Heard {
    const header = literalHeaderOf(line)
    const text = line.toString("latin1", 0, header?.at ?? line.length)
    this.#parts.push({ kind: "text", text })
    this.#size = { ...this.#size, command: this.#size.command + line.length }
    if (/[\0\r]/.test(text)) return this.#refuse("A line may hold no NUL and no bare CR", header)
    if (this.#size.command > this.#limits.command)
      return this.#refuse("The command is too long", header, "LIMIT")
    if (header !== undefined) this.#parts.push({ kind: "announced", eight: header.eight })
    const read = readCommand(this.#parts)
    switch (read.kind) {
      case "command":
        this.#forget(undefined)
        return read
      case "fault":
        return this.#refuse(read.text, header, read.code)
      case "literal":
        if (header === undefined) throw new Error("a literal is needed that was not announced")
        return this.#announce(header, read)
    }
  }

  /** Refuses what is beyond the limits; asks the door about the rest. */
  #announce(header: LiteralHeader, { tag, verb, message }: Extract<ReadCommand, { kind: "literal" }>): Heard {
    const { octets, waits } = header
    const limits = this.#limits
    if (message && limits.messageLiteral === 0) return this.#refuse(`${verb}: sign in first`, header)
    if (message && (octets > limits.messageLiteral || this.#size.messages + octets > limits.messages)) {
      this.#forget(header)
      const text = `${verb}: a message may have ${limits.messageLiteral} octets, all together ${limits.messages}`
      return { kind: "refused", tag, code: "TOOBIG", text }
    }
    if (!waits && octets > limits.waitlessLiteral) {
      const text = `${verb}: a literal of more than ${limits.waitlessLiteral} octets has to wait: {${octets}}`
      return this.#refuse(text, header, "LIMIT") // RFC 7888 §5
    }
    if (!message && (octets > limits.stringLiteral || this.#size.command + octets > limits.command)) {
      return this.#refuse(`${verb}: the literal is too long`, header, "LIMIT")
    }
    if (
      this.#size.strings + this.#size.numberOfMessages >= limits.literals ||
      this.#size.strings >= maxStringLiterals
    ) {
      return this.#refuse(`${verb}: too many literals in one command`, header, "LIMIT")
    }
    this.#phase = { kind: "asked", header, message }
    return { kind: "literal", tag, verb, octets, waits, message }
  }

  #readLiteral({ keeper, eight, message }: Extract<Phase, { kind: "literal" }>): undefined | "again" {
    while (keeper.left > 0) {
      const bytes = this.#input.take(keeper.left)
      if (bytes.length === 0) return undefined
      keeper.add(bytes)
    }
    const { octets } = keeper
    this.#parts[this.#parts.length - 1] = { kind: "literal", octets, pieces: keeper.pieces(), eight }
    const { command: inAll, messages, strings, numberOfMessages } = this.#size
    this.#size = message
      ? { command: inAll, messages: messages + octets, strings, numberOfMessages: numberOfMessages + 1 }
      : { command: inAll + octets, messages, strings: strings + 1, numberOfMessages }
    this.#phase = command
    return "again"
  }

  #readData(limit: number): Heard | undefined {
    const read = this.#input.line(limit)
    switch (read.kind) {
      case "none":
        return undefined
      case "too-long":
        return this.#lose("The line is too long")
      case "bare-newline":
        // given with its LF: so it is neither DONE nor base64, and what follows up to CRLF is dropped
        this.#phase = { kind: "swallow", left: 0, end: endOf(read.line) }
        this.#expected = undefined
        return { kind: "line", line: read.line }
      case "line":
        this.#expected = undefined
        return read
    }
  }

  #swallowLiteral(left: number): Heard | undefined | "again" {
    const bytes = this.#input.take(left)
    if (bytes.length === 0) return undefined
    this.#phase = { kind: "swallow", left: left - bytes.length, end: "" }
    return this.#mayDrop(bytes.length)
  }

  /** What is left of a refused line, which may announce another literal; `before`: the end of what came of it. */
  #swallowLine(before: string): Heard | undefined | "again" {
    const bytes = this.#input.takeToLineFeed()
    if (bytes.length === 0) return undefined
    // first, so that the pieces in which it came do not decide what is said of it
    const dropped = this.#mayDrop(bytes.length)
    if (dropped !== "again") return dropped
    const end = (before + endOf(bytes)).slice(-keptEnd)
    if (!end.endsWith("\r\n")) this.#phase = { kind: "swallow", left: 0, end }
    else {
      const line = end.slice(0, -2)
      if (line.length === keptEnd - 2 && /^\d+\+?\}$/.test(line))
        return this.#lose("A literal's size is too long")
      const header = literalHeaderOf(Buffer.from(line, "latin1"))
      this.#phase = header === undefined || header.waits ? command : swallow(header)
    }
    return "again"
  }

  #mayDrop(octets: number): Heard | "again" {
    this.#swallowed += octets
    return this.#swallowed > this.#limits.swallowed ? this.#lose("Too much of it was to be dropped") : "again"
  }

  /** `rest`: what of the command is still to come, a literal or the rest of a line of which this is the end so far. */
  #refuse(text: string, rest: LiteralHeader | string | undefined, code?: string): Bad {
    const tag = tagOf(this.#parts[0])
    this.#forget(rest)
    return { kind: "bad", tag, ...(code === undefined ? {} : { code }), text }
  }

  #forget(rest: LiteralHeader | string | undefined): void {
    this.#parts = []
    this.#size = nothing
    this.#swallowed = 0
    if (typeof rest === "string") this.#phase = { kind: "swallow", left: 0, end: rest }
    // one that waits is not sent once its command has been answered (RFC 9051 §2.2.1)
    else if (rest === undefined || rest.waits) this.#phase = command
    else this.#phase = swallow(rest)
  }

  #lose(text: string): Heard {
    this.#forget(undefined)
    this.#input.clear()
    this.#phase = { kind: "lost" }
    return { kind: "lost", text }
  }

  #asked(): Extract<Phase, { kind: "asked" }> {
    if (this.#phase.kind !== "asked") throw new Error("no literal was announced")
    return this.#phase
  }
}

type Phase =
  | { readonly kind: "command" }
  | { readonly kind: "asked"; readonly header: LiteralHeader; readonly message: boolean }
  | {
      readonly kind: "literal"
      readonly keeper: LiteralKeeper
      readonly eight: boolean
      readonly message: boolean
    }
  /** So many octets of a refused literal, then the rest of its line, are dropped; `end` is what came of the line last. */
  | { readonly kind: "swallow"; readonly left: number; readonly end: string }
  | { readonly kind: "lost" }

const command: Phase = { kind: "command" }

function swallow({ octets }: LiteralHeader): Phase {
  return { kind: "swallow", left: octets, end: "" }
}

/** Octets of a line that is dropped which are kept: a literal's head and the line's end. */
const keptEnd = 64

function endOf(bytes: Buffer): string {
  return bytes.toString("latin1", Math.max(0, bytes.length - keptEnd))
}

/** What has come of a command. */
interface Size {
  /** Octets of lines and of strings. */
  readonly command: number
  /** Octets of messages. */
  readonly messages: number
  /** Literals that are strings, and those that are messages. */
  readonly strings: number
  readonly numberOfMessages: number
}

const nothing: Size = { command: 0, messages: 0, strings: 0, numberOfMessages: 0 }
