/** A message as rows of its tables, sealed on the way. */
import type { Chance } from "../ports/chance.ts"
import type { AccountId, CopyRows, EmailId, MailboxId, ModSeq, ThreadId, Uid } from "../store/index.ts"
import { createCopyRows } from "../store/index.ts"
import { type SealKey, sealParts } from "../vaults/index.ts"
import { changeOp, changeType } from "./changes.ts"
import { cutBody, type Delivery, type Message, sizeOf } from "./delivery.ts"
import { type EntryPlace, sealEntry } from "./sealed-entry.ts"

/** A message with today's seal key of its account. */
export interface KeyedMessage extends Message {
  readonly key: SealKey
}

export type KeyedDelivery = Delivery & KeyedMessage

export interface Kept {
  readonly account: AccountId
  readonly email: EmailId
  /** The first of those that it went into. */
  readonly mailbox: MailboxId
  readonly uid: Uid
  readonly thread: ThreadId
  readonly modseq: ModSeq
}

export type Rows = ReturnType<typeof createRows>

export function createRows() {
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
      "deleted",
    ]),
    entry: createEntryRows(),
    change: createCopyRows("change", ["account_id", "modseq", "type", "id", "op", "mailbox_id", "uid"]),
  }
}

export function createEntryRows(): CopyRows {
  return createCopyRows("idx_entry", ["account_id", "id", "seal_key_id", "head_bytes", "data"])
}

/** How a message stands in a mailbox. */
export interface InItsMailbox {
  /** Milliseconds since 1970. */
  readonly savedAt: number
  readonly deleted: boolean
}

export function addRows(
  rows: Rows,
  kept: Kept,
  delivery: KeyedMessage,
  bodyId: Buffer,
  chance: Chance,
  place: InItsMailbox,
): void {
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

  addMembership(rows.membership, kept, place)
  addEntry(rows.entry, { account, email, body: bodyId }, delivery.key, delivery.entry, chance)

  rows.change.row()
  rows.change.int8(account)
  rows.change.int8(modseq)
  rows.change.int2(changeType.email)
  rows.change.int8(email)
  rows.change.int2(changeOp.created)
  rows.change.int4(kept.mailbox)
  rows.change.int8(kept.uid)
}

/** That a message stands in a mailbox. */
export function addMembership(
  rows: CopyRows,
  { account, mailbox, uid, email, modseq }: Kept,
  { savedAt, deleted }: InItsMailbox,
): void {
  rows.row()
  rows.int8(account)
  rows.int4(mailbox)
  rows.int8(uid)
  rows.int8(email)
  rows.int8(modseq)
  rows.timestamptz(savedAt)
  rows.bool(deleted)
}

/** `plain`: see entry.ts. */
export function addEntry(
  rows: CopyRows,
  place: EntryPlace,
  key: SealKey,
  plain: Buffer,
  chance: Chance,
): void {
  const { parts, headBytes } = sealEntry(key, place, plain, chance)
  rows.row()
  rows.int8(place.account)
  rows.int8(place.email)
  rows.int8(key.id)
  if (headBytes === undefined) rows.null()
  else rows.int4(headBytes)
  rows.bytea(...parts)
}

export function createBodyRows(): CopyRows {
  return createCopyRows("body", ["account_id", "body_id", "no", "seal_key_id", "data"])
}

type SealedChunk = { readonly no: number; readonly parts: readonly Uint8Array[] }

export function* sealBody(delivery: KeyedMessage, bodyId: Buffer, chance: Chance): Iterable<SealedChunk> {
  const { account, key } = delivery
  const id = bodyId.toString("hex")
  let no = 0
  for (const { plain, final } of cutBody(delivery)) {
    yield { no, parts: sealParts(key, { account, kind: "body", id, chunk: no, final }, plain, chance) }
    no++
  }
}

export function addBody(bodies: CopyRows, delivery: KeyedMessage, bodyId: Buffer, chunk: SealedChunk): void {
  bodies.row()
  bodies.int8(delivery.account)
  bodies.uuid(bodyId)
  bodies.int4(chunk.no)
  bodies.int8(delivery.key.id)
  bodies.bytea(...chunk.parts)
}

export function filled(tables: readonly CopyRows[]): CopyRows[] {
  return tables.filter(copy => copy.count > 0)
}
