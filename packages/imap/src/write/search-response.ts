/**
 * What SEARCH, SORT and THREAD answer: untagged lines, whole. Numbers are message numbers or UIDs, as was asked;
 * of SEARCH they ascend, of SORT they are in the order asked for.
 */
import type { SearchReturn } from "../command.ts"
import type { Thread } from "../thread/thread.ts"
import { quoted } from "./string.ts"
import { writeRuns, writeUidSet } from "./uid-set.ts"

export interface Results {
  readonly numbers: Iterable<number>
  /** The highest of all that were found, where the client has asked by modseq (RFC 7162 §3.1.5). */
  readonly modseq?: number | undefined
}

/** RFC 3501 §7.2.5, RFC 7162 §3.1.5; and RFC 5256 §4. */
export function writeNumbers(name: "SEARCH" | "SORT", { numbers, modseq }: Results): string {
  let list = ""
  for (const number of numbers) list += ` ${number}`
  // Of nothing there is no highest.
  const tail = modseq === undefined || list === "" ? "" : ` (MODSEQ ${modseq})`
  return `* ${name}${list}${tail}\r\n`
}

export interface ExtendedQuestion {
  readonly tag: string
  readonly uid: boolean
  /** Of RETURN; empty stands for ALL (RFC 4731 §3.1). */
  readonly give: readonly SearchReturn[]
  readonly of: "SEARCH" | "SORT"
}

/**
 *     esearch-response = "ESEARCH" [SP "(" "TAG" SP string ")"] [SP "UID"] *(SP search-return-data)    RFC 9051 §9
 *
 * MIN, MAX and ALL are left out where nothing was found (RFC 4731 §3.1). Of SORT they are the first, the last and all
 * in its order (RFC 5267 §3).
 */
export function writeEsearch(
  { tag, uid, give, of }: ExtendedQuestion,
  numbers: ArrayLike<number> & Iterable<number>,
  modseq?: number,
): string {
  const wants = (one: SearchReturn): boolean => give.includes(one)
  let line = `* ESEARCH (TAG ${quoted(tag)})${uid ? " UID" : ""}`
  if (numbers.length > 0) {
    if (wants("MIN")) line += ` MIN ${numbers[0]}`
    if (wants("MAX")) line += ` MAX ${numbers[numbers.length - 1]}`
    if (wants("ALL") || give.length === 0)
      line += ` ALL ${of === "SEARCH" ? writeUidSet(numbers) : writeRuns(numbers)}`
  }
  if (wants("COUNT")) line += ` COUNT ${numbers.length}`
  if (modseq !== undefined && numbers.length > 0) line += ` MODSEQ ${modseq}`
  return `${line}\r\n`
}

/**
 *     thread-data    = "THREAD" [SP 1*thread-list]                               RFC 5256 §5
 *     thread-list    = "(" (thread-members / thread-nested) ")"
 *     thread-members = nz-number *(SP nz-number) [SP thread-nested]
 *     thread-nested  = 2*thread-list
 *
 * An only child follows its parent in the same list. Threads may be as deep as there are messages: no recursion.
 */
export function writeThreads(threads: readonly Thread[]): string {
  if (threads.length === 0) return "* THREAD\r\n"
  const pieces: string[] = []
  /** What has still to be written, the next last: a thread in parentheses of its own, or the end of one. */
  const waiting: (Thread | ")")[] = threads.toReversed()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === ")") {
      pieces.push(")")
      continue
    }
    pieces.push("(")
    let node = next
    let first = true
    for (;;) {
      if (node.message !== undefined) {
        pieces.push(first ? `${node.message}` : ` ${node.message}`)
        first = false
      }
      const [only] = node.children
      if (only === undefined || node.children.length > 1) break
      node = only
    }
    waiting.push(")")
    if (node.children.length > 1) {
      if (!first) pieces.push(" ")
      for (const child of node.children.toReversed()) waiting.push(child)
    }
  }
  return `* THREAD ${pieces.join("")}\r\n`
}
