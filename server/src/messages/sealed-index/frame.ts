/** Compression of one block: a frame of Zstandard (RFC 8878). Blocks are small, so a call takes well under 1 ms. */
import { promisify } from "node:util"
import { constants, type ZstdOptions, zstdCompressSync, zstdDecompress, zstdDecompressSync } from "node:zlib"
import { DamagedIndexError } from "./damaged-index-error.ts"

/** Octets of a block before compression: the summaries of 128 messages with the longest headers there may be. */
const blockLimit = 64 * 1024 * 1024

const params = { [constants.ZSTD_c_compressionLevel]: 3 }
/** Of what is written at once, at least: smaller pieces would be joined again. */
const leastChunk = 1024

export function compress(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, { params, chunkSize: leastChunk + bytes.length })
}

/** `expected`: octets that it mostly comes to; more are no mistake. Throws DamagedIndexError. */
export function decompress(frame: Uint8Array, expected = 64 * 1024): Buffer {
  try {
    return zstdDecompressSync(frame, { maxOutputLength: blockLimit, chunkSize: leastChunk + expected })
  } catch (cause) {
    throw damaged(cause)
  }
}

/** The same on another thread, so that several go on at once. */
export async function decompressAside(frame: Uint8Array, expected: number): Promise<Buffer> {
  try {
    return await unzip(frame, { maxOutputLength: blockLimit, chunkSize: leastChunk + expected })
  } catch (cause) {
    throw damaged(cause)
  }
}

const unzip = promisify<Uint8Array, ZstdOptions, Buffer>(zstdDecompress)

function damaged(cause: unknown): DamagedIndexError {
  return new DamagedIndexError("a block does not decompress", { cause })
}
