/** Checks a proof file from its first octet to its last, a few entries at a time, however long it is. */
import type { ProvenEvent } from "../../../server/src/privacy/ledger/proof-file.ts"
import {
  checkHead,
  createEventChecker,
  type EventChecker,
  type EventVerdict,
  type KeyVerdict,
  type Refusal,
} from "./check-proof.ts"
import { createEntries, type Entries, type GrowingEntries } from "./entries.ts"
import { type ProofHead, type ReadEvent, readProofFile } from "./read-proof-file.ts"

export type FileVerdict =
  | CheckedFile
  /** Nothing that the file says is worth anything. */
  | { readonly kind: "refused"; readonly why: Refusal | "not-a-proof" }
  /** Nobody waits for it any more. */
  | { readonly kind: "given-up" }

export interface CheckedFile {
  readonly kind: "checked"
  readonly head: ProofHead
  readonly key: KeyVerdict
  /** Entries of the whole ledger. */
  readonly size: number
  /** Events about the person that the sign-in did not open. */
  readonly locked: number
  /** Events about the person of which the server itself found that they were changed, or gone. */
  readonly altered: number
  readonly entries: Entries
  /** The first that did not pass, MOST_WRONG at most, in their order. */
  readonly wrong: readonly WrongEntry[]
  readonly checker: EventChecker
}

export interface WrongEntry {
  readonly event: ProvenEvent
  readonly verdict: EventVerdict
}

export const MOST_WRONG = 100

export interface Watch {
  /** Octets of the file that are done. */
  onRead(octets: number): void
  isWanted(): boolean
}

/** `knownKey`: the server's verifier key as the page has it; empty where it has none. Rejects where it cannot be read. */
export async function checkFile(file: Blob, knownKey: string, watch: Watch): Promise<FileVerdict> {
  const entries = createEntries()
  const wrong: WrongEntry[] = []
  let begun: Pick<CheckedFile, "head" | "key" | "size" | "checker"> | undefined
  for await (const read of readProofFile(octetsOf(file, watch))) {
    if (!watch.isWanted()) return { kind: "given-up" }
    switch (read.kind) {
      case "not-a-proof":
        return { kind: "refused", why: "not-a-proof" }
      case "head": {
        const signed = await checkHead(read.head, knownKey)
        if (signed.kind === "refused") return signed
        const { checkpoint, key } = signed
        begun = { head: read.head, key, size: checkpoint.size, checker: createEventChecker(checkpoint) }
        break
      }
      case "events":
        if (begun !== undefined) await checkSome(read.events, begun.checker, entries, wrong)
        break
      case "end":
        if (begun !== undefined) {
          const { locked, altered } = read
          return { kind: "checked", ...begun, locked, altered, entries, wrong }
        }
    }
  }
  return { kind: "refused", why: "not-a-proof" }
}

async function checkSome(
  events: readonly ReadEvent[],
  checker: EventChecker,
  entries: GrowingEntries,
  wrong: WrongEntry[],
): Promise<void> {
  const verdicts = await checker.check(events.map(one => one.event))
  events.forEach((read, at) => {
    const verdict = verdicts[at]
    if (verdict === undefined) throw new Error("an entry has no verdict")
    entries.add(read, verdict)
    if (verdict.kind === "wrong" && wrong.length < MOST_WRONG) wrong.push({ event: read.event, verdict })
  })
}

/** What the browser gives at a time, some 64 KB. */
async function* octetsOf(file: Blob, watch: Watch): AsyncGenerator<Uint8Array, undefined> {
  const reader = file.stream().getReader()
  let done = 0
  try {
    for (;;) {
      const { value } = await reader.read()
      if (value === undefined) return undefined
      yield value
      done += value.length
      watch.onRead(done)
    }
  } finally {
    await reader.cancel()
  }
}
