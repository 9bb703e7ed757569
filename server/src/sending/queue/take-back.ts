/**
 * Mail that its sender takes back before its time has come: it goes to nobody any more, and their history has it. From whom
 * that is stands in the sealed envelope, which the server can open whatever became of the sender's password.
 */
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import { type AccountId, createTableRows, type Store, type Tx } from "../../store/index.ts"
import { openSealed, type Vaults } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"
import { openSentRecorder, type SentRecorder } from "../history/record-sent.ts"
import { type TakenBack, takeBackMail } from "./intervene.ts"
import { lockMails } from "./lock-mails.ts"
import { orDamaged } from "./or-damaged.ts"
import { envelopeAt } from "./places.ts"
import { readEnvelope } from "./sealed-forms.ts"

/** With a time to send nobody has had it; else those with their mailbox here have had it at once. "not-known": it is damaged. */
export type TakenFrom = "everybody" | "those-elsewhere" | "not-known"

export type TakenBackMail =
  | { readonly kind: "taken-back"; readonly recipients: readonly number[]; readonly from: TakenFrom }
  | Exclude<TakenBack, { readonly kind: "taken-back" }>

/** How many messages were taken back, by whom they are taken from; and for how many it was too late in the meantime. */
export type TakenBackAll = Readonly<Record<TakenFrom | "too-late", number>>

export interface TakeBack {
  one(account: AccountId, mail: MailId): Promise<TakenBackMail>
  /**
   * All that waits when it is asked for, a transaction for each 100. What was taken back stays so where a later one fails,
   * or `signal` ends it, which throws its reason.
   */
  all(account: AccountId, signal: AbortSignal): Promise<TakenBackAll>
}

/** Messages of one transaction. */
const AT_ONCE = 100

interface WaitingRow {
  readonly mail: MailId
  readonly keyId: number
  readonly envelope: Buffer
}

export function createTakeBack(parts: {
  readonly store: Pick<Store, "sql" | "transaction" | "copyIn">
  readonly vaults: Pick<Vaults, "sealKeys" | "openQueueKey">
  readonly clock: Clock
  readonly chance: Chance
}): TakeBack {
  const { store, vaults, clock } = parts

  async function takenFrom(account: AccountId, { mail, keyId, envelope }: WaitingRow): Promise<TakenFrom> {
    const read = await orDamaged(async () =>
      readEnvelope(openSealed(await vaults.openQueueKey(keyId), envelopeAt({ account, mail }), envelope)),
    )
    if (read === "damaged") return "not-known"
    return read.releaseAsked === undefined ? "those-elsewhere" : "everybody"
  }

  async function take(tx: Tx, recorder: SentRecorder, account: AccountId, mail: MailId): Promise<TakenBack> {
    const taken = await takeBackMail(tx, { account, mail })
    if (taken.kind !== "taken-back") return taken
    const tables = createTableRows()
    const { recipients } = taken
    recorder.event(tables, account, mail, clock.now(), { kind: "taken-back", recipients })
    await store.copyIn(tx, ...tables.all())
    return taken
  }

  return {
    async one(account, mail) {
      const [row] = await store.sql<WaitingRow[]>`
        select mail_id as mail, queue_key_id as "keyId", envelope from queued_mail
        where account_id = ${account} and mail_id = ${mail}`
      if (row === undefined) return { kind: "unknown" }
      const from = await takenFrom(account, row)
      const recorder = await openSentRecorder(parts, [account])
      const taken = await store.transaction(tx => take(tx, recorder, account, mail))
      return taken.kind === "taken-back" ? { ...taken, from } : taken
    },
    async all(account, signal) {
      const count = { everybody: 0, "those-elsewhere": 0, "not-known": 0, "too-late": 0 }
      let last: MailId = 0
      for (;;) {
        signal.throwIfAborted()
        const rows = await store.sql<WaitingRow[]>`
          select mail_id as mail, queue_key_id as "keyId", envelope from queued_mail
          where account_id = ${account} and mail_id > ${last} and not_before > clock_timestamp()
          order by mail_id limit ${AT_ONCE}`
        const recorder = await openSentRecorder(parts, [account])
        const taken = await store.transaction(async tx => {
          const places = rows.map(({ mail }) => ({ account, mail }))
          await lockMails(tx, places)
          const kinds = new Map<MailId, TakenBack["kind"]>()
          for (const { mail } of rows) kinds.set(mail, (await take(tx, recorder, account, mail)).kind)
          return kinds
        })
        for (const row of rows) {
          const kind = taken.get(row.mail)
          if (kind === "taken-back") count[await takenFrom(account, row)]++
          else if (kind === "too-late") count["too-late"]++
          last = row.mail
        }
        if (rows.length < AT_ONCE) return count
      }
    },
  }
}
