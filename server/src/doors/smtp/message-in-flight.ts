import type { Incoming, Outcome } from "../../flow/index.ts"
import { createPace, type PaceLimits } from "../entrance/index.ts"
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

/** What a message needs of the house. */
type Room = Pick<House, "budget" | "time"> & {
  readonly limits: PaceLimits
  readonly figures: Pick<House["figures"], "bytes">
}

export function openMessage(house: Room, incoming: Incoming): MessageInFlight {
  const { budget, limits, time } = house
  const pieces = createSmallPieces(piece => incoming.write(piece))
  const pace = createPace(limits, time)
  let octets = 0
  let open = true

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
      pace.came(piece.length)
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
    isTooSlow: () => open && pace.isTooSlow(budget.isCrowded),
  }
}
