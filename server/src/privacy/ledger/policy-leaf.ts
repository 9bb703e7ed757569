/**
 * Versions of the policy are leaves, so that a text which was in force cannot be changed afterwards unseen. At start,
 * each node writes the version that it runs by, once for all nodes and starts.
 */
import type { Log } from "../../ports/log.ts"
import type { Store } from "../../store/index.ts"
import type { Recorder } from "./record.ts"

export interface PolicyText {
  readonly version: number
  /** 32 octets, over the text of that version. */
  readonly sha256: Uint8Array
}

/** A version whose text is another than the ledger has is written too, and said: the ledger then shows both. */
export async function recordPolicy(
  { store, ledger, log }: { readonly store: Store; readonly ledger: Recorder; readonly log: Log },
  { version, sha256 }: PolicyText,
): Promise<void> {
  await store.transaction(async tx => {
    const hash = Buffer.from(sha256)
    const written = await tx`
      insert into ledger_policy (version, sha256) values (${version}, ${hash}) on conflict do nothing returning version`
    if (written.length === 0) return
    const others = await tx`select from ledger_policy where version = ${version} and sha256 <> ${hash}`
    if (others.length > 0) log.event("ledger.policy-changed", { version })
    await ledger.record(tx, null, { kind: "policy-version", version, sha256: hash.toString("hex") })
  })
}
