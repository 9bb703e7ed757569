/**
 * The patterns of LIST and LSUB (RFC 9051 §6.3.9): "*" stands for any characters, "%" for any but the separator.
 *
 * A name is read once, with all places of the pattern that it can have reached, thirty-two places a step: time is at
 * most the length of the name times that of the pattern, whatever stands in them.
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
  const table = tableOf(steps)
  return name => matches(table, name)
}

function isWild(step: string): boolean {
  return step === "*" || step === "%"
}

/** Sets of places of a pattern, a bit each: place n lies before step n, the last one behind all. */
type Places = Uint32Array

interface Table {
  readonly length: number
  /** Behind which a character stands, by character. */
  readonly characters: ReadonlyMap<string, Places>
  readonly stars: Places
  readonly wild: Places
  readonly none: Places
}

function tableOf(steps: readonly string[]): Table {
  const words = Math.ceil((steps.length + 1) / 32)
  const characters = new Map<string, Places>()
  const stars = new Uint32Array(words)
  const wild = new Uint32Array(words)
  for (const [at, step] of steps.entries()) {
    if (step === "*") add(stars, at)
    if (isWild(step)) add(wild, at)
    else {
      const places = characters.get(step) ?? new Uint32Array(words)
      add(places, at)
      characters.set(step, places)
    }
  }
  return { length: steps.length, characters, stars, wild, none: new Uint32Array(words) }
}

function add(places: Places, at: number): void {
  places[at >>> 5] = (places[at >>> 5] ?? 0) | (1 << (at & 31))
}

function matches({ length, characters, stars, wild, none }: Table, name: string): boolean {
  let reached = new Uint32Array(none.length)
  let next = new Uint32Array(none.length)
  add(reached, 0)
  pastWild(reached, wild)
  const inbox = isInbox(name)
  let at = 0
  for (const character of name) {
    const same = characters.get(character) ?? none
    // RFC 9051 §5.1: INBOX in any case.
    const other = inbox && at < inboxLength ? (characters.get(character.toLowerCase()) ?? none) : none
    const stays = character === hierarchySeparator ? stars : wild
    let carry = 0
    let alive = 0
    for (let word = 0; word < next.length; word++) {
      const here = reached[word] ?? 0
      const moves = here & ((same[word] ?? 0) | (other[word] ?? 0))
      const now = (here & (stays[word] ?? 0)) | (moves << 1) | carry
      carry = moves >>> 31
      next[word] = now
      alive |= now
    }
    if (alive === 0) return false
    pastWild(next, wild)
    ;[reached, next] = [next, reached]
    at++
  }
  return (((reached[length >>> 5] ?? 0) >>> (length & 31)) & 1) === 1
}

/** A wildcard may stand for nothing: its place and the one behind it are reached together. No two wildcards are neighbours. */
function pastWild(reached: Places, wild: Places): void {
  let carry = 0
  for (let word = 0; word < reached.length; word++) {
    const here = (reached[word] ?? 0) & (wild[word] ?? 0)
    reached[word] = (reached[word] ?? 0) | (here << 1) | carry
    carry = here >>> 31
  }
}

const inboxLength = "INBOX".length

function isInbox(name: string): boolean {
  return name === "INBOX" || name.startsWith(`INBOX${hierarchySeparator}`)
}

function same(name: string, pattern: string, length: number): boolean {
  if (name === pattern) return true
  if (!isInbox(name) || name.length !== length) return false
  return pattern.slice(0, inboxLength).toUpperCase() + pattern.slice(inboxLength) === name
}
