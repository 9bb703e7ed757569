/**
 * A checkpoint says how large a log is and what its root is (C2SP tlog-checkpoint, "Note text"). It is the text of
 * a signed note, lines that end in a newline each:
 *
 *     origin       not empty
 *     size         decimal, no leading zeros
 *     root         base64, 32 octets
 *     *extension   not empty; what they mean is not ours to know, and we write none
 */
import { fromBase64, toBase64 } from "./base64.ts"
import { isTreeSize } from "./tree-size.ts"

export interface Checkpoint {
  readonly origin: string
  readonly size: number
  /** 32 octets. */
  readonly root: Uint8Array<ArrayBuffer>
}

const rootBytes = 32

export function writeCheckpoint(checkpoint: {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}): string {
  const text = `${checkpoint.origin}\n${checkpoint.size}\n${toBase64(checkpoint.root)}\n`
  if (parseCheckpoint(text) === undefined) throw new RangeError("this is no checkpoint")
  return text
}

/** Reads a note's text, after its signature was verified; undefined when it is no checkpoint. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  if (!text.endsWith("\n")) return undefined
  const [origin, sizeText, rootText, ...extensions] = text.slice(0, -1).split("\n")
  if (origin === undefined || origin === "" || extensions.includes("")) return undefined
  if (sizeText === undefined || !/^(0|[1-9]\d{0,15})$/.test(sizeText)) return undefined
  const size = Number(sizeText)
  const root = rootText === undefined ? undefined : fromBase64(rootText)
  if (!isTreeSize(size) || root?.length !== rootBytes) return undefined
  return { origin, size, root }
}
