/**
 * Message numbers and UIDs of an open mailbox, as the client knows them (RFC 9051 §2.3.1): number n is the n-th of the
 * ascending UIDs. Twelve octets a message; a look-up is a binary search, an arrival costs nothing, and any number of
 * removals one pass.
 */
import type { EmailId, Uid } from "../../../store/ids.ts"

/** Room for arrivals that come before the arrays are made larger. */
const spare = 64

export class Numbering {
  #uids: Uint32Array
  #emails: Float64Array
  #count: number

  /** Takes the arrays over: parallel, ascending by UID. */
  constructor(uids: Uint32Array, emails: Float64Array) {
    if (uids.length !== emails.length) throw new RangeError("as many UIDs as emails")
    this.#uids = uids
    this.#emails = emails
    this.#count = uids.length
  }

  get count(): number {
    return this.#count
  }

  /** 0 where the mailbox is empty. */
  get lastUid(): number {
    return this.#count === 0 ? 0 : this.uidOf(this.#count)
  }

  /** Of a number from 1 to `count`. */
  uidOf(number: number): Uid {
    const uid = number > this.#count ? undefined : this.#uids[number - 1]
    if (uid === undefined) throw new RangeError(`no message has the number ${number}`)
    return uid as Uid // what was put in
  }

  /** Of a number from 1 to `count`. */
  emailOf(number: number): EmailId {
    const email = number > this.#count ? undefined : this.#emails[number - 1]
    if (email === undefined) throw new RangeError(`no message has the number ${number}`)
    return email as EmailId // what was put in
  }

  /** 0 where no message has the UID. */
  numberOf(uid: number): number {
    const index = this.#firstFrom(uid)
    return index < this.#count && this.#uids[index] === uid ? index + 1 : 0
  }

  /** The least number whose UID is `uid` or more; count + 1 where there is none. */
  firstNumberFrom(uid: number): number {
    return this.#firstFrom(uid) + 1
  }

  uids(): Uint32Array {
    return this.#uids.subarray(0, this.#count)
  }

  emails(): Float64Array {
    return this.#emails.subarray(0, this.#count)
  }

  /** An arrival: its UID is larger than all others. */
  append(uid: Uid, email: EmailId): void {
    if (uid <= this.lastUid) throw new RangeError("an arrival has the largest UID")
    if (this.#count === this.#uids.length) this.#grow()
    this.#uids[this.#count] = uid
    this.#emails[this.#count] = email
    this.#count++
  }

  /** Removes ascending UIDs, those that are here. Answers the numbers that they had, ascending. */
  remove(ascending: Iterable<number>): number[] {
    const gone: number[] = []
    for (const uid of ascending) {
      const number = this.numberOf(uid)
      if (number !== 0) gone.push(number)
    }
    for (const [index, number] of gone.entries()) {
      const next = gone[index + 1] ?? this.#count + 1
      this.#uids.copyWithin(number - 1 - index, number, next - 1)
      this.#emails.copyWithin(number - 1 - index, number, next - 1)
    }
    this.#count -= gone.length
    return gone
  }

  #firstFrom(uid: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#uids[middle] ?? 0) < uid) low = middle + 1
      else high = middle
    }
    return low
  }

  #grow(): void {
    const length = this.#count + spare + (this.#count >> 3)
    const uids = new Uint32Array(length)
    uids.set(this.#uids)
    const emails = new Float64Array(length)
    emails.set(this.#emails)
    this.#uids = uids
    this.#emails = emails
  }
}
