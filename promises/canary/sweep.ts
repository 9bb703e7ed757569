import { open, readdir, realpath, stat } from "node:fs/promises"
import { join } from "node:path"
import { formsOf, type Needle } from "./forms.ts"

/** Where a word was found. */
export interface Find {
  readonly file: string
  readonly at: number
  readonly form: string
}

/** What a sweep saw: a sweep that read nothing proves nothing. */
export interface Sweep {
  readonly finds: readonly Find[]
  readonly files: number
  readonly bytes: number
}

/** Octets in memory at once. */
const pieceBytes = 1 << 20
/** Enough to see where it comes from. */
const maxFinds = 50

/** Seeks a word, in all its forms, in every file below `folders`; links are followed, each file read once. */
export async function sweepFolders(folders: readonly string[], word: string): Promise<Sweep> {
  const needles = formsOf(word)
  const finds: Find[] = []
  const seen = new Set<string>()
  let files = 0
  let bytes = 0
  for (const folder of folders) {
    for await (const file of filesBelow(folder, seen)) {
      files += 1
      bytes += await sweepFile(file, needles, find => {
        if (finds.length < maxFinds) finds.push(find)
      })
    }
  }
  return { finds, files, bytes }
}

async function* filesBelow(path: string, seen: Set<string>): AsyncGenerator<string> {
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined || seen.has(real)) return
  seen.add(real)
  const found = await stat(real).catch(() => undefined)
  if (found?.isDirectory() === true) {
    for (const name of await readdir(real)) yield* filesBelow(join(real, name), seen)
  } else if (found?.isFile() === true) yield real
}

/** Reads a file piece by piece, the end of each before the next, so that no cut hides a word. */
async function sweepFile(
  file: string,
  needles: readonly Needle[],
  found: (find: Find) => void,
): Promise<number> {
  // a running database removes files under our feet
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return 0
  try {
    const scan = createScan(needles, (form, at) => found({ file, at, form }))
    const piece = Buffer.allocUnsafe(pieceBytes)
    let total = 0
    for (;;) {
      const { bytesRead } = await handle.read(piece, 0, piece.length, total)
      if (bytesRead === 0) return total
      scan(piece.subarray(0, bytesRead))
      total += bytesRead
    }
  } finally {
    await handle.close()
  }
}

/** Seeks needles in a stream of pieces; `found` is told each one once, with its offset in the stream. */
export function createScan(
  needles: readonly Needle[],
  found: (form: string, at: number) => void,
): (piece: Uint8Array) => void {
  const overlap = Math.max(...needles.map(needle => needle.bytes.length)) - 1
  let tail: Buffer = Buffer.alloc(0)
  let start = 0
  return piece => {
    const window = Buffer.concat([tail, piece])
    for (const { form, bytes } of needles) {
      // what lies wholly in the tail was told with the piece before
      const from = Math.max(0, tail.length - bytes.length + 1)
      for (let at = window.indexOf(bytes, from); at >= 0; at = window.indexOf(bytes, at + 1)) {
        found(form, start + at)
      }
    }
    tail = Buffer.from(window.subarray(Math.max(0, window.length - overlap)))
    start += window.length - tail.length
  }
}
