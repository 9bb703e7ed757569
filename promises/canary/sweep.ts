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
  /** "path: code" of what is there and could not be read: nothing is known of it. */
  readonly unreadable: readonly string[]
}

/** Octets in memory at once. */
const pieceBytes = 1 << 20
/** Enough to see where it comes from. */
const maxFinds = 50

/** Seeks a word, in all its forms, in every file below `folders`; links are followed, each file read once. */
export async function sweepFolders(folders: readonly string[], word: string): Promise<Sweep> {
  const needles = formsOf(word)
  const finds: Find[] = []
  const unreadable: string[] = []
  const seen = new Set<string>()
  let files = 0
  let bytes = 0

  /** A running database removes files under our feet; whatever else keeps us from reading one is told. */
  async function tryTo(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined) throw error
      if (code !== "ENOENT") unreadable.push(`${path}: ${code}`)
    }
  }

  const sweep = (path: string): Promise<void> =>
    tryTo(path, async () => {
      const real = await realpath(path)
      if (seen.has(real)) return
      seen.add(real)
      const found = await stat(real)
      if (found.isDirectory()) {
        for (const name of await readdir(real)) await sweep(join(real, name))
      } else if (found.isFile()) {
        files += 1
        await sweepFile(real, needles, {
          found: (form, at) => finds.length < maxFinds && finds.push({ file: real, at, form }),
          read: count => {
            bytes += count
          },
        })
      }
    })

  for (const folder of folders) await sweep(folder)
  return { finds, files, bytes, unreadable }
}

function codeOf(error: unknown): string | undefined {
  const isFromSystem = error instanceof Error && "code" in error && typeof error.code === "string"
  return isFromSystem ? String(error.code) : undefined
}

interface Hearer {
  found(form: string, at: number): void
  read(octets: number): void
}

/** Reads a file piece by piece, the end of each before the next, so that no cut hides a word. */
async function sweepFile(file: string, needles: readonly Needle[], hearer: Hearer): Promise<void> {
  const handle = await open(file)
  try {
    const scan = createScan(needles, hearer.found)
    const piece = Buffer.allocUnsafe(pieceBytes)
    for (let total = 0; ; ) {
      const { bytesRead } = await handle.read(piece, 0, piece.length, total)
      if (bytesRead === 0) return
      scan(piece.subarray(0, bytesRead))
      hearer.read(bytesRead)
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
