/**
 * What became of what a person sent, sealed under their key of the day: written in the transaction in which it becomes
 * so, while they are not signed in; read in a session of theirs and nowhere else.
 */
import type { Chance } from "../../ports/chance.ts"
import type { Permit, Personal } from "../../privacy/index.ts"
import type { AccountId, TableRows } from "../../store/index.ts"
import { type SealKey, sealParts, type Vaults } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"
import { type SentEvent, type SentFacts, writeForm } from "./facts.ts"
import { eventAt, sentAt } from "./places.ts"

/** Writes for the accounts that it was opened for. Throws where one of them has gone, or was not among them. */
export interface SentRecorder {
  /** Sealed now, while the permit lasts, and added as often as what it gives is called. */
  sealMail(
    account: AccountId,
    mail: MailId,
    facts: Personal<"user.communications.outgoing", SentFacts>,
    permit: Permit<"mail.send">,
  ): (tables: TableRows) => void
  /** `at`: milliseconds since 1970. `number`: of what others report, `REPORTED_FROM` or above; else one by chance. */
  event(
    tables: TableRows,
    account: AccountId,
    mail: MailId,
    at: number,
    event: SentEvent,
    number?: number,
  ): void
}

/** What others report has numbers from here on, so that it can be counted while it is sealed; chance gives lower ones. */
export const REPORTED_FROM = 2 ** 48

/**
 * Before the transaction that the rows are written in: keys of the day are stored in one of their own. At most 10,000
 * accounts.
 */
export async function openSentRecorder(
  { vaults, chance }: { readonly vaults: Pick<Vaults, "sealKeys">; readonly chance: Chance },
  accounts: readonly AccountId[],
): Promise<SentRecorder> {
  const keys = await vaults.sealKeys(accounts)
  const keyOf = (account: AccountId): SealKey => {
    const key = keys.get(account)
    if (key === undefined) throw new Error("an account without a seal key")
    return key
  }
  const sealMail: SentRecorder["sealMail"] = (account, mail, facts, permit) => {
    const key = keyOf(account)
    const plain = facts.open(permit)
    const { notBefore } = plain
    const sealed = sealParts(key, sentAt(account, mail), writeForm(plain), chance)
    return tables => {
      const rows = tables.of("sent_mail", ["account_id", "mail_id", "at", "seal_key_id", "data"])
      rows.row()
      rows.int8(account)
      rows.int8(mail)
      rows.timestamptz(notBefore)
      rows.int8(key.id)
      rows.bytea(...sealed)
    }
  }
  return {
    sealMail,
    event(tables, account, mail, at, event, number) {
      const key = keyOf(account)
      const id = number ?? chance.bytes(6).readUIntBE(0, 6)
      const rows = tables.of("sent_event", ["account_id", "mail_id", "event_id", "at", "seal_key_id", "data"])
      rows.row()
      rows.int8(account)
      rows.int8(mail)
      rows.int8(id)
      rows.timestamptz(at)
      rows.int8(key.id)
      rows.bytea(...sealParts(key, eventAt(account, mail, id), writeForm(event), chance))
    },
  }
}
