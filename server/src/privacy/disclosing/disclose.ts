import type { Clock } from "../../ports/clock.ts"
import { type Log, own } from "../../ports/log.ts"
import { type CounterSeries, createMetrics, type Metrics } from "../../ports/metrics.ts"
import { type Egress, EgressError, mintEgress } from "../../ports/network/egress.ts"
import type { AccountId } from "../../store/index.ts"
import type { Choices } from "../choices/contract.ts"
import type { Ledger } from "../ledger/contract.ts"
import { type Permit, PermitError, type Subject } from "../permit.ts"
import type { Personal } from "../personal.ts"
import type {
  Category,
  FieldOf,
  Purpose,
  PurposeThatOpens,
  PurposeThatTells,
  Recipient,
} from "../policy/index.ts"
import {
  type Agreement,
  declaredFor,
  type InForce,
  isRecipient,
  type NotAgreed,
  whyNotAgreed,
} from "./agreement.ts"
import { recipientNames } from "./facts.ts"
import { type Handling, handling, needsConsent } from "./handling.ts"
import { createReservations } from "./reservations.ts"

/**
 * The one way out. A value goes to somebody outside for a purpose that the policy lets tell them, under an agreement
 * that stands, with the fields that both list, with the person's leave where it takes that; and the ledger has it,
 * durably, before it is released.
 */
export interface Disclosing {
  /**
   * Releases a value to a recipient outside. Throws PermitError where the policy or the permit does not allow it,
   * ConsentError where the person has not, EgressError where no agreement stands or the ledger cannot be written.
   */
  disclose<const R extends Recipient, C extends FieldOf<R>, T>(
    permit: Permit<PurposeThatTells<R> & PurposeThatOpens<C>>,
    recipient: R,
    value: Personal<C, T>,
  ): Promise<Released<T>>
  /**
   * A standing permit for `ports/network` to send a recipient values made of these fields, where the ledger reserves
   * its values together. At each use all of them must be agreed: before the ledger is written, and again after.
   * Throws PermitError for any other recipient, and for a field that the policy does not declare.
   */
  egressFor<const R extends Recipient>(
    purpose: PurposeThatTells<R>,
    recipient: R,
    fields: SomeOf<FieldOf<R>>,
  ): Egress
}

export interface Released<T> {
  readonly value: T
  /** For this one release. */
  readonly egress: Egress
}

type SomeOf<T> = readonly [T, ...T[]]

/** The person has not said that their addresses and numbers may go there. */
export class ConsentError extends Error {
  override readonly name = "ConsentError"
  readonly temporary = false

  constructor(recipient: Recipient) {
    super(`the person has not allowed that ${recipient} gets this`)
  }
}

export interface DisclosingParts {
  readonly agreements: { inForce(recipient: Recipient): InForce }
  readonly ledger: Pick<Ledger, "recordNow">
  readonly choices: Pick<Choices, "now">
  readonly clock: Clock
  readonly log: Log
  readonly metrics?: Metrics
  /** The policy's own unless a test declares more. */
  readonly declared?: (recipient: Recipient) => Pick<Agreement, "purposes" | "fields">
  readonly handling?: Readonly<Record<Recipient, Handling>>
}

/** Milliseconds in which the log says of one recipient only once that nothing goes there. */
const quietFor = 60_000

export function createDisclosing(parts: DisclosingParts): Disclosing {
  const { agreements, ledger, choices, clock } = parts
  const declared = parts.declared ?? declaredFor
  const handled = parts.handling ?? handling
  const reservations = createReservations(ledger, clock)
  const counters = countDisclosures(parts.metrics ?? createMetrics())
  const saidAt = new Map<Recipient, number>()

  const stopped = (recipient: Recipient, purpose: Purpose, why: NotAgreed | "not-written"): void => {
    const last = saidAt.get(recipient)
    if (last !== undefined && clock.now() - last < quietFor) return
    saidAt.set(recipient, clock.now())
    parts.log.event("recipients.stopped", { recipient: own(recipient), purpose: own(purpose), why })
  }
  /** The types say it already; this is for what came past them. */
  const requireDeclared = (purpose: Purpose, recipient: Recipient, fields: readonly Category[]): void => {
    const most = isRecipient(recipient) ? declared(recipient) : undefined
    if (most?.purposes.includes(purpose) !== true) throw new PermitError("wrong-recipient", purpose)
    if (fields.length === 0 || !fields.every(field => most.fields.includes(field)))
      throw new PermitError("wrong-recipient", purpose)
  }
  /** Returns all that is agreed now, which these are part of. */
  const requireAgreed = (
    purpose: Purpose,
    recipient: Recipient,
    fields: SomeOf<Category>,
  ): readonly Category[] => {
    const agreement = agreements.inForce(recipient)
    for (const category of fields) {
      const why = whyNotAgreed(agreement, { purpose, category }, clock.now())
      if (why === undefined) continue
      stopped(recipient, purpose, why)
      throw new EgressError(recipient, "not-agreed")
    }
    return agreement === undefined || agreement === "broken" ? [] : agreement.fields
  }
  const requireConsent = async (
    subject: Subject,
    recipient: Recipient,
    category: Category,
  ): Promise<void> => {
    const how = handled[recipient]
    if (!needsConsent(category, how)) return
    const { consent } = how
    if (consent === undefined || subject.kind !== "account") throw new ConsentError(recipient)
    if ((await choices.now(subject.account, consent)) !== "yes") throw new ConsentError(recipient)
  }
  /** Durable when it resolves. */
  const written = async (
    purpose: Purpose,
    recipient: Recipient,
    write: () => Promise<void>,
  ): Promise<void> => {
    try {
      await write()
    } catch (cause) {
      if (cause instanceof EgressError) throw cause
      stopped(recipient, purpose, "not-written")
      throw new EgressError(recipient, "not-written", { cause })
    }
  }
  /** The ledger says all that is agreed, and so never less than what these values are. */
  const reserve = (purpose: Purpose, recipient: Recipient, fields: SomeOf<Category>): Promise<void> =>
    written(purpose, recipient, () =>
      reservations.take(purpose, recipient, () => requireAgreed(purpose, recipient, fields)),
    )
  const writeEach = async (
    purpose: Purpose,
    recipient: Recipient,
    subject: Subject,
    category: Category,
  ): Promise<void> => {
    const event = { kind: "disclosure", purpose, recipient, categories: [category], count: 1 } as const
    await written(purpose, recipient, async () => {
      for (const account of accountsOf(subject)) await ledger.recordNow(account, event)
    })
  }

  return {
    async disclose(permit, recipient, value) {
      const { purpose, subject } = permit
      const { category } = value
      requireDeclared(purpose, recipient, [category])
      // else the loop over its accounts would write nothing, and the value would go unwritten
      if (accountsOf(subject).length === 0) throw new PermitError("wrong-subject", purpose)
      requireAgreed(purpose, recipient, [category])
      const released = value.open(permit)
      await requireConsent(subject, recipient, category)
      const isEach = handled[recipient].ledger === "each"
      if (isEach) await writeEach(purpose, recipient, subject, category)
      counters.get(recipient)?.add()
      let left = 1
      const egress = mintEgress(recipient, async () => {
        if (left === 0) throw new EgressError(recipient, "spent")
        left -= 1
        if (isEach) requireAgreed(purpose, recipient, [category])
        else await reserve(purpose, recipient, [category])
      })
      return { value: released, egress }
    },
    egressFor(purpose, recipient, fields) {
      requireDeclared(purpose, recipient, fields)
      if (handled[recipient].ledger !== "together") throw new PermitError("wrong-recipient", purpose)
      return mintEgress(recipient, () => reserve(purpose, recipient, fields))
    },
  }
}

/** Whom the ledger tells it: what is about nobody with an account is there for everybody to read. */
function accountsOf(subject: Subject): readonly (AccountId | null)[] {
  switch (subject.kind) {
    case "account":
      return [subject.account]
    case "accounts":
      return subject.accounts
    case "stranger":
      return [null]
  }
}

function countDisclosures(metrics: Metrics): ReadonlyMap<Recipient, CounterSeries> {
  const counter = metrics.counter("letterkeep_disclosures_total", "Values released to recipients outside", {
    recipient: recipientNames,
  })
  return new Map(recipientNames.map(recipient => [recipient, counter.with({ recipient })]))
}

/** Tells nobody anything: for where no register and no ledger is. */
export const toldToNobody: Disclosing = {
  async disclose(_permit, recipient) {
    throw new EgressError(recipient, "not-agreed")
  },
  egressFor: (_purpose, recipient) =>
    mintEgress(recipient, async () => {
      throw new EgressError(recipient, "not-agreed")
    }),
}
