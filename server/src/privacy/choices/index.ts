/**
 * Choices: the store, the rule and the history. Every node keeps what it has looked up, so that the gate need not
 * wait, and forgets it when it hears that an account has chosen; a choice is in force on other nodes a moment after
 * its commit, and on this one at once.
 */
import { createBoundedMap } from "../../ports/bounded-map.ts"
import type { Clock } from "../../ports/clock.ts"
import { failure, type Log } from "../../ports/log.ts"
import { type AccountId, asId, type Store, type Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { Ledger } from "../ledger/contract.ts"
import { rulesAlone } from "../policy/index.ts"
import type { ChoiceMade, Choices, NewChoice } from "./contract.ts"
import { choiceDefinitions } from "./definitions.ts"
import { addRow, ChoicesBrokenError, holdChoices, readHistory, readStanding } from "./rows.ts"

export type { ChoiceMade, Choices, ChoiceValue, NewChoice } from "./contract.ts"
export { type ChoiceName, choiceDefinitions, isChoiceName, signalSupport } from "./definitions.ts"
export { ChoicesBrokenError } from "./rows.ts"
export { createSignalHonouring } from "./signal.ts"

export interface ChoicesParts {
  readonly store: Pick<Store, "transaction" | "notify" | "listen">
  readonly vaults: Pick<Vaults, "macOf" | "isMacOf">
  readonly ledger: Pick<Ledger, "record">
  readonly clock: Clock
  readonly log: Log
  /** Of the version of the policy in effect; the number of the rules where none was published. */
  readonly policyLabel?: () => string
}

/** Channel on which nodes hear that an account has chosen; the payload is its number. */
const CHANNEL = "choices"
const MAX_KEPT = 100_000
/** Of one account in a row, where others choose meanwhile: an answer that crosses with news is not kept. */
const LOOKS_LIMIT = 3

interface Standing {
  readonly version: number
  readonly choices: readonly ChoiceMade[]
}

/** Close it before the store. */
export async function openChoices(parts: ChoicesParts): Promise<Choices & { close(): Promise<void> }> {
  const { store, vaults, ledger, clock, log, policyLabel = rulesAlone } = parts
  const kept = createBoundedMap<number, Standing>(MAX_KEPT)
  const lookingAgain = new Map<AccountId, Promise<void>>()
  // An answer that was on its way while somebody chose is not kept.
  let changes = 0
  const forget = (account: number): void => {
    changes += 1
    kept.delete(account)
  }
  const stop = await store.listen(
    CHANNEL,
    payload => heard(asId<AccountId>(Number(payload))),
    () => {
      changes += 1
      kept.clear()
    },
  )

  async function standing(account: AccountId): Promise<Standing> {
    const known = kept.get(account)
    if (known !== undefined) return known
    const before = changes
    const found = await store.transaction(tx => readStanding(tx, vaults, account))
    if (before === changes) kept.set(account, found)
    return found
  }
  async function keep(account: AccountId): Promise<void> {
    try {
      for (let looks = 0; looks < LOOKS_LIMIT && kept.get(account) === undefined; looks += 1)
        await standing(account)
    } catch (error) {
      // Whoever asks for a choice is told; who only reads their mail needs none.
      if (!(error instanceof ChoicesBrokenError)) throw error
    }
  }
  /** Of those who were at hand, who are signed in as a rule, the new choice soon is. */
  function heard(account: AccountId): void {
    const earlier = lookingAgain.get(account)
    const isWanted = kept.get(account) !== undefined || earlier !== undefined
    forget(account)
    if (!isWanted) return
    const looking = Promise.resolve(earlier)
      .then(() => keep(account))
      .catch((error: unknown) => log.event("choices.unread", { account, error: failure(error) }))
    lookingAgain.set(account, looking)
    void looking.then(() => {
      if (lookingAgain.get(account) === looking) lookingAgain.delete(account)
    })
  }
  async function choose(tx: Tx, account: AccountId, chosen: NewChoice): Promise<void> {
    await addRow(tx, vaults, account, { ...chosen, at: clock.now(), policyVersion: policyLabel() })
    const { choice, value, wording } = chosen
    await ledger.record(tx, account, { kind: "choice", choice, value, wording })
    await store.notify(tx, CHANNEL, String(account))
  }

  return {
    choose,
    async chooseNow(account, chosen) {
      await store.transaction(tx => choose(tx, account, chosen))
      heard(account)
    },
    async chooseOnce(account, chosen) {
      if (isSaid(await standing(account), chosen)) return
      await store.transaction(async tx => {
        await holdChoices(tx, account)
        if (!isSaid(await readStanding(tx, vaults, account), chosen)) await choose(tx, account, chosen)
      })
      heard(account)
    },
    async now(account, choice) {
      const { choices } = await standing(account)
      return choices.find(each => each.choice === choice)?.value ?? choiceDefinitions[choice].otherwise
    },
    version: async account => (await standing(account)).version,
    versionKept: account => kept.get(account)?.version,
    keep,
    history: account => readHistory(store, vaults, account),
    async close() {
      await stop()
      await Promise.all(lookingAgain.values())
    },
  }
}

/** Chosen, not by default. */
function isSaid({ choices }: Standing, { choice, value }: NewChoice): boolean {
  return choices.some(each => each.choice === choice && each.value === value)
}
