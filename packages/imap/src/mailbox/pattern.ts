/**
 * The patterns of LIST and LSUB (RFC 9051 §6.3.9): "*" stands for any characters, "%" for any but the separator.
 *
 * A name is read once, with all places of the pattern that it can have reached: time is at most the length of the name
 * times that of the pattern, whatever stands in them.
 */
import { hierarchySeparator } from "./name.ts"

/**
 * Characters and wildcards of a pattern; a longer one matches nothing. No name has half as many characters, and a
 * client's long line shall cost no more than a long name does.
 */
const stepsLimit = 2_048

/** `pattern` as `mailboxNameOf` gives it, with the reference before it. */
export function mailboxPattern(pattern: string): (name: string) => boolean {
  const steps = [...pattern.replace(/[*%]+/g, run => (run.includes("*") ? "*" : "%"))]
  if (steps.length === 1 && steps[0] === "*") return () => true
  if (steps.length > stepsLimit) return () => false
  if (!steps.some(isWild)) {
    const plain = steps.join("")
    return name => same(name, plain, plain.length)
  }
  return name => matches(steps, name)
}

function isWild(step: string): boolean {
  return step === "*" || step === "%"
}

function matches(steps: readonly string[], name: string): boolean {
  let reached = new Uint8Array(steps.length + 1)
  enter(steps, reached, 0)
  const characters = [...name]
  const inbox = isInbox(name)
  for (const [at, character] of characters.entries()) {
    const next = new Uint8Array(steps.length + 1)
    let alive = false
    for (let place = 0; place < steps.length; place++) {
      if (reached[place] === 0) continue
      const step = steps[place]
      if (step === "*" || (step === "%" && character !== hierarchySeparator)) enter(steps, next, place)
      else if (step === character || (inbox && at < inboxLength && step?.toUpperCase() === character))
        enter(steps, next, place + 1)
      else continue
      alive = true
    }
    if (!alive) return false
    reached = next
  }
  return reached[steps.length] === 1
}

/** A wildcard may stand for nothing: its place and the one behind it are reached together. */
function enter(steps: readonly string[], reached: Uint8Array, from: number): void {
  let place = from
  reached[place] = 1
  while (place < steps.length && isWild(steps[place] ?? "")) reached[++place] = 1
}

const inboxLength = "INBOX".length

/** RFC 9051 §5.1: INBOX in any case. */
function isInbox(name: string): boolean {
  return name === "INBOX" || name.startsWith(`INBOX${hierarchySeparator}`)
}

function same(name: string, pattern: string, length: number): boolean {
  if (name === pattern) return true
  if (!isInbox(name) || name.length !== length) return false
  return pattern.slice(0, inboxLength).toUpperCase() + pattern.slice(inboxLength) === name
}
