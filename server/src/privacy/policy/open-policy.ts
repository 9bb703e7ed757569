import type { Clock } from "../../ports/clock.ts"
import type { Store } from "../../store/index.ts"
import type { Ledger } from "../ledger/contract.ts"
import type { PolicyFacts } from "./facts.ts"
import type { PolicyInEffect } from "./in-effect.ts"
import { columnsInForce, keepingOf } from "./keeping-in-force.ts"
import { publishPolicy } from "./publish.ts"
import { openPublishedPolicy, type PublishedPolicy } from "./published.ts"
import { type RecordOfProcessing, recordOfProcessing } from "./record.ts"
import { policyVersion } from "./rules.ts"
import type { VersionVaults } from "./version-rows.ts"
import { writeDocument } from "./write-document.ts"

/** What the world may read of this server's policy. */
export interface PublicPolicy extends PublishedPolicy {
  readonly record: RecordOfProcessing
}

export interface OpenPolicyOptions {
  readonly store: Pick<Store, "sql" | "transaction">
  readonly vaults: VersionVaults
  readonly ledger: Pick<Ledger, "record">
  readonly clock: Clock
  readonly facts: PolicyFacts
  /** Hears which version this process works under. */
  readonly inEffect: Pick<PolicyInEffect, "took">
}

/** Writes the policy, publishes it if it is new, and opens all versions to be read. */
export async function openPolicy(options: OpenPolicyOptions): Promise<PublicPolicy> {
  const { store, vaults, clock, facts } = options
  const columns = await columnsInForce(store)
  await publishPolicy(options, writeDocument(policyVersion, facts, keepingOf(columns)))
  return { ...openPublishedPolicy(store, vaults, clock), record: recordOfProcessing(facts, columns) }
}
