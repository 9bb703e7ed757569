import { smallPiece } from "./limits.ts"

/**
 * Keeps the octets of one literal while they come. Large pieces are kept as they are, without a copy; small ones
 * are gathered, so that a message that comes octet by octet costs about its size in memory and no more.
 */
export interface LiteralKeeper {
  /** Octets that are still to come. */
  readonly left: number
  readonly octets: number
  /** At most `left` octets. */
  add(bytes: Buffer): void
  pieces(): readonly Buffer[]
}

/** A piece that lies in memory so many times its size is copied: keeping it would keep all of that. */
const slack = 4

export function keepLiteral(octets: number): LiteralKeeper {
  const kept: Buffer[] = []
  let left = octets
  let gathering: Buffer | undefined
  let gathered = 0

  const flush = (): void => {
    if (gathering !== undefined && gathered > 0) kept.push(gathering.subarray(0, gathered))
    gathering = undefined
    gathered = 0
  }

  const gather = (bytes: Buffer): void => {
    for (let from = 0; from < bytes.length; ) {
      gathering ??= Buffer.allocUnsafeSlow(Math.min(smallPiece, left + bytes.length - from))
      const copied = bytes.copy(gathering, gathered, from)
      from += copied
      gathered += copied
      if (gathered === gathering.length) flush()
    }
  }

  return {
    get left() {
      return left
    },
    octets,
    add(bytes) {
      left -= bytes.length
      if (bytes.length < smallPiece || bytes.buffer.byteLength > slack * bytes.length) return gather(bytes)
      flush()
      kept.push(bytes)
    },
    pieces() {
      flush()
      return kept
    },
  }
}
