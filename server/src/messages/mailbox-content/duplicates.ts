/**
 * An email stands in a mailbox once. A copy of it into a mailbox that holds it is therefore another email on the same
 * body, in the same thread, with an entry of its own. The entry is bound to the email's number, so it is opened, or
 * made from the body again, before the account is locked, and sealed when the number is known.
 */
import { scanMessage } from "@letterkeep/mime"
import type { Permit } from "../../privacy/index.ts"
import type { EmailId, Fields, MailboxId, Store, Uid } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { SealKey } from "../../vaults/index.ts"
import { bodyPieces } from "../bodies/body-pieces.ts"
import type { AccountChange } from "../change-account.ts"
import { changeOp, changeType } from "../changes.ts"
import { prepareEntry } from "../entry.ts"
import type { UidRange } from "../mail.ts"
import type { AccountParts } from "../open-mail.ts"
import { opensNot } from "../opens-not.ts"
import { readOwnTrace } from "../own-trace.ts"
import { addEntry, createEntryRows } from "../rows.ts"
import { openEntryData } from "../sealed-entry.ts"
import { firsts, lasts } from "../uid-ranges.ts"

/** Of one copy. Each costs as much as an arrival. */
export const duplicatesLimit = 1_000
/** Octets of their entries, which are in memory together. */
const entriesLimit = 32 * 1024 * 1024

/** Plain entries by email; undefined where this sign-in does not open the message. */
export type Entries = Map<EmailId, Buffer | undefined>

interface Held {
  readonly email: EmailId
  readonly body: Buffer
  readonly keyId: number | undefined
  readonly headBytes: number | undefined
  readonly sealed: Buffer | undefined
}

const heldMessages = `
  select m.email_id, e.body_id, i.seal_key_id, i.head_bytes, i.data
  from unnest($4::bigint[], $5::bigint[]) r(first, last)
  join membership m on m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid between r.first and r.last
  join membership t on t.account_id = m.account_id and t.email_id = m.email_id and t.mailbox_id = $3::bigint
  join email e on e.account_id = m.account_id and e.email_id = m.email_id
  left join idx_entry i on i.account_id = m.account_id and i.id = m.email_id
  limit $6::bigint`

/** The entries of what `to` holds already, not sealed; undefined when that is too much for one copy. */
export async function openEntries(
  parts: AccountParts,
  from: MailboxId,
  to: MailboxId,
  ranges: readonly UidRange[],
): Promise<Entries | undefined> {
  const { store, account } = parts
  const values = [account, from, to, firsts(ranges), lasts(ranges), duplicatesLimit + 1]
  const held = await store.ask(store.sql, heldMessages, values, readHeld)
  if (held.length > duplicatesLimit) return undefined
  const entries: Entries = new Map()
  let bytes = 0
  return await parts.privacy.gate("mail.organise", { kind: "account", account }, async permit => {
    for (const each of held) {
      const entry = await openEntry(parts, each, permit)
      bytes += entry?.length ?? 0
      if (bytes > entriesLimit) return undefined
      entries.set(each.email, entry)
    }
    return entries
  })
}

function readHeld(fields: Fields): Held {
  const email = asId<EmailId>(fields.int8())
  const body = fields.uuid()
  const keyId = fields.isNull() ? undefined : fields.int8()
  const headBytes = fields.isNull() ? undefined : fields.int4()
  // A copy: the views of a thousand entries would hold much more than they show.
  const sealed = fields.isNull() ? undefined : Buffer.from(fields.bytea())
  return { email, body, keyId, headBytes, sealed }
}

async function openEntry(
  parts: AccountParts,
  held: Held,
  permit: Permit<"mail.organise">,
): Promise<Buffer | undefined> {
  const { session, account } = parts
  const { email, body, keyId, headBytes, sealed } = held
  try {
    if (keyId !== undefined && sealed !== undefined)
      return openEntryData(await session.sealKey(keyId), { account, email, body }, sealed, headBytes)
    // It was merged into a segment: the body says the same.
    const pieces: Buffer[] = []
    for await (const piece of bodyPieces(parts, body)) pieces.push(piece.open(permit))
    const whole = Buffer.concat(pieces)
    const { traceBytes, screening } = readOwnTrace(whole)
    return prepareEntry(scanMessage(whole.subarray(traceBytes)))(traceBytes, screening)
  } catch (error) {
    if (opensNot(error)) return undefined
    throw error
  }
}

export interface Duplicate {
  readonly of: EmailId
  readonly uid: Uid
  readonly deleted: boolean
}

/** Octets that these emails are counted with. */
export async function sizeOfEmails(
  store: Pick<Store, "ask">,
  { tx, account }: AccountChange,
  emails: readonly EmailId[],
): Promise<number> {
  const [bytes] = await store.ask(
    tx,
    `select coalesce(sum(size), 0)::bigint from email
    where account_id = $1::bigint and email_id = any($2::bigint[])`,
    [account, emails],
    fields => fields.int8(),
  )
  return bytes ?? 0
}

/** Writes the new emails, in a change that has made room for their UIDs. `bytes`: their `sizeOfEmails`. */
export async function addDuplicates(
  { store, chance }: Pick<AccountParts, "store" | "chance">,
  change: AccountChange,
  to: MailboxId,
  duplicates: readonly Duplicate[],
  entries: Entries,
  key: SealKey,
  bytes: number,
  now: number,
): Promise<void> {
  const { tx, account, modseq, state } = change
  const made = duplicates.map(each => ({ ...each, email: asId<EmailId>(state.emailNext++) }))
  state.messages += made.length
  state.usedBytes += bytes
  const [olds, news] = [made.map(each => each.of), made.map(each => each.email)]
  const rows = await tx<{ email_id: EmailId; body_id: string }[]>`
    insert into email
      (account_id, email_id, body_id, thread_id, modseq, size, received_at, keywords, body_shared)
    select account_id, (${news}::bigint[])[array_position(${olds}::bigint[], email_id)], body_id, thread_id,
      ${modseq}, size, received_at, keywords, true
    from email where account_id = ${account} and email_id = any(${olds}::bigint[])
    returning email_id, body_id`
  await Promise.all([
    tx`
      update email set body_shared = true
      where account_id = ${account} and email_id = any(${olds}::bigint[]) and not body_shared`,
    tx`
      insert into membership (account_id, mailbox_id, uid, email_id, modseq, saved_at, deleted)
      select ${account}, ${to}, n.uid, n.email_id, ${modseq}, ${new Date(now)}, n.deleted = 1
      from unnest(
        ${made.map(each => each.uid)}::bigint[], ${news}::bigint[], ${made.map(each => (each.deleted ? 1 : 0))}::bigint[])
        as n(uid, email_id, deleted)`,
    tx`
      insert into change (account_id, modseq, type, id, op, mailbox_id, uid)
      select ${account}, ${modseq}, ${changeType.email}, n.email_id, ${changeOp.created}, ${to}, n.uid
      from unnest(${made.map(each => each.uid)}::bigint[], ${news}::bigint[]) as n(uid, email_id)`,
  ])
  const bodies = new Map(rows.map(row => [row.email_id, Buffer.from(row.body_id.replaceAll("-", ""), "hex")]))
  const sealed = createEntryRows()
  for (const { of, email } of made) {
    const entry = entries.get(of)
    const body = bodies.get(email)
    if (entry !== undefined && body !== undefined)
      addEntry(sealed, { account, email, body }, key, entry, chance)
  }
  if (sealed.count > 0) await store.copyIn(tx, sealed)
}
