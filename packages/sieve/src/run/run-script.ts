/**
 * Runs a checked script on one message. Nothing is done: what the script asks for comes back as actions, and with it what
 * was tested, found and decided. A script that fails keeps the message and does nothing else (RFC 5228 §2.10.6).
 */
import type { SieveScript } from "../check/check-tree.ts"
import type { Fault } from "../fault.ts"
import { type RunLimits, runLimits } from "../limits.ts"
import type { SieveMessage } from "../message/message.ts"
import type { SieveAction } from "./action.ts"
import { note, type Run, ScriptLimitError, ScriptRunError, type TraceEntry } from "./run.ts"
import type { DuplicateQuestion, Envelope, World } from "./world.ts"

export interface RunInput {
  readonly message: SieveMessage
  readonly envelope: Envelope
  readonly world: World
  readonly limits?: Partial<RunLimits>
  /** Awaited now and then in a run that looks at much, so that it does not hold up everything else. */
  readonly rest?: () => Promise<void>
}

interface Told {
  /** In the order of the script; the implicit keep last. Never empty: a message that is thrown away has a discard. */
  readonly actions: readonly SieveAction[]
  readonly trace: readonly TraceEntry[]
  /** Steps and characters, for whoever watches costs. */
  readonly spent: { readonly steps: number; readonly characters: number }
}

export type RunOutcome =
  /** `remember`: identifiers that "duplicate" shall know from now on, once the actions are done. */
  | (Told & { readonly kind: "finished"; readonly remember: readonly DuplicateQuestion[] })
  /**
   * The message is kept, without flags. `fault` is for the reader of the mail, whose script it is; `byLimit`: the script
   * wanted more than a run may have, which costs the more the oftener it is run.
   */
  | (Told & {
      readonly kind: "failed"
      readonly fault: Pick<Fault, "text"> & Partial<Fault>
      readonly byLimit: boolean
    })

/** Rejects only where the world's own answers do. */
export async function runScript(script: SieveScript, input: RunInput): Promise<RunOutcome> {
  const run = openRun(input)
  try {
    for (const step of script.steps) if ((await step(run)) === "stop") break
    keepUnlessCancelled(run)
    return { kind: "finished", actions: run.actions, remember: run.duplicates, ...told(run) }
  } catch (error) {
    if (!(error instanceof ScriptRunError)) throw error
    note(run, error.at, `${error.message}: the message is kept, and nothing else is done`)
    const kept: SieveAction = { kind: "keep", at: undefined, implicit: true, flags: [] }
    const fault = error.at === undefined ? { text: error.message } : { text: error.message, at: error.at }
    return {
      kind: "failed",
      actions: [kept],
      fault,
      byLimit: error instanceof ScriptLimitError,
      ...told(run),
    }
  }
}

/** A run at its beginning: nothing done, nothing spent. */
export function openRun({ message, envelope, world, limits, rest }: RunInput): Run {
  return {
    message,
    envelope,
    world,
    limits: { ...runLimits, ...limits },
    variables: new Map(),
    matches: [],
    flags: [],
    actions: [],
    keepCancelled: false,
    vacationRan: false,
    duplicates: [],
    trace: [],
    untold: 0,
    steps: 0,
    characters: 0,
    rest,
    restedAt: 0,
  }
}

function keepUnlessCancelled(run: Run): void {
  if (run.keepCancelled) {
    if (run.actions.every(action => action.kind === "vacation"))
      throw new RangeError("the keep was cancelled, and nothing stands in its place")
    return
  }
  run.actions.push({ kind: "keep", at: undefined, implicit: true, flags: run.flags })
  note(run, undefined, "nothing decided otherwise: the message is kept in the inbox")
}

function told(run: Run): Pick<Told, "trace" | "spent"> {
  const { steps, characters, untold } = run
  const rest: TraceEntry = {
    kind: "note",
    at: undefined,
    text: `and ${untold} lines more that are not shown`,
  }
  return { trace: untold === 0 ? run.trace : [...run.trace, rest], spent: { steps, characters } }
}
