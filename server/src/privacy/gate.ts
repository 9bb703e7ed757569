import type { Clock } from "../ports/clock.ts"
import { type CounterSeries, createMetrics, type Metrics } from "../ports/metrics.ts"
import { type Egress, mintEgress } from "../ports/network/egress.ts"
import type { AccountId } from "../store/index.ts"
import { endPermit, issuePermit, type Permit, PermitError, type Subject } from "./permit.ts"
import type { Personal } from "./personal.ts"
import type { Category } from "./policy/index.ts"
import {
  type FieldOf,
  type Purpose,
  type PurposeThatOpens,
  type PurposeThatTells,
  purposes,
  type Recipient,
  recipients,
} from "./policy/index.ts"

/**
 * The gate, and the one way out. All work on personal data runs inside `gate`, which gives it a permit; what
 * goes to somebody outside goes through `disclose`, or over an Egress of `egressFor`.
 */
export interface Privacy {
  /**
   * Runs `work` with a permit for this purpose about this subject, at once: before `gate` itself returns. The
   * permit ends with the work. Rejects as `work` does.
   */
  gate<const P extends Purpose, T>(
    purpose: P,
    subject: Subject,
    work: (permit: Permit<P>) => Promise<T>,
  ): Promise<T>
  /**
   * Releases a value to a recipient outside: counted, and only what the recipient's entry in the policy lists.
   * Throws PermitError where the permit has ended, EgressError where the agreement has.
   */
  disclose<const R extends Recipient, C extends FieldOf<R>, T>(
    permit: Permit<PurposeThatTells<R> & PurposeThatOpens<C>>,
    recipient: R,
    value: Personal<C, T>,
  ): Promise<Released<T>>
  /** A standing permit for `ports/network` to reach a recipient with fixed fields; it holds as long as the agreement. */
  egressFor<const R extends Recipient>(purpose: PurposeThatTells<R>, recipient: R): Egress
}

export interface Released<T> {
  readonly value: T
  /** For this one release. */
  readonly egress: Egress
}

export interface PrivacyOptions {
  readonly clock: Clock
  readonly metrics?: Metrics
  /** The version of an account's choices, where it is at hand; permits carry it. */
  readonly choiceVersion?: (account: AccountId) => number | undefined
}

export function createPrivacy(options: PrivacyOptions): Privacy {
  const { clock, choiceVersion = () => undefined } = options
  const given = { clock, choiceVersion }
  const disclosed = countDisclosures(options.metrics ?? createMetrics())
  const isAgreed = (recipient: Recipient): boolean => {
    const { until }: { readonly until: number | undefined } = recipients[recipient]
    return until === undefined || clock.now() < until
  }
  return {
    async gate(purpose, subject, work) {
      const permit = issuePermit(purpose, subject, given)
      try {
        return await work(permit)
      } finally {
        endPermit(permit)
      }
    },
    async disclose(permit, recipient, value) {
      requireRecipient(permit.purpose, recipient, value.category)
      const egress = mintEgress(recipient, () => isAgreed(recipient))
      egress.require(recipient)
      const released = value.open(permit)
      disclosed.get(recipient)?.add()
      return { value: released, egress }
    },
    egressFor(purpose, recipient) {
      requireRecipient(purpose, recipient, undefined)
      return mintEgress(recipient, () => isAgreed(recipient))
    },
  }
}

/** The types say it already; this is for what came past them. */
function requireRecipient(purpose: Purpose, recipient: Recipient, category: Category | undefined): void {
  const told: readonly Recipient[] = Object.hasOwn(purposes, purpose) ? purposes[purpose].recipients : []
  const fields: readonly Category[] = recipients[recipient].fields
  if (!told.includes(recipient) || (category !== undefined && !fields.includes(category)))
    throw new PermitError("wrong-recipient", purpose)
}

function countDisclosures(metrics: Metrics): ReadonlyMap<Recipient, CounterSeries> {
  const names = Object.keys(recipients) as Recipient[] // the table's own keys
  const counter = metrics.counter("letterkeep_disclosures_total", "Values released to recipients outside", {
    recipient: names,
  })
  return new Map(names.map(recipient => [recipient, counter.with({ recipient })]))
}
