/**
 * A witness of a log: somebody outside who reads its public path alone and keeps what was seen. Each look checks the
 * signature, that the log still holds every leaf that was there before, that the entries are what their hashes say,
 * and that all together have the root that was signed, by two ways that share no code: hashed plainly from the
 * leaves, and by proofs from the upper tiles.
 */
import {
  consistencyProof,
  nodesFromTiles,
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  rootOf,
  type Verifier,
  verifyConsistency,
} from "@letterkeep/tlog"
import { leafHash, plainRoot } from "./plain-tree.ts"
import type { PublicLog } from "./public-log.ts"
import { type Change, whatChanged } from "./what-changed.ts"

export type Look =
  | {
      readonly kind: "honest"
      readonly size: number
      readonly root: string
      readonly entries: readonly Uint8Array[]
    }
  | { readonly kind: "broken"; readonly how: Breach; readonly said: string }

export type Breach =
  /** The checkpoint is not signed by the key that the witness knows, or is none. */
  | "not-signed"
  /** Two checkpoints of one size have different roots: two histories are told. */
  | "forked"
  /** What is served is not what the checkpoint says: an entry, a hash or a tile is missing or another. */
  | "not-as-signed"
  /** The newer checkpoint is signed, and holds another past than the older one. */
  | Exclude<Change, "grown">

/** Most leaves that a witness of ours follows: 3.2 MB of hashes. */
const maxLeaves = 100_000
const tileWidth = 256

export interface Witness {
  /** `elsewhere`: the same log at another address, after a restart or as others see it. */
  look(elsewhere?: PublicLog): Promise<Look>
}

interface Seen {
  readonly size: number
  readonly root: Buffer
  readonly hashes: readonly Buffer[]
}

class BreachError extends Error {
  override readonly name = "BreachError"
  readonly how: Breach
  constructor(how: Breach, said: string) {
    super(said)
    this.how = how
  }
}

/** `verifierKey`: as the operator published it; `name+hash+base64`. */
export function createWitness(home: PublicLog, verifierKey: string): Witness {
  const verifier = parseVerifierKey(verifierKey)
  if (verifier === undefined) throw new Error("the verifier key is malformed")
  let seen: Seen = { size: 0, root: plainRoot([]), hashes: [] }
  return {
    async look(log = home) {
      try {
        const { size, root } = headOf(await log.checkpoint(), verifier)
        refuseOtherPast(seen, size, root)
        const entries = await readEntries(log, size)
        const hashes = entries.map(leafHash)
        await compareWithTiles(log, hashes)
        refuseChange(seen, hashes, root)
        await followProofs(log, seen, { size, root, hashes })
        seen = { size, root, hashes }
        return { kind: "honest", size, root: root.toString("hex"), entries }
      } catch (error) {
        if (!(error instanceof BreachError)) throw error
        return { kind: "broken", how: error.how, said: error.message }
      }
    },
  }
}

function headOf(note: Buffer | undefined, verifier: Verifier): { size: number; root: Buffer } {
  if (note === undefined) return { size: 0, root: plainRoot([]) }
  const opened = openNote(note, [verifier])
  if (opened.kind === "refused") throw new BreachError("not-signed", `the checkpoint's note: ${opened.why}`)
  const checkpoint = parseCheckpoint(opened.text)
  if (checkpoint === undefined) throw new BreachError("not-signed", "what is signed is no checkpoint")
  if (checkpoint.origin !== verifier.name)
    throw new BreachError("not-signed", `the checkpoint is of ${checkpoint.origin}, not of ${verifier.name}`)
  if (checkpoint.size > maxLeaves) throw new Error(`this witness follows logs up to ${maxLeaves} leaves`)
  return { size: checkpoint.size, root: Buffer.from(checkpoint.root) }
}

function refuseOtherPast(seen: Seen, size: number, root: Buffer): void {
  if (size < seen.size)
    throw new BreachError("rolled-back", `the log had ${seen.size} leaves and now says that it has ${size}`)
  if (size === seen.size && !root.equals(seen.root))
    throw new BreachError("forked", `two checkpoints of ${size} leaves have different roots`)
}

async function readEntries(log: PublicLog, size: number): Promise<readonly Uint8Array[]> {
  const entries: Uint8Array[] = []
  while (entries.length < size) {
    const index = entries.length / tileWidth
    const width = Math.min(tileWidth, size - entries.length)
    const bundle = await log.entries(index, width)
    if (bundle === undefined)
      throw new BreachError("not-as-signed", `bundle ${index} does not have its ${width} entries`)
    entries.push(...bundle)
  }
  return entries
}

async function compareWithTiles(log: PublicLog, hashes: readonly Buffer[]): Promise<void> {
  for (let at = 0; at < hashes.length; at += tileWidth) {
    const own = hashes.slice(at, at + tileWidth)
    const served = await log.leafHashes(at / tileWidth, own.length)
    const other = served === undefined ? 0 : own.findIndex((hash, index) => !served[index]?.equals(hash))
    if (other >= 0) throw new BreachError("not-as-signed", `leaf ${at + other} is not what its hash says`)
  }
}

/** The root that was signed is that of the leaves, and they begin with those that were there before. */
function refuseChange(seen: Seen, hashes: readonly Buffer[], root: Buffer): void {
  const isSigned = plainRoot(hashes).equals(root)
  const change = whatChanged(seen.hashes, hashes)
  if (!isSigned)
    throw new BreachError("not-as-signed", `the leaves have another root than was signed (${change})`)
  if (change !== "grown") throw new BreachError(change, `leaves that were there before have been ${change}`)
}

/** The same again as one does who keeps no leaves: by the upper tiles and the proofs that they give. */
async function followProofs(log: PublicLog, seen: Seen, now: Seen): Promise<void> {
  const read = nodesFromTiles(now.size, async tiles => {
    const contents: Buffer[] = []
    for (const { level, index, width } of tiles) {
      const hashes = await log.tile(level, index, width) // one at a time: a server is asked gently
      if (hashes === undefined)
        throw new BreachError("not-as-signed", `tile ${level}/${index} is not there in its ${width} hashes`)
      contents.push(hashes)
    }
    return contents
  })
  if (!now.root.equals(await rootOf(now.size, read)))
    throw new BreachError("not-as-signed", "the tiles have another root than was signed")
  const proof = await consistencyProof(seen.size, now.size, read)
  const claim = { from: seen.size, fromRoot: seen.root, to: now.size, toRoot: now.root, proof }
  if (!verifyConsistency(claim))
    throw new BreachError("not-as-signed", "the tiles prove no growth from before")
}
