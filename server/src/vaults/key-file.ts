/**
 * The key file: the one state outside Postgres. JSON, mode 0600, the same on every node. Without it nothing in
 * the database opens, so it is never made anew for a database that already has one.
 *
 *     { "format": 1, "id": uuid, "madeAt": ISO time,
 *       "keys": { "server": key, "hash": key, "mac": key,       32 bytes each, base64
 *                 "ledger": key },                               an Ed25519 seed; see claim-ledger-key.ts
 *       "epochs": { "1": key, … },                               ended ones are gone
 *       "begun": { "1": ISO time, … },                           of each epoch in the file: see epoch-ages.ts
 *       "deletions": [] }
 *
 * It is written whole or not at all: see ports/write-whole.ts.
 */
import { constants } from "node:fs"
import { mkdir, open } from "node:fs/promises"
import { dirname } from "node:path"
import { z } from "zod"
import type { Chance } from "../ports/chance.ts"
import { writeWhole } from "../ports/write-whole.ts"
import { AES_KEY_BYTES } from "./aead.ts"
import { KeyFileError } from "./key-file-error.ts"

const FORMAT = 1
/** A larger file is not a key file: two years of weekly epochs are under 8 KB. */
const MAX_BYTES = 4 * 1024 * 1024

const key = z.base64().refine(text => Buffer.from(text, "base64").length === AES_KEY_BYTES, "not 32 bytes")
const epoch = z.string().regex(/^[1-9]\d{0,8}$/)
const shape = z.strictObject({
  format: z.literal(FORMAT),
  id: z.uuid(),
  madeAt: z.iso.datetime(),
  keys: z.strictObject({ server: key, hash: key, mac: key, ledger: key.optional() }),
  epochs: z.record(epoch, key),
  begun: z.record(epoch, z.iso.datetime()),
  deletions: z.array(z.never()),
})

export type KeyFile = Readonly<z.infer<typeof shape>>

export function makeKeyFile(chance: Chance, id: string, now: number): KeyFile {
  const madeAt = new Date(now).toISOString()
  return {
    format: FORMAT,
    id,
    madeAt,
    keys: {
      server: newKey(chance),
      hash: newKey(chance),
      mac: newKey(chance),
      ledger: newKey(chance),
    },
    epochs: { "1": newKey(chance) },
    begun: { "1": madeAt },
    deletions: [],
  }
}

export function newKey(chance: Chance): string {
  return chance.bytes(AES_KEY_BYTES).toString("base64")
}

/** The file's content, or undefined when there is no such file. Anything else wrong is a KeyFileError. */
export async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  const handle = await open(path, constants.O_RDONLY).catch((cause: unknown) => {
    if (isMissing(cause)) return undefined
    throw new KeyFileError(`The key file ${path} cannot be read.`, { cause })
  })
  if (handle === undefined) return undefined
  try {
    const { mode, size } = await handle.stat()
    if ((mode & 0o077) !== 0)
      throw new KeyFileError(`The key file ${path} can be read by others. Run: chmod 600 ${path}`)
    if (size > MAX_BYTES) throw new KeyFileError(`The key file ${path} is too large to be one of ours.`)
    return parse(path, await handle.readFile("utf8"))
  } finally {
    await handle.close()
  }
}

/** Replaces the file, or makes it, under the lock. Durable once it resolves. */
export async function writeKeyFile(path: string, content: KeyFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeWhole(path, `${JSON.stringify(content, null, 2)}\n`)
}

// What the parsers say is not passed on: both quote what they choke on.
function parse(path: string, text: string): KeyFile {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw new KeyFileError(`The key file ${path} is not whole: it is no JSON. Put back its copy.`)
  }
  const read = shape.safeParse(content)
  if (read.success) return read.data
  const where = read.error.issues.map(issue => issue.path.join(".") || "(top)").join(", ")
  throw new KeyFileError(`The key file ${path} has something wrong at: ${where}. Put back its copy.`)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}
