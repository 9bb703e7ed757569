/**
 * The base subject: what is left of a subject when all that mail programs and lists put around it is gone.
 *
 *     subject      = *subj-leader [subj-middle] *subj-trailer                       RFC 5256 §5
 *     subj-leader  = (*subj-blob subj-refwd) / WSP
 *     subj-refwd   = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
 *     subj-blob    = "[" *BLOBCHAR "]" *WSP                                         BLOBCHAR: any but "[" and "]"
 *     subj-middle  = *subj-blob (subj-base / subj-fwd)
 *     subj-fwd     = "[fwd:" subject "]"
 *     subj-trailer = "(fwd)" / WSP
 *     subj-base    = NONWSP *(*WSP NONWSP)                                          may be a subj-blob
 *
 * The places of its beginning and end only move towards each other, and no blob is read twice but the last of a row.
 */
import { decodeWords } from "@letterkeep/mime"

export interface BaseSubject {
  readonly base: string
  /** Something said that it answers or forwards another: a subj-refwd, "(fwd)" or "[fwd: ]" was there. */
  readonly isReplyOrForward: boolean
}

/** `subject` unfolded, encoded words not decoded. The steps are those of RFC 5256 §2.1. */
export function baseSubject(subject: string): BaseSubject {
  const text = decodeWords(subject).replace(/[\t\r\n ]+/g, " ") // (1)
  let start = 0
  let end = text.length
  let isReplyOrForward = false
  for (;;) {
    // (2)
    for (;;) {
      if (end > start && text[end - 1] === " ") end--
      else if (end - start >= 5 && isWord(text, end - 5, "(fwd)")) {
        end -= 5
        isReplyOrForward = true
      } else break
    }
    // (3) to (5)
    for (;;) {
      if (start < end && text[start] === " ") {
        start++
        continue
      }
      const { behind, last } = blobsAt(text, start, end)
      const answered = refwdAt(text, behind, end)
      if (answered !== -1) {
        start = answered
        isReplyOrForward = true
        continue
      }
      // (4): all of them, but for one that would leave nothing behind.
      const next = behind < end ? behind : last
      if (next === start) break
      start = next
    }
    // (6)
    if (end - start < 6 || !isWord(text, start, "[fwd:") || text[end - 1] !== "]") break
    start += 5
    end--
    isReplyOrForward = true
  }
  return { base: text.slice(start, end), isReplyOrForward }
}

/** A row of blobs: the place behind them, and where the last one begins. */
function blobsAt(text: string, from: number, end: number): { behind: number; last: number } {
  let last = from
  let behind = from
  for (let next = blobAt(text, from, end); next !== -1; next = blobAt(text, behind, end)) {
    last = behind
    behind = next
  }
  return { behind, last }
}

/** The place behind one blob and the white space that belongs to it; -1 where there is none. */
function blobAt(text: string, from: number, end: number): number {
  if (from >= end || text[from] !== "[") return -1
  let at = from + 1
  while (at < end && text[at] !== "]" && text[at] !== "[") at++
  if (at >= end || text[at] !== "]") return -1
  at++
  while (at < end && text[at] === " ") at++
  return at
}

function refwdAt(text: string, from: number, end: number): number {
  const word = refwdWords.find(one => isWord(text, from, one))
  if (word === undefined) return -1
  let at = from + word.length
  while (at < end && text[at] === " ") at++
  const blob = blobAt(text, at, end)
  if (blob !== -1) at = blob
  return at < end && text[at] === ":" ? at + 1 : -1
}

const refwdWords = ["re", "fwd", "fw"]

/** ASCII words, in any case. */
function isWord(text: string, at: number, word: string): boolean {
  return text.slice(at, at + word.length).toLowerCase() === word
}
