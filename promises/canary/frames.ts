import { zstdDecompressSync } from "node:zlib"

/** Every frame of Zstandard begins so (RFC 8878 §3.1.1). */
const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** Octets that one frame may come to; what claims more is passed over. */
const largestFrame = 64 * 1024 * 1024

/**
 * What lies compressed in `bytes`: the content of each frame that is whole. A sweep for words does not see into one;
 * sealed bytes hold none but by chance, and then one that does not open.
 */
export function* framesIn(bytes: Buffer): Generator<Buffer> {
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    const content = openFrame(bytes.subarray(at))
    if (content !== undefined) yield content
  }
}

function openFrame(frame: Buffer): Buffer | undefined {
  try {
    return zstdDecompressSync(frame, { maxOutputLength: largestFrame })
  } catch (error) {
    // four octets that look like the beginning of one
    if (error instanceof Error && "code" in error) return undefined
    throw error
  }
}
