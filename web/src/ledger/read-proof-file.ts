/**
 * A proof file as it comes off a disk, from anybody: its shape is checked here and nowhere behind. What it says is
 * checked by check-proof.ts.
 */
import {
  type ProofFile,
  type ProvenEvent,
  proofFormat,
} from "../../../server/src/privacy/ledger/proof-file.ts"

/** A file that is larger was not written by a server for one person: some 40,000 events. */
export const maxFileBytes = 64 * 1024 * 1024
const maxEvents = 100_000
/** Hashes from a leaf up, in the largest tree there may be. */
const maxPath = 53

/** Undefined where the text is no proof file. */
export function readProofFile(text: string): ProofFile | undefined {
  const file = fieldsOf(parseJson(text))
  if (file?.get("format") !== proofFormat) return undefined
  const words = ["madeAt", "address", "origin", "verifierKey", "checkpoint"] as const
  const [madeAt, address, origin, verifierKey, checkpoint] = words.map(name => file.get(name)).filter(isText)
  const locked = file.get("locked")
  const listed = file.get("events")
  if (!Array.isArray(listed) || listed.length > maxEvents || !isCount(locked)) return undefined
  const events = listed.map(readEvent).filter(event => event !== undefined)
  if (madeAt === undefined || address === undefined || origin === undefined) return undefined
  if (verifierKey === undefined || checkpoint === undefined || events.length < listed.length) return undefined
  return { format: proofFormat, madeAt, address, origin, verifierKey, checkpoint, events, locked }
}

function readEvent(value: unknown): ProvenEvent | undefined {
  const event = fieldsOf(value)
  const [leaf, path] = [event?.get("leaf"), event?.get("path")]
  const [data, detail, salt] = ["data", "detail", "salt"].map(name => event?.get(name)).filter(isText)
  if (!isCount(leaf) || data === undefined || detail === undefined || salt === undefined) return undefined
  if (!Array.isArray(path) || path.length > maxPath || !path.every(isText)) return undefined
  return { leaf, data, detail, salt, path }
}

/** The fields of an object; undefined for anything else. */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value))
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON: there is nothing more to be said of it
  }
}

export const isText = (value: unknown): value is string => typeof value === "string"
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
