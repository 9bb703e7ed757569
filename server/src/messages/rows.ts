/** A message as rows of its tables, sealed on the way. */
import type { Chance } from "../ports/chance.ts"
import type { AccountId, CopyRows, EmailId, MailboxId, ModSeq, ThreadId, Uid } from "../store/index.ts"
import { createCopyRows } from "../store/index.ts"
import { type SealedThing, type SealKey, sealParts } from "../vaults/index.ts"
import { changeOp, changeType } from "./changes.ts"
import { cutBody, type Delivery, sizeOf } from "./delivery.ts"

/** A delivery with today's seal key of its account. */
export interface KeyedDelivery extends Delivery {
  readonly key: SealKey
}

export interface Kept {
  readonly account: AccountId
  readonly email: EmailId
  readonly mailbox: MailboxId
  readonly uid: Uid
  readonly thread: ThreadId
  readonly modseq: ModSeq
}

/** An entry opens only beside the body that it describes: whoever swaps bodies in the database is noticed. */
export function sealedEntry(account: AccountId, email: EmailId, body: Buffer): SealedThing {
  return { account, kind: "entry", id: `${email}/${body.toString("hex")}`, chunk: 0, final: true }
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
    ]),
    entry: createCopyRows("idx_entry", ["account_id", "id", "seal_key_id", "data"]),
    change: createCopyRows("change", ["account_id", "modseq", "type", "id", "op", "mailbox_id", "uid"]),
  }
}

export function addRows(
  rows: Rows,
  kept: Kept,
  delivery: KeyedDelivery,
  bodyId: Buffer,
  chance: Chance,
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

  rows.membership.row()
  rows.membership.int8(account)
  rows.membership.int4(kept.mailbox)
  rows.membership.int8(kept.uid)
  rows.membership.int8(email)
  rows.membership.int8(modseq)
  rows.membership.timestamptz(delivery.receivedAt)

  const what = sealedEntry(account, email, bodyId)
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

export function createBodyRows(): CopyRows {
  return createCopyRows("body", ["account_id", "body_id", "no", "seal_key_id", "data"])
}

type SealedChunk = { readonly no: number; readonly parts: readonly Uint8Array[] }

export function* sealBody(delivery: KeyedDelivery, bodyId: Buffer, chance: Chance): Iterable<SealedChunk> {
  const { account, key } = delivery
  const id = bodyId.toString("hex")
  let no = 0
  for (const { plain, final } of cutBody(delivery)) {
    yield { no, parts: sealParts(key, { account, kind: "body", id, chunk: no, final }, plain, chance) }
    no++
  }
}

export function addBody(bodies: CopyRows, delivery: KeyedDelivery, bodyId: Buffer, chunk: SealedChunk): void {
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
