/**
 * The hands of those who run the server. What is a person's is shown only to whoever is bound by an agreement (see
 * register.ts), for a stated reason, for one answer, and the person sees who looked, and why: the ledger has it, and the person's inbox tells it, both durable
 * before the answer. There is no access that lasts: each answer asks for its own.
 *
 *     const shown = await staff.look({ command: "account show", reason, by, accounts, categories }, permit => …)
 *
 * What fails on the way (the ledger, the message) shows nothing, and neither does an agreement that ended meanwhile. An act that makes the very key that the person will
 * read with writes its look itself, in its own transaction: `act`. Once that has been committed its answer is given
 * in any case, since nothing else has it: whether the person could be told is part of the answer.
 */
import type { Clock } from "../../ports/clock.ts"
import { failure, type Log } from "../../ports/log.ts"
import type { AccountId, Store, Tx } from "../../store/index.ts"
import type { Privacy } from "../gate.ts"
import type { Ledger } from "../ledger/contract.ts"
import type { Permit } from "../permit.ts"
import type { SupportCategory } from "../policy/registry.ts"
import type { Reason } from "./reason.ts"
import type { Bound, StaffRegister } from "./register.ts"
import { createTold } from "./told.ts"

/** People that one answer may show. */
export const LOOK_LIMIT = 100

export interface Look {
  /** As it is typed after `./letterkeep`. */
  readonly command: string
  readonly reason: Reason
  /** Who looks. */
  readonly by: Bound
  readonly accounts: readonly AccountId[]
  /** What is shown. */
  readonly categories: readonly SupportCategory[]
}

/** What a person is told of a look. */
export interface Looked extends Pick<Look, "command" | "reason" | "by" | "categories"> {
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What an act gave. Where `isTold` is false the ledger alone has it: the message could not be kept, the log says why. */
export interface Acted<T> {
  readonly answer: T
  readonly isTold: boolean
}

export interface StaffAccess {
  /**
   * Gives what `work` gives. Throws RangeError for more than LOOK_LIMIT people; rejects as the ledger, `tell` and
   * `work` do, with a PermitError where it took longer than a look may last, and with a NoLongerBoundError where the
   * agreement of who looks ended before the answer.
   */
  look<T>(look: Look, work: (permit: Permit<"account.support">) => Promise<T>): Promise<T>
  /**
   * The same where `work` calls `record` in the transaction of what it does; it must. The person is told of each such
   * act after it, however many there were that day: the last is the one that their account is left with. How long it takes, and that the person could not be told, do not take back what was done, nor its answer.
   */
  act<T>(look: Look, work: (record: (tx: Tx) => Promise<void>) => Promise<T>): Promise<Acted<T>>
}

export interface StaffParts {
  readonly privacy: Pick<Privacy, "gate">
  readonly store: Pick<Store, "transaction">
  readonly ledger: Pick<Ledger, "record">
  readonly register: Pick<StaffRegister, "whoLooks">
  readonly clock: Clock
  readonly log: Log
  /** Resolves when the message is kept in the person's inbox. */
  readonly tell: (account: AccountId, looked: Looked) => Promise<void>
}

export function createStaffAccess(parts: StaffParts): StaffAccess {
  const { privacy, store, ledger, register, clock, log } = parts
  const told = createTold(clock)

  async function record(tx: Tx, { command, reason, by, accounts, categories }: Look): Promise<void> {
    // In one order everywhere: each has its number until the end, and two looks must not wait for one another.
    for (const account of accounts.toSorted((one, other) => one - other))
      await ledger.record(tx, account, { kind: "staff-access", command, reason, by, categories })
  }
  async function tell({ command, reason, by, accounts, categories }: Look): Promise<void> {
    const looked = { command, reason, by, categories, at: clock.now() }
    await Promise.all(
      accounts.map(account => told.once({ account, command, reason }, () => parts.tell(account, looked))),
    )
  }
  /** Whether each of them is told. */
  async function tellWhatWasDone({ accounts, ...what }: Look): Promise<boolean> {
    const isTold = async (account: AccountId): Promise<boolean> => {
      try {
        await parts.tell(account, { ...what, at: clock.now() })
        return true
      } catch (error) {
        log.event("staff.person-not-told", { account, error: failure(error) })
        return false
      }
    }
    return (await Promise.all(accounts.map(isTold))).every(Boolean)
  }
  /** Nobody looks at more people than can be told. */
  async function gated<T>(
    { accounts }: Look,
    work: (permit: Permit<"account.support">) => Promise<T>,
  ): Promise<T> {
    if (accounts.length > LOOK_LIMIT) throw new RangeError(`a look is at ${LOOK_LIMIT} people at most`)
    return await privacy.gate("account.support", { kind: "accounts", accounts }, work)
  }
  /** What comes after its time, or after the end of the agreement, is not shown. */
  const shown = <T>(look: Look, work: (permit: Permit<"account.support">) => Promise<T>): Promise<T> =>
    gated(look, async permit => {
      const answer = await work(permit)
      const still = await register.whoLooks(look.by, look.categories)
      if (still.kind === "refused") throw new NoLongerBoundError(still.text)
      permit.require()
      return answer
    })

  return {
    look: (look, work) =>
      shown(look, async permit => {
        await store.transaction(tx => record(tx, look))
        await tell(look)
        return await work(permit)
      }),
    act: (look, work) =>
      gated(look, async () => {
        let isRecorded = false
        const answer = await work(async tx => {
          await record(tx, look)
          isRecorded = true
        })
        if (!isRecorded) throw new UnrecordedActError(look.command)
        return { answer, isTold: await tellWhatWasDone(look) }
      }),
  }
}

/** The agreement of who looks ended, or was narrowed, during the look. */
export class NoLongerBoundError extends Error {
  override readonly name = "NoLongerBoundError"
  readonly temporary = false
}

/** An act on somebody's account was done without its event: a mistake of ours. */
export class UnrecordedActError extends Error {
  override readonly name = "UnrecordedActError"
  readonly temporary = false

  constructor(command: string) {
    super(`${command} was done without its event in the ledger`)
  }
}
