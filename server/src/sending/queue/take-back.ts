import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import { type AccountId, createTableRows, type Store } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"
import { openSentRecorder } from "../history/record-sent.ts"
import { type TakenBack, takeBackMail } from "./intervene.ts"

export type TakeBack = (account: AccountId, mail: MailId) => Promise<TakenBack>

/** By its sender, before its time has come: then it goes to nobody elsewhere, and their history has it. */
export function createTakeBack(parts: {
  readonly store: Pick<Store, "transaction" | "copyIn">
  readonly vaults: Pick<Vaults, "sealKeys">
  readonly clock: Clock
  readonly chance: Chance
}): TakeBack {
  const { store, clock } = parts
  return async (account, mail) => {
    const recorder = await openSentRecorder(parts, [account])
    return await store.transaction(async tx => {
      const taken = await takeBackMail(tx, { account, mail })
      if (taken.kind !== "taken-back") return taken
      const tables = createTableRows()
      const { recipients } = taken
      recorder.event(tables, account, mail, clock.now(), { kind: "taken-back", recipients })
      await store.copyIn(tx, ...tables.all())
      return taken
    })
  }
}
