/**
 * A log as anybody sees it: what lies below its public address, asked for over HTTP and bounded (C2SP tlog-tiles).
 * Whatever comes is a stranger's word.
 */
import { MAX_ENTRY_BYTES, MAX_NOTE_BYTES, parseEntryBundle, TILE_WIDTH, tilePath } from "@letterkeep/tlog"

export interface PublicLog {
  /** Undefined where the log has none, as before its first entry. */
  checkpoint(): Promise<Buffer | undefined>
  /** The hashes of a tile of level 0: `width` of 32 octets. Undefined when it is not there or not that long. */
  leafHashes(index: number, width: number): Promise<readonly Buffer[] | undefined>
  /** The hashes of any tile, one after another. */
  tile(level: number, index: number, width: number): Promise<Buffer | undefined>
  /** The entries of a bundle, likewise. */
  entries(index: number, width: number): Promise<readonly Uint8Array[] | undefined>
}

const hashBytes = 32
const answerMs = 20_000

/** `address`: `http://127.0.0.1:8080/ledger`. */
export function openPublicLog(address: string): PublicLog {
  const get = (path: string, limit: number) => fetchBounded(`${address}/${path}`, limit)
  const tile = async (level: number, index: number, width: number) => {
    const octets = await get(tilePath(level, index, width), TILE_WIDTH * hashBytes)
    return octets?.length === width * hashBytes ? octets : undefined
  }
  return {
    tile,
    checkpoint: () => get("checkpoint", MAX_NOTE_BYTES),
    async leafHashes(index, width) {
      const octets = await tile(0, index, width)
      if (octets === undefined) return undefined
      return Array.from({ length: width }, (_, at) => octets.subarray(at * hashBytes, (at + 1) * hashBytes))
    },
    async entries(index, width) {
      const octets = await get(tilePath("entries", index, width), TILE_WIDTH * (MAX_ENTRY_BYTES + 2))
      return octets === undefined ? undefined : parseEntryBundle(octets, width)
    },
  }
}

/**
 * The body of an answer; undefined where there is none (404), or one above `limit` octets. Any other answer says
 * nothing of the log, and throws.
 */
async function fetchBounded(url: string, limit: number): Promise<Buffer | undefined> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerMs), redirect: "error" })
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer.body ?? []) {
    length += part.length
    if (length > limit) return undefined
    parts.push(part)
  }
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`)
  return Buffer.concat(parts)
}
