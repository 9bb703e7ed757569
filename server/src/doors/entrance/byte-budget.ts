/** Octets of messages that lie in memory, for the whole process: what keeps it from being filled by strangers. */
export interface ByteBudget {
  /** Takes `octets`, or nothing where so many are not left. */
  take(octets: number): boolean
  giveBack(octets: number): void
  readonly taken: number
  /** More than half is taken: who is slow makes room then. */
  readonly isCrowded: boolean
}

export function createByteBudget(limit: number): ByteBudget {
  let taken = 0
  return {
    take(octets) {
      if (taken + octets > limit) return false
      taken += octets
      return true
    },
    giveBack(octets) {
      taken -= octets
    },
    get taken() {
      return taken
    },
    get isCrowded() {
      return taken > limit / 2
    },
  }
}
