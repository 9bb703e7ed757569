import type { Clock } from "../../ports/clock.ts"
import type { Store } from "../../store/index.ts"
import type { Ledger } from "../ledger/contract.ts"
import { canonicalText, maxDocumentBytes, type PolicyDocument, sha256Of } from "./document.ts"

/**
 * Publishes what the policy of this server now says, where that differs from what it last said: a row that never
 * changes, and in the same transaction a leaf of the ledger with its hash. Each start of a server calls it, so a new
 * release and a change of the operator's settings both make a version.
 */
export interface PublishOptions {
  readonly store: Pick<Store, "transaction">
  readonly ledger: Pick<Ledger, "record">
  readonly clock: Clock
}

/** Any number that nothing else locks: nodes that start together publish one after the other. */
const advisoryKey = 4_205_518_009

/** Resolves with whether it was new. */
export async function publishPolicy(options: PublishOptions, document: PolicyDocument): Promise<boolean> {
  const text = canonicalText(document)
  if (Buffer.byteLength(text) > maxDocumentBytes)
    throw new RangeError("the policy is longer than what can be published")
  const sha256 = sha256Of(text)
  return options.store.transaction(async tx => {
    await tx`select pg_advisory_xact_lock(${advisoryKey})`
    const [last] = await tx<{ number: number; sha256: string }[]>`
      select number, sha256 from policy_version order by number desc limit 1`
    if (last?.sha256 === sha256) return false
    const [newest] = await tx<{ edition: number | null }[]>`
      select max(edition) as edition from policy_version where rules = ${document.rules}`
    await tx`
      insert into policy_version (number, rules, edition, canonical, sha256, published_at)
      values (${(last?.number ?? 0) + 1}, ${document.rules}, ${(newest?.edition ?? 0) + 1}, ${text}, ${sha256},
        ${new Date(options.clock.now())})`
    await options.ledger.record(tx, null, { kind: "policy-version", version: document.rules, sha256 })
    return true
  })
}
