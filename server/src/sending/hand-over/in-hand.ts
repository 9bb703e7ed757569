/** Octets of texts that are in memory at once: each waits until there is room for it, in turn. */
export interface InHand {
  /** Returns how to give them back, once. A text that is larger than all the room waits until it is alone. */
  take(octets: number): Promise<() => void>
}

export function createInHand(limit: number): InHand {
  const line: (() => boolean)[] = []
  let taken = 0
  const fits = (octets: number): boolean => taken === 0 || taken + octets <= limit
  const serve = (): void => {
    while (line[0]?.() === true) line.shift()
  }
  const giver = (octets: number): (() => void) => {
    taken += octets
    return () => {
      taken -= octets
      serve()
    }
  }
  return {
    take(octets) {
      if (line.length === 0 && fits(octets)) return Promise.resolve(giver(octets))
      return new Promise(resolve => {
        line.push(() => {
          if (!fits(octets)) return false
          resolve(giver(octets))
          return true
        })
      })
    },
  }
}
