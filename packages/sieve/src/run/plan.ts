/**
 * The actions of a run as they gather: no more than the limits, none twice, none beside one that it does not go with
 * (RFC 5228 §2.10.3, §2.10.4; RFC 5429 §2.3).
 */
import type { Position } from "../fault.ts"
import type { SieveAction } from "./action.ts"
import { type Run, ScriptLimitError, ScriptRunError } from "./run.ts"

/** False where the same was asked for before. Throws ScriptRunError. */
export function plan(run: Run, action: SieveAction): boolean {
  for (const other of run.actions) heedConflict(action, other)
  if (action.kind === "reject" && run.vacationRan) throw conflict("answered", action.at)
  if (mergeSame(run, action)) return false
  if (run.actions.length >= run.limits.actions)
    throw new ScriptLimitError(`the script asks for more than ${run.limits.actions} actions`, action.at)
  const redirects = run.actions.filter(one => one.kind === "redirect").length
  if (action.kind === "redirect" && redirects >= run.limits.redirects)
    throw new ScriptLimitError(
      `the script redirects to more than ${run.limits.redirects} addresses`,
      action.at,
    )
  run.actions.push(action)
  return true
}

function heedConflict(action: SieveAction, other: SieveAction): void {
  const [refusal, beside] = action.kind === "reject" ? [action, other] : [other, action]
  if (refusal.kind !== "reject" || beside.kind === "discard") return
  if (beside.kind === "reject") throw new ScriptRunError("the message was refused before", action.at)
  throw conflict(pastOf[beside.kind], action.at)
}

function conflict(done: string, at: Position | undefined): ScriptRunError {
  return new ScriptRunError(`a message is not refused and ${done} as well`, at)
}

/** Before anything of `vacation` is done: it runs once, and not beside a refusal (RFC 5230 §4.7). */
export function planVacation(run: Run, at: Position): void {
  if (run.vacationRan) throw new ScriptRunError('"vacation" ran before: one reply to a message is enough', at)
  if (run.actions.some(action => action.kind === "reject")) throw conflict("answered", at)
  run.vacationRan = true
}

const pastOf = { keep: "kept", fileinto: "filed", redirect: "redirected", vacation: "answered" } as const

/** Into one mailbox a message goes once, with the flags of the last time (RFC 5232 §3). */
function mergeSame(run: Run, action: SieveAction): boolean {
  const index = run.actions.findIndex(other => isSame(action, other))
  const other = run.actions[index]
  if (other === undefined) return false
  if ("flags" in action && "flags" in other) run.actions[index] = { ...other, flags: action.flags }
  return true
}

function isSame(a: SieveAction, b: SieveAction): boolean {
  if (isInbox(a) && isInbox(b)) return true
  if (a.kind === "keep" || a.kind === "discard") return a.kind === b.kind
  if (a.kind === "fileinto")
    return b.kind === "fileinto" && a.mailbox === b.mailbox && a.specialUse === b.specialUse
  return a.kind === "redirect" && b.kind === "redirect" && a.address.toLowerCase() === b.address.toLowerCase()
}

/** Where `keep` keeps, by any name (RFC 9051 §5.1). */
function isInbox(action: SieveAction): boolean {
  if (action.kind === "fileinto")
    return action.specialUse === undefined && action.mailbox.toUpperCase() === "INBOX"
  return action.kind === "keep"
}
