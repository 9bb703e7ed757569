/**
 * What the client knows of the open mailbox: its message numbers, and up to which change it was told everything. The
 * store's news come in by `absorb`; what may be said of them when is `news.ts`.
 *
 * A message that has gone keeps its number until the client may be told (RFC 9051 §7.5.1).
 */
import type { MailboxChanges, MessageRow } from "../../../messages/index.ts"
import type { ModSeq } from "../../../store/ids.ts"
import { Claims } from "./claims.ts"
import { commonKeywords, isSystemFlag } from "./flags.ts"
import { Numbering } from "./numbering.ts"

/** Keywords of one mailbox that a client is told of by name; more are shown with their messages all the same. */
const keywordsLimit = 1_000

export interface Absorbed {
  /** Known messages that have changed, ascending by UID. */
  readonly changed: readonly MessageRow[]
  /** The mailbox has grown. */
  readonly arrived: boolean
}

export class Known {
  readonly numbering: Numbering
  readonly claims = new Claims()
  /** "$": ascending UIDs (RFC 9051 §6.4.4.1). */
  saved = new Uint32Array()
  /** The client was told HIGHESTMODSEQ since it showed that it knows of modseqs (RFC 7162 §3.1). */
  newestTold = false
  #told: ModSeq
  /** Where `#told` was when the first of the gone came to wait. */
  #toldBeforeGone: ModSeq
  #heard = 0
  /** How often something changed of which nobody said what; and how many of these the store was asked after. */
  #hints = 0
  #hintsAnswered = 0
  /** Changes of this connection's own, later than `#told`, of which the client knows all. */
  readonly #own = new Set<ModSeq>()
  /** UIDs that have gone and still have their numbers. */
  readonly #gone = new Set<number>()
  readonly #keywords = new Set(commonKeywords)

  constructor(uids: Uint32Array, emails: Float64Array, modseq: ModSeq) {
    this.numbering = new Numbering(uids, emails)
    this.#told = modseq
    this.#toldBeforeGone = modseq
  }

  /** Everything up to this change has been told, or waits as `gone`. */
  get told(): ModSeq {
    return this.#told
  }

  /** Everything up to this change has been told, and nothing of it waits. */
  get toldInFull(): ModSeq {
    return this.hasGone ? this.#toldBeforeGone : this.#told
  }

  /** Something changed; undefined: perhaps. */
  hear(modseq: ModSeq | undefined): void {
    if (modseq === undefined) this.#hints++
    else if (modseq > this.#heard) this.#heard = modseq
  }

  /** There is something to ask the store for. */
  get hasHeard(): boolean {
    return this.#heard > this.#told || this.#hints > this.#hintsAnswered
  }

  /** To be handed to `absorb`, taken before the store is asked. */
  get hints(): number {
    return this.#hints
  }

  get hasGone(): boolean {
    return this.#gone.size > 0
  }

  isGone(uid: number): boolean {
    return this.#gone.has(uid)
  }

  /**
   * A change that this connection made and of which the client knows, or has now been told, all. `inFull`: of each
   * message it was told how it is, not only what the change did.
   */
  made(modseq: ModSeq, inFull: boolean): void {
    // Nothing lies between: had another session changed something before it, that has a modseq of its own.
    if (modseq === this.#told + 1) this.#told = modseq
    else if (modseq > this.#told && inFull) this.#own.add(modseq)
  }

  /** `present`: the UIDs there are, needed where `changes.complete` is false: what is not among them has gone. */
  absorb(changes: MailboxChanges, hints: number, present?: Uint32Array): Absorbed {
    const { numbering } = this
    this.#hintsAnswered = Math.max(this.#hintsAnswered, hints)
    if (changes.modseq < this.#told) return { changed: [], arrived: false }
    for (const uid of changes.vanished) this.#goes(uid)
    // Before the arrivals: one that has gone since was never told of.
    if (present !== undefined) this.#absorbMissing(present)
    const last = numbering.lastUid
    const changed: MessageRow[] = []
    let arrived = false
    for (const row of changes.messages) {
      if (row.uid > numbering.lastUid) {
        if (present !== undefined && !holds(present, row.uid)) continue
        numbering.append(row.uid, row.email)
        arrived = true
      } else if (row.uid <= last && numbering.numberOf(row.uid) !== 0 && !this.#own.has(row.modseq))
        changed.push(row)
    }
    this.#told = changes.modseq
    for (const modseq of this.#own) if (modseq <= this.#told) this.#own.delete(modseq)
    return { changed: changed.filter(row => !this.#gone.has(row.uid)), arrived }
  }

  /** The gone lose their numbers: their UIDs, ascending, and what numbers they had. */
  takeGone(): { readonly uids: readonly number[]; readonly numbers: readonly number[] } {
    const uids = [...this.#gone].sort((a, b) => a - b)
    this.#gone.clear()
    return { uids, numbers: this.numbering.remove(uids) }
  }

  /** UIDs that this connection has itself removed; `takeGone` tells of them. */
  remove(uids: Iterable<number>): void {
    for (const uid of uids) this.#goes(uid)
  }

  keywords(): ReadonlySet<string> {
    return this.#keywords
  }

  /** True where one is new: the client is then told the list before it sees the keyword. */
  learn(keywords: readonly string[]): boolean {
    let learnt = false
    for (const keyword of keywords) {
      if (this.#keywords.has(keyword) || isSystemFlag(keyword)) continue
      if (this.#keywords.size >= keywordsLimit) continue
      this.#keywords.add(keyword)
      learnt = true
    }
    return learnt
  }

  #goes(uid: number): void {
    if (this.numbering.numberOf(uid) === 0) return
    if (!this.hasGone) this.#toldBeforeGone = this.#told
    this.#gone.add(uid)
  }

  #absorbMissing(present: Uint32Array): void {
    let at = 0
    for (const uid of this.numbering.uids()) {
      while (at < present.length && (present[at] ?? 0) < uid) at++
      if (present[at] !== uid) this.#goes(uid)
    }
  }
}

/** `ascending` UIDs. */
function holds(ascending: Uint32Array, uid: number): boolean {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) < uid) low = middle + 1
    else high = middle
  }
  return ascending[low] === uid
}
