/**
 * Threads by keyed hashes of Message-ID and References, never by subject. A message joins
 * the thread that any of its hashes already belongs to; one that names several threads makes them one.
 * Runs inside the transaction that holds the account's row lock, so nobody else changes the same threads.
 */
import type { AccountId, CopyRows, EmailId, ModSeq, ThreadId, Tx } from "../store/index.ts"
import { asId, createCopyRows } from "../store/index.ts"
import { changeOp, changeType } from "./changes.ts"

/** One message may join this many threads into one; what it names beyond stays as it is. */
const mergeLimit = 8

export interface ThreadPlan {
  /** The thread of a message just numbered, and what has to be written for it. */
  place(account: AccountId, email: EmailId, hashes: readonly Buffer[]): ThreadId
  readonly refs: CopyRows
  readonly merges: readonly Merge[]
}

interface Merge {
  readonly account: AccountId
  readonly from: ThreadId
  readonly into: ThreadId
}

/** Reads what is known of the hashes (16 bytes each), for all messages of a group at once. */
export async function planThreads(
  tx: Tx,
  wanted: readonly { readonly account: AccountId; readonly hashes: readonly Buffer[] }[],
): Promise<ThreadPlan> {
  const accounts: number[] = []
  const hashes: string[] = []
  for (const want of wanted)
    for (const hash of want.hashes) {
      accounts.push(want.account)
      hashes.push(hash.toString("hex"))
    }
  const known = new Map<string, ThreadId>()
  if (hashes.length > 0) {
    const rows = await tx<{ account_id: number; hash: string; thread_id: number }[]>`
      select r.account_id, encode(r.hash, 'hex') as hash, coalesce(m.into_id, r.thread_id) as thread_id
      from unnest(${accounts}::bigint[], ${hashes}::text[]) as w(account_id, hash)
      join thread_ref r on r.account_id = w.account_id and r.hash = decode(w.hash, 'hex')
      left join thread_merge m on m.account_id = r.account_id and m.thread_id = r.thread_id`
    for (const row of rows) known.set(`${row.account_id}/${row.hash}`, asId(row.thread_id))
  }
  return planFrom(known)
}

/** The pure part: places messages one after another, given what the database knew. */
export function planFrom(known: Map<string, ThreadId>): ThreadPlan {
  const refs = createCopyRows("thread_ref", ["account_id", "hash", "thread_id"])
  const merges: Merge[] = []
  const mergedInto = new Map<string, ThreadId>()

  /** Merges made by this very group come on top of those that the database knew. */
  const current = (account: AccountId, thread: ThreadId): ThreadId => {
    let at = thread
    for (let next = mergedInto.get(`${account}/${at}`); next !== undefined; ) {
      at = next
      next = mergedInto.get(`${account}/${at}`)
    }
    return at
  }

  return {
    refs,
    merges,
    place(account, email, hashes) {
      const keys = new Set(hashes.map(hash => hash.toString("hex")))
      const threads = new Set<ThreadId>()
      for (const key of keys) {
        const thread = known.get(`${account}/${key}`)
        if (thread !== undefined) threads.add(current(account, thread))
      }
      const [first, ...others] = [...threads].sort((a, b) => a - b)
      const thread = first ?? asId<ThreadId>(email)
      for (const from of others.slice(0, mergeLimit)) {
        merges.push({ account, from, into: thread })
        mergedInto.set(`${account}/${from}`, thread)
      }
      for (const key of keys) {
        if (known.has(`${account}/${key}`)) continue
        known.set(`${account}/${key}`, thread)
        refs.row()
        refs.int8(account)
        refs.bytea(Buffer.from(key, "hex"))
        refs.int8(thread)
      }
      return thread
    },
  }
}

/**
 * Moves the messages of merged threads, and says so in the change log under a modseq of its own. Resolves with the
 * newest modseq of each account that changed.
 */
export async function mergeThreads(
  tx: Tx,
  merges: readonly Merge[],
): Promise<ReadonlyMap<AccountId, ModSeq>> {
  const newest = new Map<AccountId, ModSeq>()
  for (const { account, from, into } of merges) {
    const [state] = await tx<{ modseq: ModSeq }[]>`
      update mail_state set modseq = modseq + 1 where account_id = ${account} returning modseq`
    if (state === undefined) continue
    newest.set(account, state.modseq)
    await tx`update thread_merge set into_id = ${into} where account_id = ${account} and into_id = ${from}`
    await tx`insert into thread_merge (account_id, thread_id, into_id) values (${account}, ${from}, ${into})`
    // The thread shows in every mailbox that a message of it is in.
    await tx`
      with moved as (
        update email set thread_id = ${into}, modseq = ${state.modseq}
        where account_id = ${account} and thread_id = ${from}
        returning email_id
      ), shown as (
        update membership m set modseq = ${state.modseq} from moved
        where m.account_id = ${account} and m.email_id = moved.email_id
        returning m.mailbox_id
      ), touched as (
        update mailbox set modseq = ${state.modseq}
        where account_id = ${account} and mailbox_id in (select mailbox_id from shown)
      )
      insert into change (account_id, modseq, type, id, op)
      select ${account}, ${state.modseq}, ${changeType.email}, email_id, ${changeOp.updated} from moved`
  }
  return newest
}
