/**
 * Cuts what the server says into messages: a letter, a 32-bit length that counts itself, and the body. A message that
 * is cut across pieces is put together once, in a buffer that the next such message uses again: what is handed on is
 * good until the call returns.
 */
export interface MessageReader {
  /** `onMessage` gets the body as [at, end) of `bytes`. */
  read(piece: Buffer, onMessage: (type: string, bytes: Buffer, at: number, end: number) => void): void
}

const headerBytes = 5
const firstBytes = 32 * 1024
/** A larger buffer is not kept for the next message. */
const keptBytes = 1024 * 1024
const nothing = Buffer.alloc(0)

export function createMessageReader(): MessageReader {
  /** The beginning of a message that is not all there yet. */
  let held = nothing
  let heldBytes = 0

  /** Octets of the message that is held; undefined while its length is not there. */
  const wanted = (): number | undefined => (heldBytes < headerBytes ? undefined : 1 + held.readUInt32BE(1))
  /** Takes what is missing up to `length` octets; the rest of the piece comes back. */
  const hold = (piece: Buffer, length: number): Buffer => {
    const taken = piece.subarray(0, length - heldBytes)
    if (length > held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, firstBytes))
      held.copy(larger, 0, 0, heldBytes)
      held = larger
    }
    taken.copy(held, heldBytes)
    heldBytes += taken.length
    return piece.subarray(taken.length)
  }

  return {
    read(piece, onMessage) {
      let bytes = piece
      while (heldBytes > 0 && bytes.length > 0) {
        const length = wanted() ?? headerBytes
        bytes = hold(bytes, length)
        if (heldBytes < length || wanted() !== length) continue
        heldBytes = 0
        onMessage(letterOf(held, 0), held, headerBytes, length)
        if (held.length > keptBytes) held = nothing
      }
      let at = 0
      while (bytes.length - at >= headerBytes) {
        const end = at + 1 + bytes.readUInt32BE(at + 1)
        if (end > bytes.length) break
        onMessage(letterOf(bytes, at), bytes, at + headerBytes, end)
        at = end
      }
      if (at < bytes.length) hold(bytes.subarray(at), bytes.length - at)
    },
  }
}

function letterOf(bytes: Buffer, at: number): string {
  return String.fromCharCode(bytes[at] ?? 0)
}
