/**
 * What filters may make more of one message than its readers' own copies: each copy is sealed and held until the commit,
 * and five redirects of twenty people would hold a hundred.
 */
export interface Octets {
  /** False where there are not so many left; then none are taken. */
  take(octets: number): boolean
}

export function createOctets(limit: number): Octets {
  let left = limit
  return {
    take(octets) {
      if (octets > left) return false
      left -= octets
      return true
    },
  }
}
