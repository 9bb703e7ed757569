import type { Clock } from "../ports/clock.ts"
import type { AccountId } from "../store/index.ts"
import { type Category, categories, type Purpose, purposes } from "./policy/index.ts"

/** Whose data it is. */
export type Subject =
  | { readonly kind: "account"; readonly account: AccountId }
  /** One message, several readers. */
  | { readonly kind: "accounts"; readonly accounts: readonly AccountId[] }
  /** Somebody without an account here, or of whom that is not known yet: a sender, a caller, a machine. */
  | { readonly kind: "stranger" }

/** What the gate knows when it gives a permit. */
export interface GivenAt {
  readonly clock: Clock
  /** Of the account's choices, as far as it is at hand: the gate waits for nothing. */
  readonly choiceVersion: (account: AccountId) => number | undefined
  readonly policyLabel: () => string
}

/** The purposes and what each opens, spelt out, so that a look is one question to a set. */
const opens: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(purposes).map(([purpose, entry]) => {
    const allowed: readonly string[] = entry.categories
    const covered = Object.keys(categories).filter(key =>
      allowed.some(one => key === one || key.startsWith(`${one}.`)),
    )
    return [purpose, new Set(covered)]
  }),
)

export let issuePermit: <P extends Purpose>(purpose: P, subject: Subject, given: GivenAt) => Permit<P>
export let endPermit: (permit: Permit<Purpose>) => void

/**
 * Leave to open personal data for one purpose, about one subject, for the length of one piece of work. Only
 * `gate` gives one; it ends when the work does, at its expiry at the latest.
 */
export class Permit<P extends Purpose> {
  readonly purpose: P
  readonly subject: Subject
  /** The label of the version in effect: "1.2". */
  readonly policyVersion: string
  /** Of the choices that the subject had made; undefined where that is not one account, or was not at hand. */
  readonly choiceVersion: number | undefined
  /** Milliseconds since 1970. */
  readonly expires: number
  readonly #clock: Clock
  readonly #opens: ReadonlySet<string>
  #ended = false

  private constructor(purpose: P, subject: Subject, { clock, choiceVersion, policyLabel }: GivenAt) {
    const allowed = opens.get(purpose)
    if (allowed === undefined) throw new PermitError("unknown-purpose", purpose)
    this.purpose = purpose
    this.subject = subject
    this.policyVersion = policyLabel()
    this.choiceVersion = subject.kind === "account" ? choiceVersion(subject.account) : undefined
    this.expires = clock.now() + purposes[purpose].permitLasts
    this.#clock = clock
    this.#opens = allowed
  }

  static {
    issuePermit = (purpose, subject, given) => new Permit(purpose, subject, given)
    endPermit = permit => {
      permit.#ended = true
    }
  }

  /** Throws PermitError unless this permit holds. */
  require(): void {
    if (this.#ended) throw new PermitError("ended", this.purpose)
    if (this.#clock.now() >= this.expires) throw new PermitError("expired", this.purpose)
  }

  /** Throws PermitError unless this permit holds and opens the category, and is about whose value it is, where that is known. */
  requireFor(category: Category, whose: AccountId | undefined): void {
    if (!this.#opens.has(category)) throw new PermitError("wrong-category", this.purpose)
    if (whose !== undefined && !isAbout(this.subject, whose))
      throw new PermitError("wrong-subject", this.purpose)
    this.require()
  }
}

function isAbout(subject: Subject, account: AccountId): boolean {
  switch (subject.kind) {
    case "account":
      return subject.account === account
    case "accounts":
      return subject.accounts.includes(account)
    case "stranger":
      return false
  }
}

/** Code used a permit that it should not have had any more, or not for this: a mistake of ours, never an outcome. */
export class PermitError extends Error {
  override readonly name = "PermitError"
  readonly temporary = false
  readonly why:
    | "unknown-purpose"
    | "ended"
    | "expired"
    | "wrong-category"
    | "wrong-subject"
    | "wrong-recipient"

  constructor(why: PermitError["why"], purpose: string) {
    super(`permit for ${purpose}: ${why}`)
    this.why = why
  }
}
