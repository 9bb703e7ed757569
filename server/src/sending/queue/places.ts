/** The pieces of a queued message, each bound to its place: one that was moved elsewhere does not open. */
import type { AccountId } from "../../store/index.ts"
import type { SealedThing } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"

export interface MailPlace {
  readonly account: AccountId
  readonly mail: MailId
}

export const envelopeAt = ({ account, mail }: MailPlace): SealedThing =>
  whole(account, "queued-envelope", `${mail}`)

export const recipientAt = ({ account, mail }: MailPlace, no: number): SealedThing =>
  whole(account, "queued-recipient", `${mail}/${no}`)

export const answerAt = ({ account, mail }: MailPlace, no: number): SealedThing =>
  whole(account, "queued-answer", `${mail}/${no}`)

export const bodyPieceAt = ({ account, mail }: MailPlace, chunk: number, final: boolean): SealedThing => ({
  account,
  kind: "queued-body",
  id: `${mail}`,
  chunk,
  final,
})

function whole(account: AccountId, kind: SealedThing["kind"], id: string): SealedThing {
  return { account, kind, id, chunk: 0, final: true }
}
