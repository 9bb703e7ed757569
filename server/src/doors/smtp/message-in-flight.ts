import type { Incoming, Outcome } from "../../flow/index.ts"
import type { House } from "./house.ts"
import { createSmallPieces } from "./small-pieces.ts"

/** One message from its first byte until it is kept, refused or given up; its octets are on the budget so long. */
export interface MessageInFlight {
  /** False when the budget is spent: the message is given up then. */
  write(piece: Uint8Array): boolean
  /** Resolves with the house's word; from here on the peer's going away changes nothing. */
  finish(): Promise<Outcome>
  abandon(): void
  /** Why it has gone on for too long or too slowly, if it has. */
  isTooSlow(): boolean
}

/** How far back "lately" goes. */
const windowMs = 10_000

/** What a message needs of the house. */
type Room = Pick<House, "budget" | "limits" | "time"> & { readonly figures: Pick<House["figures"], "bytes"> }

export function openMessage(house: Room, incoming: Incoming): MessageInFlight {
  const { budget, limits, time } = house
  const pieces = createSmallPieces(piece => incoming.write(piece))
  const startedAt = time()
  let heardAt = startedAt
  let octets = 0
  let open = true
  // What came lately: octets sent in advance do not pay for a trickle after them.
  let windowAt = startedAt
  let windowOctets = 0
  let lately = Number.POSITIVE_INFINITY

  const release = (): void => {
    budget.giveBack(octets)
    octets = 0
  }

  const abandon = (): void => {
    if (!open) return
    open = false
    incoming.abandon()
    release()
  }

  return {
    write(piece) {
      if (!open) return true
      if (!budget.take(piece.length)) {
        abandon()
        return false
      }
      octets += piece.length
      heardAt = time()
      house.figures.bytes.add(piece.length)
      pieces.add(piece)
      return true
    },
    async finish() {
      open = false
      try {
        pieces.flush()
        return await incoming.finish()
      } catch (error) {
        incoming.abandon()
        throw error
      } finally {
        release()
      }
    },
    abandon,
    isTooSlow() {
      if (!open) return false
      const now = time()
      const age = now - startedAt
      if (age > limits.messageMs || now - heardAt > limits.dataStallMs) return true
      if (now - windowAt >= windowMs) {
        lately = ((octets - windowOctets) * 1_000) / (now - windowAt)
        windowAt = now
        windowOctets = octets
      }
      if (budget.isCrowded && octets > limits.crowdedOctets && lately < limits.crowdedBytesPerSecond)
        return true
      return age > limits.rateGraceMs && (octets * 1_000) / age < limits.bytesPerSecond
    },
  }
}
