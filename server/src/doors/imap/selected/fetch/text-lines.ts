/**
 * Textual parts whose encoding was undone go out with CRLF (RFC 3516 §6): each LF without a CR before it gets one. What
 * holds NUL is no text of lines, whatever its type says, and stays as it is.
 */
const cr = 0x0d
const lf = 0x0a

export interface TextLines {
  /** A copy only where something is put in. */
  push(octets: Buffer): Buffer
  /** Octets put in so far. */
  readonly added: number
}

export function textLines(): TextLines {
  let last = 0
  let added = 0
  return {
    get added() {
      return added
    },
    push(octets) {
      const bare = bareIn(octets, last)
      last = octets[octets.length - 1] ?? last
      added += bare.length
      return bare.length === 0 ? octets : filled(octets, bare)
    },
  }
}

/** Where an LF stands without a CR; `before` is the octet in front of the first. */
function bareIn(octets: Buffer, before: number): number[] {
  const places: number[] = []
  for (let at = octets.indexOf(lf); at !== -1; at = octets.indexOf(lf, at + 1))
    if ((at === 0 ? before : octets[at - 1]) !== cr) places.push(at)
  return places
}

function filled(octets: Buffer, places: readonly number[]): Buffer {
  const result = Buffer.allocUnsafe(octets.length + places.length)
  let from = 0
  let to = 0
  for (const at of places) {
    to += octets.copy(result, to, from, at)
    result[to++] = cr
    from = at
  }
  octets.copy(result, to, from)
  return result
}
