import { crc32, gunzipSync, inflateRawSync } from "node:zlib"

/**
 * What a report comes wrapped in: gzip (RFC 1952; RFC 9990 §3.5.2 asks for it), a zip archive as many send it, or
 * nothing. A stranger made it: no more is unpacked than `unpackedLimit`, of whatever claims to be smaller, and of an
 * archive one file, found by its directory at the end:
 *
 *     archive   = *( local data ) *entry end                                    APPNOTE.TXT 6.3.10 §4.3.6
 *     end       = "PK" 5 6, two discs, entries here and in all, length and place of the directory, comment
 *     entry     = "PK" 1 2, … flags, method, …, CRC, packed and unpacked length, …, place of `local`, name, …
 *     local     = "PK" 3 4, … length of name and of what follows it, name, …
 *
 * Encrypted files, several discs and the 64-bit form are refused: no report needs them.
 */
export type Unpacked =
  | { readonly kind: "unpacked"; readonly bytes: Buffer }
  | { readonly kind: "too-large" | "damaged" | "no-report" }

/** Octets. Reports of the largest reporters have a few hundred thousand. */
export const unpackedLimit = 16 * 1024 * 1024

/** Blocks for as long as it works: not for a thread that serves others. */
export function unpack(bytes: Buffer, limit = unpackedLimit): Unpacked {
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
      return { kind: "unpacked", bytes: gunzipSync(bytes, { maxOutputLength: limit }) }
    if (bytes.length >= 4 && bytes.readUInt32LE(0) === localMark) return unzip(bytes, limit)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const isTooLarge = "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"
    return { kind: isTooLarge ? "too-large" : "damaged" }
  }
  if (!/^(?:\ufeff|\s)*</.test(bytes.toString("utf8", 0, 100))) return { kind: "no-report" }
  return bytes.length > limit ? { kind: "too-large" } : { kind: "unpacked", bytes }
}

const localMark = 0x04034b50
const entryMark = 0x02014b50
const endMark = 0x06054b50
const localBytes = 30
const entryBytes = 46
const endBytes = 22
/** Octets of the comment that may follow the end. */
const longestComment = 0xffff
/** Files of an archive that are looked at. */
const entryLimit = 20

/** Throws RangeError where a length leads out of the archive, and zlib's errors. */
function unzip(archive: Buffer, limit: number): Unpacked {
  const end = findEnd(archive)
  if (end === undefined) return { kind: "damaged" }
  const count = Math.min(archive.readUInt16LE(end + 10), entryLimit)
  let at = archive.readUInt32LE(end + 16)
  for (let no = 0; no < count; no += 1) {
    if (archive.readUInt32LE(at) !== entryMark) return { kind: "damaged" }
    const name = archive.toString("latin1", at + entryBytes, at + entryBytes + archive.readUInt16LE(at + 28))
    if (/\.xml$/i.test(name)) return unpackEntry(archive, at, limit)
    at += entryBytes + name.length + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return { kind: "no-report" }
}

function findEnd(archive: Buffer): number | undefined {
  const last = archive.length - endBytes
  for (let at = last; at >= 0 && at >= last - longestComment; at -= 1)
    if (archive.readUInt32LE(at) === endMark) return at
  return undefined
}

function unpackEntry(archive: Buffer, entry: number, limit: number): Unpacked {
  const isEncrypted = (archive.readUInt16LE(entry + 8) & 1) === 1
  const method = archive.readUInt16LE(entry + 10)
  const crc = archive.readUInt32LE(entry + 16)
  const packed = archive.readUInt32LE(entry + 20)
  const unpacked = archive.readUInt32LE(entry + 24)
  const local = archive.readUInt32LE(entry + 42)
  if (isEncrypted || archive.readUInt32LE(local) !== localMark) return { kind: "damaged" }
  if (unpacked > limit) return { kind: "too-large" }
  const start = local + localBytes + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  if (start + packed > archive.length) return { kind: "damaged" }
  const data = archive.subarray(start, start + packed)
  const bytes =
    method === 0 ? data : method === 8 ? inflateRawSync(data, { maxOutputLength: limit }) : undefined
  if (bytes === undefined || bytes.length !== unpacked || crc32(bytes) !== crc) return { kind: "damaged" }
  return { kind: "unpacked", bytes }
}
