/** Compression of one block: a frame of Zstandard (RFC 8878). Blocks are small, so a call takes well under 1 ms. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import { DamagedIndexError } from "./damaged-index-error.ts"

/** Octets of a block before compression: the summaries of 128 messages with the longest headers there may be. */
const blockLimit = 64 * 1024 * 1024

const params = { [constants.ZSTD_c_compressionLevel]: 3 }

export function compress(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, { params })
}

/** Throws DamagedIndexError. */
export function decompress(frame: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(frame, { maxOutputLength: blockLimit })
  } catch (cause) {
    throw new DamagedIndexError("a block does not decompress", { cause })
  }
}
