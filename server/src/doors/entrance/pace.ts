/** How fast a message must come. Times are milliseconds, kept to about a second. */
export interface PaceLimits {
  /** Between two pieces of a message. */
  readonly dataStallMs: number
  /** Octets a second that a message must have come with, on average, once `rateGraceMs` is over. */
  readonly bytesPerSecond: number
  readonly rateGraceMs: number
  /** While memory is crowded: octets a second that a message of more than `crowdedOctets` must have come with lately. */
  readonly crowdedBytesPerSecond: number
  readonly crowdedOctets: number
  /** For one message, from its first byte to its last. */
  readonly messageMs: number
}

/** RFC 5321 §4.5.3.2.5 gives three minutes between two pieces; so do we to all who bring messages. */
export const defaultPaceLimits: PaceLimits = {
  dataStallMs: 180_000,
  bytesPerSecond: 256,
  rateGraceMs: 60_000,
  crowdedBytesPerSecond: 16_384,
  crowdedOctets: 262_144,
  messageMs: 1_800_000,
}

/** One message on its way in. */
export interface Pace {
  came(octets: number): void
  /** It has gone on for too long or too slowly. `crowded`: who is slow makes room now. */
  isTooSlow(crowded: boolean): boolean
}

/** How far back "lately" goes. */
const windowMs = 10_000

export function createPace(limits: PaceLimits, time: () => number): Pace {
  const startedAt = time()
  let heardAt = startedAt
  let octets = 0
  // What came lately: octets sent in advance do not pay for a trickle after them.
  let windowAt = startedAt
  let windowOctets = 0
  let lately = Number.POSITIVE_INFINITY

  return {
    came(more) {
      octets += more
      heardAt = time()
    },
    isTooSlow(crowded) {
      const now = time()
      const age = now - startedAt
      if (age > limits.messageMs || now - heardAt > limits.dataStallMs) return true
      if (now - windowAt >= windowMs) {
        lately = ((octets - windowOctets) * 1_000) / (now - windowAt)
        windowAt = now
        windowOctets = octets
      }
      if (crowded && octets > limits.crowdedOctets && lately < limits.crowdedBytesPerSecond) return true
      return age > limits.rateGraceMs && (octets * 1_000) / age < limits.bytesPerSecond
    },
  }
}
