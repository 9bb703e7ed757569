/**
 * The hands of those who run the server. What is a person's is shown to them for a stated reason only, for one
 * answer, and the person sees that they looked: the ledger has it, and the person's inbox tells it, both durable
 * before the answer. There is no access that lasts: each answer asks for its own.
 *
 *     const shown = await staff.look({ command: "account show", reason, accounts, categories }, permit => …)
 *
 * What fails on the way (the ledger, the message) shows nothing.
 */
import type { Clock } from "../../ports/clock.ts"
import type { AccountId, Store } from "../../store/index.ts"
import type { Privacy } from "../gate.ts"
import type { Ledger } from "../ledger/contract.ts"
import type { Permit } from "../permit.ts"
import type { SupportCategory } from "../policy/registry.ts"
import type { Reason } from "./reason.ts"
import { createTold } from "./told.ts"

/** People that one answer may show. */
export const LOOK_LIMIT = 100

export interface Look {
  /** As it is typed after `./letterkeep`. */
  readonly command: string
  readonly reason: Reason
  readonly accounts: readonly AccountId[]
  /** What is shown. */
  readonly categories: readonly SupportCategory[]
  /** `after`: where the person can read only what is sealed after the work, as with a new key. */
  readonly tell?: "before" | "after"
}

/** What a person is told of a look. */
export interface Looked extends Pick<Look, "command" | "reason" | "categories"> {
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface StaffAccess {
  /**
   * Gives what `work` gives. Throws RangeError for more than LOOK_LIMIT people; rejects as the ledger, `tell` and
   * `work` do, and with a PermitError where it took longer than a look may last.
   */
  look<T>(look: Look, work: (permit: Permit<"account.support">) => Promise<T>): Promise<T>
}

export interface StaffParts {
  readonly privacy: Pick<Privacy, "gate">
  readonly store: Pick<Store, "transaction">
  readonly ledger: Pick<Ledger, "record">
  readonly clock: Clock
  /** Resolves when the message is kept in the person's inbox. */
  readonly tell: (account: AccountId, looked: Looked) => Promise<void>
}

export function createStaffAccess(parts: StaffParts): StaffAccess {
  const { privacy, store, ledger, clock } = parts
  const told = createTold(clock)

  const record = ({ command, reason, accounts, categories }: Look): Promise<void> =>
    store.transaction(async tx => {
      for (const account of accounts)
        await ledger.record(tx, account, { kind: "staff-access", command, reason, categories })
    })
  async function tell({ command, reason, accounts, categories }: Look): Promise<void> {
    const looked = { command, reason, categories, at: clock.now() }
    await Promise.all(accounts.map(account => told.once(account, command, () => parts.tell(account, looked))))
  }

  return {
    async look(look, work) {
      const { accounts, tell: when = "before" } = look
      if (accounts.length > LOOK_LIMIT) throw new RangeError(`a look is at ${LOOK_LIMIT} people at most`)
      return await privacy.gate("account.support", { kind: "accounts", accounts }, async permit => {
        await record(look)
        if (when === "before") await tell(look)
        permit.require()
        const shown = await work(permit)
        if (when === "after") await tell(look)
        permit.require()
        return shown
      })
    },
  }
}
