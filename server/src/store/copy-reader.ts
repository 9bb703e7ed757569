import { StoreError } from "./store-error.ts"

/**
 * Reads the stream of COPY … TO STDOUT (FORMAT binary), in pieces of any size. Layout as in `copy-rows.ts`.
 * Postgres sends a row a message, so a piece mostly holds whole rows, and their fields are views of it; what is
 * cut is joined with the next piece.
 */
export interface CopyReader {
  /** The rows that end in this piece. */
  read(piece: Buffer): (Buffer | null)[][]
}

/** signature(11) flags(4) extension length(4) */
const fixedHeader = 19
const signature = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1")

export function createCopyReader(): CopyReader {
  let left: Buffer = Buffer.alloc(0)
  let begun = false
  let ended = false
  return {
    read(piece) {
      const bytes = left.length === 0 ? piece : Buffer.concat([left, piece])
      const rows: (Buffer | null)[][] = []
      let at = 0
      if (!begun) {
        const length = headerLength(bytes)
        if (length === undefined) {
          left = bytes
          return rows
        }
        begun = true
        at = length
      }
      while (!ended) {
        const end = rowEnd(bytes, at)
        if (end === undefined) break
        if (end === at) ended = true
        else rows.push(readRow(bytes, at))
        at = end
      }
      left = ended ? Buffer.alloc(0) : bytes.subarray(at)
      return rows
    },
  }
}

function headerLength(bytes: Buffer): number | undefined {
  if (bytes.length < fixedHeader) return undefined
  if (!bytes.subarray(0, signature.length).equals(signature)) throw malformed()
  const length = fixedHeader + bytes.readUInt32BE(fixedHeader - 4)
  return bytes.length < length ? undefined : length
}

/** Where the row that begins at `at` ends; `at` itself for the trailer; undefined when it is not all there. */
function rowEnd(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < 2) return undefined
  const fields = bytes.readInt16BE(at)
  if (fields === -1) return at
  if (fields < 0) throw malformed()
  let end = at + 2
  for (let field = 0; field < fields; field++) {
    if (bytes.length - end < 4) return undefined
    const length = bytes.readInt32BE(end)
    if (length < -1) throw malformed()
    end += 4 + Math.max(0, length)
  }
  return end > bytes.length ? undefined : end
}

function readRow(bytes: Buffer, at: number): (Buffer | null)[] {
  const row: (Buffer | null)[] = []
  let from = at + 2
  for (let fields = bytes.readInt16BE(at); fields > 0; fields--) {
    const length = bytes.readInt32BE(from)
    from += 4
    row.push(length === -1 ? null : bytes.subarray(from, from + length))
    from += Math.max(0, length)
  }
  return row
}

function malformed(): StoreError {
  return new StoreError("the database sent rows that are not binary COPY", { temporary: false })
}
