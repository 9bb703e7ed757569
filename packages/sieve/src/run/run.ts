/** One run of a script: what it knows, what it has asked for so far, and what it has left to spend. */

import type { Verdict } from "../check/language.ts"
import type { Text, TextPiece } from "../check/text.ts"
import type { Position } from "../fault.ts"
import { lastMatchVariable, type RunLimits } from "../limits.ts"
import type { SieveMessage } from "../message/message.ts"
import type { SieveAction } from "./action.ts"
import type { DuplicateQuestion, Envelope, World } from "./world.ts"

/** Ends a run: the script asked for something that cannot be, or for too much. Caught by `runScript`. */
export class ScriptRunError extends Error {
  override readonly name: "ScriptRunError" | "ScriptLimitError" = "ScriptRunError"
  readonly temporary = false
  readonly at: Position | undefined

  constructor(text: string, at?: Position) {
    super(text)
    this.at = at
  }
}

/** It asked for more than `RunLimits` lets a run have. */
export class ScriptLimitError extends ScriptRunError {
  override readonly name = "ScriptLimitError"
}

/** Shows parts of the message: it is for its reader alone. */
export type TraceEntry =
  | {
      readonly kind: "test"
      readonly at: Position
      /** The test as it was written, without those inside: `header :contains "subject" "sale"`. */
      readonly said: string
      readonly yes: boolean
      /** "" where the tests inside say it all. */
      readonly why: string
    }
  /** What a command asked for or did, in a sentence; without a place for what no command asked for. */
  | { readonly kind: "note"; readonly at: Position | undefined; readonly text: string }

export interface Run {
  readonly message: SieveMessage
  readonly envelope: Envelope
  readonly world: World
  readonly limits: RunLimits
  /** By names in lower case. */
  readonly variables: Map<string, string>
  /** ${0}, ${1}, …, of the last `:matches` that succeeded. */
  matches: readonly string[]
  /** The internal variable of RFC 5232 §2. */
  flags: readonly string[]
  readonly actions: SieveAction[]
  /** Something has taken the place of the implicit keep. */
  keepCancelled: boolean
  /** `vacation` ran, whether or not a reply is due. */
  vacationRan: boolean
  readonly duplicates: DuplicateQuestion[]
  readonly trace: TraceEntry[]
  /** Entries that found no room. */
  untold: number
  steps: number
  characters: number
  /** Lets others work. */
  readonly rest: (() => Promise<void>) | undefined
  /** Characters that were looked at when it rested last. */
  restedAt: number
}

export function spendStep(run: Run): void {
  run.steps += 1
  if (run.steps > run.limits.steps)
    throw new ScriptLimitError(`the script took more than ${run.limits.steps} steps`)
}

export function spendCharacters(run: Run, characters: number): void {
  run.characters += characters
  if (run.characters > run.limits.characters)
    throw new ScriptLimitError(`the script looked at more than ${run.limits.characters} characters`)
}

/** To be awaited where it is defined: much was looked at since the last time. */
export function restIfDue(run: Run): Promise<void> | undefined {
  if (run.rest === undefined || run.characters - run.restedAt < run.limits.charactersAtOnce) return undefined
  run.restedAt = run.characters
  return run.rest()
}

/** A text with its variables put in: what is unknown is empty (RFC 5229 §3). */
export function fill(run: Run, { at, pieces }: Text): string {
  const [only] = pieces
  if (only === undefined) return ""
  if (pieces.length === 1 && typeof only === "string") return only
  let out = ""
  for (const piece of pieces) {
    const value = pieceOf(run, piece)
    out += value
    spendCharacters(run, value.length + 1)
    if (out.length > run.limits.textLength)
      throw new ScriptLimitError(
        `a text with its variables has more than ${run.limits.textLength} characters`,
        at,
      )
  }
  return out
}

function pieceOf(run: Run, piece: TextPiece): string {
  if (typeof piece === "string") return piece
  return (piece.kind === "variable" ? run.variables.get(piece.name) : run.matches[piece.number]) ?? ""
}

export function fillAll(run: Run, texts: readonly Text[]): readonly string[] {
  return texts.map(text => fill(run, text))
}

/** The rest of a value that is too long is cut off, as RFC 5229 §6 asks; no character is cut in two. */
function cutValue(run: Run, value: string): string {
  if (value.length <= run.limits.variableLength) return value
  const cut = value.slice(0, run.limits.variableLength)
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut
}

export function setVariable(run: Run, name: string, value: string): void {
  const known = name.toLowerCase()
  if (!run.variables.has(known) && run.variables.size >= run.limits.variables)
    throw new ScriptLimitError(`the script sets more than ${run.limits.variables} variables`)
  run.variables.set(known, cutValue(run, value))
}

export function captureMatches(run: Run, captures: readonly string[]): void {
  run.matches = captures.slice(0, lastMatchVariable + 1).map(capture => cutValue(run, capture))
}

export function note(run: Run, at: Position | undefined, text: string): void {
  tell(run, () => ({ kind: "note", at, text }))
}

export function noteTest(run: Run, at: Position, said: string, { yes, why }: Verdict): void {
  tell(run, () => ({ kind: "test", at, said: shorten(run, said), yes, why: why() }))
}

function tell(run: Run, entry: () => TraceEntry): void {
  if (run.trace.length < run.limits.traceEntries) run.trace.push(entry())
  else run.untold += 1
}

/** A value for the trace, in quotation marks, in one line and not too long. */
export function shown(run: Run, value: string): string {
  return JSON.stringify(shorten(run, value))
}

function shorten(run: Run, text: string): string {
  if (text.length <= run.limits.traceText) return text
  return `${text.slice(0, run.limits.traceText).toWellFormed()}…`
}
