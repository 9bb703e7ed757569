/**
 * One change of an account's mail: a transaction that holds the row lock of its mail_state, takes one modseq for all
 * that it does, and tells of it when it commits.
 *
 * Whoever writes rows of an account's mail holds this lock first: so modseqs and UIDs become visible in their order,
 * and a reader that sees one sees all before it.
 */
import type { AccountId, ModSeq, Store, Tx } from "../store/index.ts"
import { asId } from "../store/index.ts"
import { changesChannel, writeNotifications } from "./notifications.ts"
import { NoSuchAccountError } from "./write-group.ts"

/** mail_state as it will be; what is set here is written when the work is done. */
export interface AccountState {
  emailNext: number
  mailboxNext: number
  uidValidityNext: number
  messages: number
  usedBytes: number
  /** Null: no limit. */
  readonly quotaBytes: number | null
}

export interface AccountChange {
  readonly tx: Tx
  readonly account: AccountId
  /** What everything that this changes is numbered with. */
  modseq: ModSeq
  readonly state: AccountState
  /** Said by the work; without it no modseq is used up, and nobody is told. */
  happened: boolean
}

/** The newest change of the account when this one is done. */
export function reached({ modseq, happened }: AccountChange): ModSeq {
  return happened ? modseq : asId<ModSeq>(modseq - 1)
}

/** Ends the work without a trace in the database, with this as its result. */
export class Undone<T> {
  readonly result: T
  constructor(result: T) {
    this.result = result
  }
}

/** Carries an `Undone` past the transaction, which only an error rolls back. */
class UndoneError extends Error {
  override readonly name = "UndoneError"
  readonly undone: Undone<unknown>
  constructor(undone: Undone<unknown>) {
    super("the change is taken back")
    this.undone = undone
  }
}

/**
 * Runs `work` under the lock. `before` runs in the same transaction while nobody is locked out yet. Rejects with
 * NoSuchAccountError when the account has gone.
 */
export async function changeAccount<T>(
  store: Pick<Store, "transaction" | "notify">,
  account: AccountId,
  work: (change: AccountChange) => Promise<T | Undone<T>>,
  before: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<T> {
  let undone: Undone<T> | undefined
  try {
    return await store.transaction(async tx => {
      await before(tx)
      const change = await lock(tx, account)
      const result = await work(change)
      if (result instanceof Undone) {
        undone = result
        throw new UndoneError(result)
      }
      if (change.happened) await conclude(store, change)
      return result
    })
  } catch (error) {
    if (error instanceof UndoneError && undone !== undefined && error.undone === undone) return undone.result
    throw error
  }
}

async function lock(tx: Tx, account: AccountId): Promise<AccountChange> {
  const [row] = await tx<
    {
      modseq: number
      email_next: number
      mailbox_next: number
      uid_validity_next: number
      messages: number
      used_bytes: number
      quota_bytes: number | null
    }[]
  >`
    select modseq, email_next, mailbox_next, uid_validity_next, messages, used_bytes, quota_bytes
    from mail_state where account_id = ${account} for update`
  if (row === undefined) throw new NoSuchAccountError("the account has gone")
  return {
    tx,
    account,
    modseq: asId<ModSeq>(row.modseq + 1),
    happened: false,
    state: {
      emailNext: row.email_next,
      mailboxNext: row.mailbox_next,
      uidValidityNext: row.uid_validity_next,
      messages: row.messages,
      usedBytes: row.used_bytes,
      quotaBytes: row.quota_bytes,
    },
  }
}

async function conclude(store: Pick<Store, "notify">, { tx, account, modseq, state }: AccountChange) {
  await Promise.all([
    tx`
      update mail_state set
        modseq = ${modseq}, email_next = ${state.emailNext}, mailbox_next = ${state.mailboxNext},
        uid_validity_next = ${state.uidValidityNext}, messages = ${state.messages}, used_bytes = ${state.usedBytes}
      where account_id = ${account}`,
    ...writeNotifications([{ account, modseq }]).map(payload => store.notify(tx, changesChannel, payload)),
  ])
}
