/**
 * What a client may take for its HIGHESTMODSEQ, which it comes back with after its connection was lost (RFC 7162 §3.2,
 * §6): with each tagged answer, the highest MODSEQ that it was told, or the HIGHESTMODSEQ that was said instead. It
 * promises that this never goes past what the client was told in full.
 */
import { asId, type ModSeq } from "../../../store/ids.ts"

export class Claims {
  #written: ModSeq = asId(0)
  #heldBack = false

  /** This MODSEQ was written, of whatever message. */
  wrote(modseq: ModSeq): void {
    if (modseq > this.#written) this.#written = modseq
  }

  /** One was written that is newer than this. */
  isPast(modseq: ModSeq): boolean {
    return this.#written > modseq
  }

  /** Before a tagged answer: the HIGHESTMODSEQ that has to be said. `full`: up to where the client was told everything. */
  settle(full: ModSeq, nothingWaits: boolean): ModSeq | undefined {
    const past = this.#written > full
    const released = this.#heldBack && nothingWaits
    this.#written = asId(0)
    if (past) this.#heldBack = true
    else if (released) this.#heldBack = false
    return past || released ? full : undefined
  }
}
