import { inspect } from "node:util"
import type { AccountId } from "../store/index.ts"
import type { Permit } from "./permit.ts"
import type { Category, PurposeThatOpens } from "./policy/index.ts"

/**
 * A value that is somebody's: to see it, code needs a permit whose purpose the policy lets see its category;
 * otherwise it does not compile. Where the value knows whose it is, the permit must be about that account, which
 * shows at run time. It cannot slip out by the way: not into JSON, a string, a log or a clone.
 */
export class Personal<C extends Category, T> {
  readonly category: C
  readonly #value: T
  /** The account that it belongs to, where that is known. */
  readonly whose: AccountId | undefined

  constructor(category: C, value: T, whose: AccountId | undefined) {
    this.category = category
    this.#value = value
    this.whose = whose
  }

  /**
   * Throws PermitError where the permit has ended, or is about somebody else. The value must not outlive the work
   * that the permit is for.
   */
  open(permit: Permit<PurposeThatOpens<C>>): T {
    permit.requireFor(this.category, this.whose)
    return this.#value
  }

  toJSON(): never {
    throw new PersonalLeakError(this.category)
  }

  toString(): never {
    throw new PersonalLeakError(this.category)
  }

  [Symbol.toPrimitive](): never {
    throw new PersonalLeakError(this.category)
  }

  /** What a debugger's print or a failed assertion shows: the category alone. */
  [inspect.custom](): string {
    return `Personal<${this.category}>`
  }
}

/** Marks a value as personal, where it comes in; `whose`: the account that it belongs to, where that is known. */
export function personal<const C extends Category, T>(
  category: C,
  value: T,
  whose?: AccountId,
): Personal<C, T> {
  return new Personal(category, value, whose)
}

/** Personal data was about to become text. */
export class PersonalLeakError extends Error {
  override readonly name = "PersonalLeakError"
  readonly temporary = false

  constructor(category: Category) {
    super(`${category} is personal: open it with a permit`)
  }
}
