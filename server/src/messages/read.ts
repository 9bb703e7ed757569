/** Opens what is kept, for a live session and nobody else. */
import { type Personal, personal } from "../privacy/index.ts"
import type { AccountId, EmailId, MailboxId, ModSeq, Sql, Store, ThreadId, Uid } from "../store/index.ts"
import { asId, literal } from "../store/index.ts"
import { openSealed, type VaultSession } from "../vaults/index.ts"
import type { SealedIndex, Summary } from "./sealed-index/index.ts"

export interface ListedMessage {
  readonly mailbox: MailboxId
  readonly uid: Uid
  readonly email: EmailId
  readonly thread: ThreadId
  readonly modseq: ModSeq
  /** Octets, with what was written above the message. */
  readonly size: number
  readonly receivedAt: Date
  readonly keywords: readonly string[]
  /** Where its body lies. */
  readonly body: Buffer
  /** Undefined where this sign-in does not open the message: it came before an administrator's reset. */
  readonly summary: Personal<"user.content.private.mail", Summary> | undefined
}

interface ListParts {
  readonly store: Pick<Store, "sql">
  readonly sealedIndex: Pick<SealedIndex, "forSession">
}

interface Row {
  readonly mailbox_id: MailboxId
  readonly uid: Uid
  readonly email_id: EmailId
  readonly thread_id: ThreadId
  readonly modseq: ModSeq
  readonly size: number
  readonly received_at: Date
  readonly keywords: string[]
  readonly body_id: string
}

/** Messages in memory at once: what an entry holds of one is at most 256 KB, so these are 16 MB. */
const pageMessages = 64

/** The email that came last, whether or not it is still there; 0 where none came. Numbers rise with every commit. */
export async function newestEmail(store: Pick<Store, "sql">, account: AccountId): Promise<EmailId> {
  const [row] = await store.sql<{ newest: EmailId }[]>`
    select email_next - 1 as newest from mail_state where account_id = ${account}`
  return row?.newest ?? asId(0)
}

const everyEmail = { after: asId<EmailId>(0), upTo: asId<EmailId>(Number.MAX_SAFE_INTEGER) }

/**
 * The messages of the session's account, by mailbox and UID: all, or those that came after one and no later than
 * another. Holds one page of them at a time.
 */
export async function* listMessages(
  parts: ListParts,
  session: VaultSession,
  came: { readonly after: EmailId; readonly upTo: EmailId } = everyEmail,
): AsyncIterable<ListedMessage> {
  const { sql } = parts.store
  let after = { mailbox: 0, uid: 0 }
  for (;;) {
    const rows = await sql<Row[]>`
      ${columns(sql)}
      where m.account_id = ${session.account} and (m.mailbox_id, m.uid) > (${after.mailbox}, ${after.uid})
        and m.email_id > ${came.after} and m.email_id <= ${came.upTo}
      order by m.mailbox_id, m.uid limit ${pageMessages}`
    yield* await openRows(parts, session, rows)
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageMessages) return
    after = { mailbox: last.mailbox_id, uid: last.uid }
  }
}

/** The messages that came last, newest first; of those that came before `before`, where it is given. At most 64. */
export async function newestMessages(
  parts: ListParts,
  session: VaultSession,
  count: number,
  before: EmailId = everyEmail.upTo,
): Promise<readonly ListedMessage[]> {
  const { sql } = parts.store
  const rows = await sql<Row[]>`
    ${columns(sql)}
    where m.account_id = ${session.account} and m.email_id < ${before}
    order by m.email_id desc, m.mailbox_id limit ${Math.min(count, pageMessages)}`
  return await openRows(parts, session, rows)
}

/** One message, in the first of its mailboxes; undefined when the session's account has no such. */
export async function findMessage(
  parts: ListParts,
  session: VaultSession,
  email: EmailId,
): Promise<ListedMessage | undefined> {
  const { sql } = parts.store
  const rows = await sql<Row[]>`
    ${columns(sql)}
    where m.account_id = ${session.account} and m.email_id = ${email}
    order by m.mailbox_id limit 1`
  const [message] = await openRows(parts, session, rows)
  return message
}

const columns = (sql: Sql) => sql`
  select m.mailbox_id, m.uid, m.email_id, e.thread_id, m.modseq, e.size, e.received_at, e.keywords, e.body_id
  from membership m
  join email e on e.account_id = m.account_id and e.email_id = m.email_id`

async function openRows(
  { sealedIndex }: ListParts,
  session: VaultSession,
  rows: readonly Row[],
): Promise<ListedMessage[]> {
  const listed: ListedMessage[] = []
  const index = sealedIndex.forSession(session)
  for await (const page of index.summaries(rows.map(row => row.email_id)))
    for (const summary of page) {
      const row = rows[listed.length]
      if (row !== undefined) listed.push(listedOf(row, summary))
    }
  return listed
}

function listedOf(row: Row, summary: ListedMessage["summary"]): ListedMessage {
  return {
    mailbox: row.mailbox_id,
    uid: row.uid,
    email: row.email_id,
    thread: row.thread_id,
    modseq: row.modseq,
    size: row.size,
    receivedAt: row.received_at,
    keywords: row.keywords,
    body: Buffer.from(row.body_id.replaceAll("-", ""), "hex"),
    summary,
  }
}

/** A body whose chunks are not what was written. */
export class DamagedBodyError extends Error {
  override readonly name = "DamagedBodyError"
  readonly temporary = false
}

/** The message as it was kept, in pieces of at most 256 KiB; what was written above it comes first. */
export async function* openBody(
  store: Store,
  session: VaultSession,
  body: Buffer,
): AsyncIterable<Personal<"user.content.private.mail", Buffer>> {
  const { account } = session
  const id = body.toString("hex")
  const open = async (row: BodyRow, chunk: number, final: boolean) => {
    const key = await session.sealKey(row.keyId)
    return personal(
      "user.content.private.mail",
      openSealed(key, { account, kind: "body", id, chunk, final }, row.data),
      account,
    )
  }
  let held: BodyRow | undefined
  let chunk = 0
  // Only the chunk that was sealed as the last opens as the last: a body cut short is noticed.
  for await (const row of bodyRows(store, account, body)) {
    if (held !== undefined) yield await open(held, chunk++, false)
    held = row
  }
  if (held === undefined) throw new DamagedBodyError("the body has gone")
  yield await open(held, chunk, true)
}

interface BodyRow {
  readonly keyId: number
  readonly data: Buffer
}

async function* bodyRows(store: Store, account: AccountId, body: Buffer): AsyncIterable<BodyRow> {
  const query = `select seal_key_id, data from body
    where account_id = ${literal.number(account)} and body_id = ${literal.uuid(body)} order by no`
  for await (const [keyId, data] of store.copyOut(store.sql, query)) {
    if (keyId == null || data == null) throw new DamagedBodyError("a chunk is empty")
    yield { keyId: Number(keyId.readBigInt64BE()), data }
  }
}
