import type { AccountId } from "../../store/index.ts"
import type { SealedThing } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"

export const sentAt = (account: AccountId, mail: MailId): SealedThing => place(account, `${mail}`)

export const eventAt = (account: AccountId, mail: MailId, event: number): SealedThing =>
  place(account, `${mail}/${event}`)

function place(account: AccountId, id: string): SealedThing {
  return { account, kind: "sent", id, chunk: 0, final: true }
}
