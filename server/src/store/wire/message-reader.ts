/**
 * Cuts what the server says into messages: a letter, a 32-bit length that counts itself, and the body. A message that
 * is cut across pieces is joined once, when all of it is there.
 */
export interface MessageReader {
  /** `onMessage` gets the body as [at, end) of `bytes`. */
  read(piece: Buffer, onMessage: (type: string, bytes: Buffer, at: number, end: number) => void): void
}

const headerBytes = 5

export function createMessageReader(): MessageReader {
  /** The beginning of a message that is not all there yet. */
  let held: Buffer[] = []
  let heldBytes = 0
  /** Octets of that message; 0 while not even its length is known. */
  let wanted = 0
  return {
    read(piece, onMessage) {
      let bytes = piece
      if (heldBytes > 0) {
        held.push(piece)
        heldBytes += piece.length
        if (heldBytes < Math.max(wanted, headerBytes)) return
        bytes = Buffer.concat(held, heldBytes)
        held = []
        heldBytes = 0
        wanted = 0
      }
      let at = 0
      while (bytes.length - at >= headerBytes) {
        const end = at + 1 + bytes.readUInt32BE(at + 1)
        if (end > bytes.length) {
          wanted = end - at
          break
        }
        onMessage(String.fromCharCode(bytes[at] ?? 0), bytes, at + headerBytes, end)
        at = end
      }
      if (at === bytes.length) return
      held = [at === 0 ? bytes : bytes.subarray(at)]
      heldBytes = bytes.length - at
    },
  }
}
