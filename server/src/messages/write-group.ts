/** One group of sealed deliveries in one transaction. Accounts are locked in the order of their ids. */
import type { Chance } from "../ports/chance.ts"
import type { AccountId, EmailId, MailboxId, ModSeq, Store, ThreadId, Tx, Uid } from "../store/index.ts"
import { asId, createCopyRows, StoreError } from "../store/index.ts"
import { type SealKey, sealParts } from "../vaults/index.ts"
import { changeOp, changeType } from "./changes.ts"
import { cutBody, type Delivery, sizeOf } from "./delivery.ts"
import type { MailboxRole } from "./mailboxes.ts"
import { changesChannel, writeNotifications } from "./notifications.ts"
import { mergeThreads, planThreads } from "./threads.ts"

export interface Kept {
  readonly account: AccountId
  readonly email: EmailId
  readonly mailbox: MailboxId
  readonly uid: Uid
  readonly thread: ThreadId
  readonly modseq: ModSeq
}

/** A delivery with today's seal key of its account. */
export interface KeyedDelivery extends Delivery {
  readonly key: SealKey
}

/** Octets of sealed bodies that are held before they are sent to the database. */
const sliceBytes = 8 * 1024 * 1024

/** An account that has gone while its mail was on the way. */
export class NoSuchAccountError extends Error {
  override readonly name = "NoSuchAccountError"
  readonly temporary = false
}

export async function writeGroup(
  store: Store,
  group: readonly KeyedDelivery[],
  chance: Chance,
): Promise<readonly Kept[]> {
  return await store.transaction(async tx => {
    // Sent one behind the other without waiting; the connection answers them in order.
    const [state, place, threads] = await Promise.all([
      claimNumbers(tx, group),
      claimUids(tx, group),
      planThreads(
        tx,
        group.map(({ account, threadHashes }) => ({ account, hashes: threadHashes })),
      ),
    ])
    const kept = group.map((delivery): Kept => {
      const numbers = state.get(delivery.account)
      const mailbox = place.get(`${delivery.account}/${delivery.role}`)
      if (numbers === undefined || mailbox === undefined) throw new NoSuchAccountError("the account has gone")
      const email = asId<EmailId>(numbers.email++)
      return {
        account: delivery.account,
        email,
        mailbox: mailbox.id,
        uid: asId(mailbox.uid++),
        thread: threads.place(delivery.account, email, delivery.threadHashes),
        modseq: asId(++numbers.modseq),
      }
    })
    let rows = createRows()
    for (const [index, delivery] of group.entries()) {
      const each = kept[index]
      if (each === undefined) throw new Error("a delivery without numbers")
      const bodyId = chance.bytes(16)
      addRows(rows, each, delivery, bodyId, chance)
      // Sealed here and not before, so that a large message to many people is never all sealed in memory.
      for (const body of sealBody(delivery, bodyId, chance)) {
        addBody(rows, delivery, bodyId, body)
        if (rows.body.bytes < sliceBytes) continue
        await store.copyIn(tx, ...filled(rows))
        rows = createRows()
        // What is written in slices is large: the disk may have come to its mark since the message was let in.
        if (store.room() === "low")
          throw new StoreError("the disk has come to its low-water mark", { temporary: true })
      }
    }
    await store.copyIn(tx, ...filled(rows), ...(threads.refs.count > 0 ? [threads.refs] : []))
    for (const [account, modseq] of await mergeThreads(tx, threads.merges)) {
      const numbers = state.get(account)
      if (numbers !== undefined) numbers.modseq = modseq
    }
    const changed = [...state].map(([account, { modseq }]) => ({ account, modseq: asId<ModSeq>(modseq) }))
    for (const payload of writeNotifications(changed)) await store.notify(tx, changesChannel, payload)
    return kept
  })
}

interface Numbers {
  modseq: number
  email: number
}

/** Locks the accounts and takes a modseq and an email id for each delivery: the first values not yet used. */
async function claimNumbers(tx: Tx, group: readonly KeyedDelivery[]): Promise<Map<AccountId, Numbers>> {
  const wants = new Map<AccountId, { n: number; bytes: number }>()
  for (const { account, parts } of group) {
    const want = wants.get(account) ?? { n: 0, bytes: 0 }
    wants.set(account, { n: want.n + 1, bytes: want.bytes + sizeOf({ parts }) })
  }
  const accounts = [...wants.keys()]
  const counts = [...wants.values()]
  const rows = await tx<{ account_id: AccountId; modseq: number; email_next: number }[]>`
    with locked as materialized (
      select account_id from mail_state where account_id = any(${accounts}::bigint[]) order by account_id for update
    )
    update mail_state s set
      modseq = s.modseq + d.n, email_next = s.email_next + d.n,
      messages = s.messages + d.n, used_bytes = s.used_bytes + d.bytes
    from locked join unnest(${accounts}::bigint[], ${counts.map(c => c.n)}::bigint[], ${counts.map(c => c.bytes)}::bigint[])
      as d(account_id, n, bytes) using (account_id)
    where s.account_id = locked.account_id
    returning s.account_id, s.modseq - d.n as modseq, s.email_next - d.n as email_next`
  return new Map(rows.map(row => [row.account_id, { modseq: row.modseq, email: row.email_next }]))
}

interface Place {
  readonly id: MailboxId
  uid: number
}

/** Takes UIDs; by `account/role`. Mail for a mailbox that its owner removed goes to the inbox. */
async function claimUids(tx: Tx, group: readonly KeyedDelivery[]): Promise<Map<string, Place>> {
  interface Want {
    readonly account: AccountId
    readonly role: MailboxRole
    n: number
    unseen: number
    bytes: number
  }
  const wants = new Map<string, Want>()
  for (const { account, role, parts, keywords } of group) {
    const key = `${account}/${role}`
    const want = wants.get(key) ?? { account, role, n: 0, unseen: 0, bytes: 0 }
    want.n++
    want.bytes += sizeOf({ parts })
    if (!keywords.includes("$seen")) want.unseen++
    wants.set(key, want)
  }
  const list = [...wants.values()]
  const rows = await tx<{ account_id: number; role: string; mailbox_id: MailboxId; uid: number }[]>`
    with want as (
      select w.*, coalesce(
        (select mailbox_id from mailbox m where m.account_id = w.account_id and m.role = w.role),
        (select mailbox_id from mailbox m where m.account_id = w.account_id and m.role = 'inbox')) as mailbox_id
      from unnest(
        ${list.map(w => w.account)}::bigint[], ${list.map(w => w.role)}::text[], ${list.map(w => w.n)}::bigint[],
        ${list.map(w => w.unseen)}::bigint[], ${list.map(w => w.bytes)}::bigint[])
        as w(account_id, role, n, unseen, bytes)
    ), total as (
      select account_id, mailbox_id, sum(n) as n, sum(unseen) as unseen, sum(bytes) as bytes
      from want group by account_id, mailbox_id
    ), taken as (
      update mailbox m set
        uid_next = m.uid_next + t.n, total = m.total + t.n, unseen = m.unseen + t.unseen,
        bytes = m.bytes + t.bytes, modseq = s.modseq
      from total t join mail_state s using (account_id)
      where m.account_id = t.account_id and m.mailbox_id = t.mailbox_id
      returning m.account_id, m.mailbox_id, m.uid_next - t.n as uid
    )
    select w.account_id, w.role, w.mailbox_id, t.uid::bigint as uid
    from want w join taken t on t.account_id = w.account_id and t.mailbox_id = w.mailbox_id`
  const mailboxes = new Map<string, Place>()
  const places = new Map<string, Place>()
  for (const row of rows) {
    const key = `${row.account_id}/${row.mailbox_id}`
    const place = mailboxes.get(key) ?? { id: row.mailbox_id, uid: row.uid }
    mailboxes.set(key, place)
    places.set(`${row.account_id}/${row.role}`, place)
  }
  return places
}

type Rows = ReturnType<typeof createRows>

function createRows() {
  return {
    email: createCopyRows("email", [
      "account_id",
      "email_id",
      "body_id",
      "thread_id",
      "modseq",
      "size",
      "received_at",
      "keywords",
    ]),
    membership: createCopyRows("membership", [
      "account_id",
      "mailbox_id",
      "uid",
      "email_id",
      "modseq",
      "saved_at",
    ]),
    body: createCopyRows("body", ["account_id", "body_id", "no", "seal_key_id", "data"]),
    entry: createCopyRows("idx_entry", ["account_id", "id", "seal_key_id", "data"]),
    change: createCopyRows("change", ["account_id", "modseq", "type", "id", "op", "mailbox_id", "uid"]),
  }
}

function addRows(rows: Rows, kept: Kept, delivery: KeyedDelivery, bodyId: Buffer, chance: Chance): void {
  const { account, email, modseq } = kept
  rows.email.row()
  rows.email.int8(account)
  rows.email.int8(email)
  rows.email.uuid(bodyId)
  rows.email.int8(kept.thread)
  rows.email.int8(modseq)
  rows.email.int8(sizeOf(delivery))
  rows.email.timestamptz(delivery.receivedAt)
  rows.email.textArray(delivery.keywords)

  rows.membership.row()
  rows.membership.int8(account)
  rows.membership.int4(kept.mailbox)
  rows.membership.int8(kept.uid)
  rows.membership.int8(email)
  rows.membership.int8(modseq)
  rows.membership.timestamptz(delivery.receivedAt)

  const what = { account, kind: "entry", id: String(email), chunk: 0, final: true } as const
  rows.entry.row()
  rows.entry.int8(account)
  rows.entry.int8(email)
  rows.entry.int8(delivery.key.id)
  rows.entry.bytea(...sealParts(delivery.key, what, delivery.entry, chance))

  rows.change.row()
  rows.change.int8(account)
  rows.change.int8(modseq)
  rows.change.int2(changeType.email)
  rows.change.int8(email)
  rows.change.int2(changeOp.created)
  rows.change.int4(kept.mailbox)
  rows.change.int8(kept.uid)
}

type SealedChunk = { readonly no: number; readonly parts: readonly Uint8Array[] }

function* sealBody(delivery: KeyedDelivery, bodyId: Buffer, chance: Chance): Iterable<SealedChunk> {
  const { account, key } = delivery
  const id = bodyId.toString("hex")
  let no = 0
  for (const { plain, final } of cutBody(delivery)) {
    yield { no, parts: sealParts(key, { account, kind: "body", id, chunk: no, final }, plain, chance) }
    no++
  }
}

function addBody(rows: Rows, delivery: KeyedDelivery, bodyId: Buffer, chunk: SealedChunk): void {
  rows.body.row()
  rows.body.int8(delivery.account)
  rows.body.uuid(bodyId)
  rows.body.int4(chunk.no)
  rows.body.int8(delivery.key.id)
  rows.body.bytea(...chunk.parts)
}

function filled(rows: Rows) {
  return Object.values(rows).filter(copy => copy.count > 0)
}
