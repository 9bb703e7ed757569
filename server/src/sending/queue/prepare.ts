/** Puts a message into the queue: seals it and makes its rows, to be written with whatever belongs to it. */
import { cutBody } from "../../messages/index.ts"
import type { Chance } from "../../ports/chance.ts"
import type { Permit } from "../../privacy/index.ts"
import type { TableRows } from "../../store/index.ts"
import { type QueueKey, sealParts, type Vaults } from "../../vaults/index.ts"
import type { MailId, OutgoingMail, OutgoingRecipient, QueuedRows } from "../contract.ts"
import { destinationOf, domainOf } from "./destination.ts"
import { bodyPieceAt, envelopeAt, type MailPlace, recipientAt } from "./places.ts"
import { type SealedRecipient, writeForm } from "./sealed-forms.ts"

export interface PrepareParts {
  readonly vaults: Pick<Vaults, "queueKey" | "serverHash">
  readonly chance: Chance
}

/** Recipients of one message. */
export const MOST_RECIPIENTS = 1000

type Part = Uint8Array

/**
 * Holds the sealed message until its rows are written: as many octets as the message, which a door has bounded. Throws
 * RangeError for no recipients, or more than MOST_RECIPIENTS, or one without a domain.
 */
export async function prepareMail(
  { vaults, chance }: PrepareParts,
  mail: OutgoingMail,
  permit: Permit<"mail.send">,
): Promise<QueuedRows> {
  const { account, recipients } = mail
  if (recipients.length < 1 || recipients.length > MOST_RECIPIENTS)
    throw new RangeError(`${recipients.length} recipients of one message`)
  const place: MailPlace = { account, mail: newMailId(chance) }
  const key = await vaults.queueKey()
  const envelope = sealedEnvelope(key, place, mail, permit, chance)
  const bodies = sealedBody(key, place, mail, permit, chance)
  const sealed = recipients.map((recipient, no) => {
    const plain = formOf(recipient, permit)
    return {
      destination: destinationOf(vaults, domainOf(plain.address)),
      parts: sealParts(key, recipientAt(place, no), writeForm(plain), chance),
    }
  })
  return {
    mail: place.mail,
    bytes: [envelope, ...bodies, ...sealed.map(({ parts }) => parts)]
      .flat()
      .reduce((sum, { length }) => sum + length, 0),
    addTo(tables) {
      addMail(tables, place, key.id, mail, envelope)
      const rows = tables.of("queued_body", ["account_id", "mail_id", "no", "data"])
      for (const [no, parts] of bodies.entries()) {
        rows.row()
        rows.int8(account)
        rows.int8(place.mail)
        rows.int4(no)
        rows.bytea(...parts)
      }
      for (const [no, one] of sealed.entries()) addRecipient(tables, place, no, mail.notBefore, one)
    },
  }
}

/** Random, below 2^53: any node makes one without asking. */
function newMailId(chance: Chance): MailId {
  return chance.bytes(6).readUIntBE(0, 6) * 32 + (chance.bytes(1).readUInt8(0) & 31) + 1
}

function sealedEnvelope(
  key: QueueKey,
  place: MailPlace,
  mail: OutgoingMail,
  permit: Permit<"mail.send">,
  chance: Chance,
): readonly Part[] {
  const { kind, size, signedBy, smtputf8, body, requireTls, ret, receivedAt, notBefore, expiresAt } = mail
  const form = writeForm({
    ...{ kind, size, signedBy, smtputf8, body, requireTls, receivedAt, notBefore, expiresAt },
    ...(ret === undefined ? {} : { ret }),
    ...(mail.release === undefined ? {} : { releaseAsked: mail.release.request }),
    reversePath: mail.reversePath.open(permit),
    envid: mail.envid?.open(permit),
  })
  return sealParts(key, envelopeAt(place), form, chance)
}

function sealedBody(
  key: QueueKey,
  place: MailPlace,
  mail: OutgoingMail,
  permit: Permit<"mail.send">,
  chance: Chance,
): readonly (readonly Part[])[] {
  const parts = mail.parts.map(part => part.open(permit))
  if (parts.reduce((sum, part) => sum + part.length, 0) !== mail.size)
    throw new RangeError("a message of another size than it says")
  return [...cutBody({ parts })].map(({ plain, final }, no) =>
    sealParts(key, bodyPieceAt(place, no, final), plain, chance),
  )
}

function formOf(
  { address, orcpt, notify, isHere = false }: OutgoingRecipient,
  permit: Permit<"mail.send">,
): SealedRecipient {
  return { address: address.open(permit), orcpt: orcpt?.open(permit), notify, isHere }
}

function addMail(
  tables: TableRows,
  { account, mail }: MailPlace,
  key: number,
  { size, receivedAt, notBefore, expiresAt }: OutgoingMail,
  envelope: readonly Part[],
): void {
  const rows = tables.of("queued_mail", [
    ...[
      "account_id",
      "mail_id",
      "queue_key_id",
      "size",
      "received_at",
      "not_before",
      "expires_at",
      "envelope",
    ],
  ])
  rows.row()
  rows.int8(account)
  rows.int8(mail)
  rows.int8(key)
  rows.int8(size)
  rows.timestamptz(receivedAt)
  rows.timestamptz(notBefore)
  rows.timestamptz(expiresAt)
  rows.bytea(...envelope)
}

function addRecipient(
  tables: TableRows,
  { account, mail }: MailPlace,
  no: number,
  dueAt: number,
  { destination, parts }: { readonly destination: Buffer; readonly parts: readonly Part[] },
): void {
  const rows = tables.of("queued_recipient", ["account_id", "mail_id", "no", "destination", "due_at", "data"])
  rows.row()
  rows.int8(account)
  rows.int8(mail)
  rows.int4(no)
  rows.uuid(destination)
  rows.timestamptz(dueAt)
  rows.bytea(...parts)
}
