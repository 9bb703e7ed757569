/**
 * Joins small pieces of a message before they are handed on: a peer that sends a byte a packet must not cost
 * an object a byte. Large pieces, and a message that comes in one piece, pass as they are.
 */
export interface SmallPieces {
  add(piece: Uint8Array): void
  flush(): void
}

/** From this size on a piece is handed on as it is. */
const large = 4_096
const block = 16_384

export function createSmallPieces(handOn: (piece: Uint8Array) => void): SmallPieces {
  let single: Uint8Array | undefined
  let gathered: Buffer | undefined
  let filled = 0

  const flush = (): void => {
    if (single !== undefined) handOn(single)
    // The unused rest of a block is not kept: the last piece of a message is often short.
    if (gathered !== undefined)
      handOn(filled === block ? gathered : Uint8Array.prototype.slice.call(gathered, 0, filled))
    single = undefined
    gathered = undefined
    filled = 0
  }

  const append = (piece: Uint8Array): void => {
    if (filled + piece.length > block) flush()
    gathered ??= Buffer.allocUnsafeSlow(block)
    gathered.set(piece, filled)
    filled += piece.length
  }

  return {
    add(piece) {
      if (piece.length >= large) {
        flush()
        handOn(piece)
      } else if (single === undefined && gathered === undefined) single = ofItsOwn(piece)
      else {
        if (single !== undefined) {
          const first = single
          single = undefined
          append(first)
        }
        append(piece)
      }
    },
    flush,
  }
}

/** A short view must not hold a long buffer in memory: that would not be counted. */
function ofItsOwn(piece: Uint8Array): Uint8Array {
  return piece.buffer.byteLength > 2 * piece.length + 1_024 ? Uint8Array.prototype.slice.call(piece) : piece
}
