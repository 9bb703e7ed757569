/**
 * A proof file as it comes off a disk, from anybody, read piece by piece: its shape is checked here and nowhere behind.
 * What it says is checked by check-proof.ts. A file may have any length; in memory are a few of its entries.
 */
import {
  type ProofFile,
  type ProvenEvent,
  proofFormat,
} from "../../../server/src/privacy/ledger/proof-file.ts"
import { createScanner, type Part, ScanError } from "./scan-json.ts"

/** Hashes from a leaf up, in the largest tree there may be. */
const maxPath = 53

/** What the file says before its entries. */
export type ProofHead = Omit<ProofFile, "events" | "locked" | "altered">

export interface ReadEvent {
  readonly event: ProvenEvent
  /** Where it lies: octets from the beginning of the file; `to` is the first that is not its own. */
  readonly from: number
  readonly to: number
}

export type Read =
  /** First, once. */
  | { readonly kind: "head"; readonly head: ProofHead }
  /** In the order of the file. */
  | { readonly kind: "events"; readonly events: readonly ReadEvent[] }
  /** Last, once. */
  | { readonly kind: "end"; readonly locked: number; readonly altered: number }
  /** No proof file, or damaged: nothing follows, and what came before is worth nothing. */
  | { readonly kind: "not-a-proof" }

/** Rejects as reading the octets does. */
export async function* readProofFile(
  octets: AsyncIterable<Uint8Array>,
): AsyncGenerator<Read, undefined, undefined> {
  const scanner = createScanner()
  const fields = new Map<string, unknown>()
  let head: ProofHead | undefined
  try {
    for await (const piece of octets) {
      const events: ReadEvent[] = []
      for (const part of scanner.push(piece)) {
        if (part.kind === "field") fields.set(part.name, parseJson(part.text))
        else {
          if (head === undefined) {
            head = headOf(fields)
            if (head === undefined) return yield { kind: "not-a-proof" }
            yield { kind: "head", head }
          }
          const event = eventOf(part)
          if (event === undefined) return yield { kind: "not-a-proof" }
          events.push({ event, from: part.from, to: part.to })
        }
      }
      if (events.length > 0) yield { kind: "events", events }
    }
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    return yield { kind: "not-a-proof" }
  }
  const [locked, altered] = [fields.get("locked"), fields.get("altered")]
  if (!scanner.isWhole() || !isCount(locked) || !isCount(altered)) return yield { kind: "not-a-proof" }
  if (head === undefined) {
    head = headOf(fields)
    if (head === undefined) return yield { kind: "not-a-proof" }
    yield { kind: "head", head }
  }
  yield { kind: "end", locked, altered }
  return undefined
}

function headOf(fields: ReadonlyMap<string, unknown>): ProofHead | undefined {
  if (fields.get("format") !== proofFormat) return undefined
  const text = (name: string): string | undefined => {
    const value = fields.get(name)
    return isText(value) ? value : undefined
  }
  const [madeAt, address, origin] = [text("madeAt"), text("address"), text("origin")]
  const [verifierKey, checkpoint] = [text("verifierKey"), text("checkpoint")]
  if (madeAt === undefined || address === undefined || origin === undefined) return undefined
  if (verifierKey === undefined || checkpoint === undefined) return undefined
  return { format: proofFormat, madeAt, address, origin, verifierKey, checkpoint }
}

function eventOf(part: Extract<Part, { kind: "element" }>): ProvenEvent | undefined {
  return part.name === "events" ? readEvent(parseJson(part.text)) : undefined
}

export function readEvent(value: unknown): ProvenEvent | undefined {
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
