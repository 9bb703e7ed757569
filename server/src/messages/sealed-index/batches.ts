/** Cuts what is read at once into pieces that memory bears. */

/** In their order; each of no more than `most` octets, unless it is one that has more by itself. */
export function inBatches<T>(all: readonly T[], most: number, octetsOf: (one: T) => number): T[][] {
  const batches: T[][] = []
  let octets = most
  for (const one of all) {
    const more = octetsOf(one)
    const last = batches.at(-1)
    if (last === undefined || octets + more > most) {
      batches.push([one])
      octets = more
    } else {
      last.push(one)
      octets += more
    }
  }
  return batches
}
