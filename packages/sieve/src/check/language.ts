/**
 * What a command and a test are: the shape of what they are given, and how a call that has this shape becomes
 * something that can be run. The reading of shapes is `bind.ts`; each command and test is a file beside these folders.
 */
import type { Run } from "../run/run.ts"
import type { Capability } from "./capabilities.ts"
import type { Given } from "./given.ts"

export type ValueKind = "string" | "strings" | "number"

export interface TagShape {
  /** The kind of value behind the tag; none where it stands alone. */
  readonly takes?: ValueKind
  readonly needs?: Capability
  /** Of the tags of one group a call has one at most; the word for it in a fault. */
  readonly group?: string
}

export interface PlaceShape {
  /** Words for a fault: "the header names". */
  readonly name: string
  readonly takes: ValueKind
  /** Left out, with all others that are, where a call has that many values less. */
  readonly optional?: boolean
}

export interface CallShape {
  readonly name: string
  /** One of these has to be required. None for what every script may use. */
  readonly needs?: readonly Capability[]
  /** Without their colon. */
  readonly tags?: Readonly<Record<string, TagShape>>
  /** What stands behind the tags, in order. */
  readonly takes?: readonly PlaceShape[]
  /** Tests inside: none, one, or a list in parentheses. */
  readonly tests?: "none" | "one" | "list"
}

export interface Verdict {
  readonly yes: boolean
  /** For the trace: what was found; "" where the tests inside say it all. */
  readonly why: () => string
}

export interface Condition {
  /** Throws ScriptRunError where the script fails. */
  readonly ask: (run: Run) => Promise<Verdict> | Verdict
  /** The answer, where it does not depend on the message: what can never run is not checked (RFC 5463 §4). */
  readonly always?: boolean
}

/** What is done next: the command behind, or nothing any more. */
export type Next = "go-on" | "stop"

export type Step = (run: Run) => Promise<Next> | Next

export interface CommandSpec extends CallShape {
  /** Undefined where it added a fault. */
  readonly compile: (given: Given) => Step | undefined
}

export interface TestSpec extends CallShape {
  readonly compile: (given: Given) => Condition | undefined
}

export interface Language {
  readonly commands: ReadonlyMap<string, CommandSpec>
  readonly tests: ReadonlyMap<string, TestSpec>
}
