/** Opens the text of a queued message: read when it is asked for, or before, together with others'. */
import { bodyChunkBytes } from "../../messages/index.ts"
import { type MailContent, mailContent } from "../../privacy/index.ts"
import type { Store, Tx } from "../../store/index.ts"
import { openSealed, VaultError, type Vaults } from "../../vaults/index.ts"
import { bodyPieceAt, type MailPlace } from "./places.ts"
import { DamagedMailError } from "./sealed-forms.ts"

/** Pieces that one question asks for: others wait behind its answer. */
const WINDOW = 4

const pieces = `
  select no, data from queued_body
  where account_id = $1::bigint and mail_id = $2::bigint and no >= $3::int and no < $4::int order by no`

/**
 * The whole of it, in memory. `size`: as its sealed envelope says. Rejects with a DamagedMailError where a piece is
 * missing, or is not what was written.
 */
export async function openBody(
  {
    store,
    vaults,
  }: { readonly store: Pick<Store, "ask" | "sql">; readonly vaults: Pick<Vaults, "openQueueKey"> },
  place: MailPlace,
  keyId: number,
  size: number,
): Promise<MailContent<Buffer>> {
  const key = await vaults.openQueueKey(keyId)
  const count = Math.max(1, Math.ceil(size / bodyChunkBytes))
  const opened: Buffer[] = []
  for (let from = 0; from < count; from += WINDOW) {
    const to = Math.min(count, from + WINDOW)
    const window = await store.ask(store.sql, pieces, [place.account, place.mail, from, to], fields => {
      const no = fields.int4()
      return openPiece(() => openSealed(key, bodyPieceAt(place, no, no === count - 1), fields.bytea()))
    })
    opened.push(...window)
    // Each piece opens at its own number alone, so that none is missing shows by their count.
    if (opened.length !== to) throw new DamagedMailError("a piece of the message has gone")
  }
  const [only] = opened
  const text = opened.length === 1 && only !== undefined ? only : Buffer.concat(opened)
  if (text.length !== size) throw new DamagedMailError(otherSize)
  return mailContent(text, place.account)
}

const onlyPieces = `
  select b.account_id, b.mail_id, b.data from unnest($1::bigint[], $2::bigint[]) as w(account_id, mail_id)
  join queued_body b using (account_id, mail_id) where b.no = 0`

/** Sealed texts of one piece, by `keyOf` their message. */
export interface TextsAhead {
  readonly keyOf: (place: MailPlace) => string
  readonly sealed: ReadonlyMap<string, Buffer>
}

const keyOf = ({ account, mail }: MailPlace): string => `${account}/${mail}`

/**
 * One question for many messages, in their order: those of one piece, as long as all of them have no more than `octets`.
 */
export async function readAhead(
  store: Pick<Store, "ask">,
  tx: Tx,
  mails: readonly (MailPlace & { readonly size: number })[],
  octets: number,
): Promise<TextsAhead> {
  const wanted = new Map<string, MailPlace>()
  let left = octets
  for (const mail of mails) {
    if (wanted.has(keyOf(mail)) || mail.size > bodyChunkBytes) continue
    left -= mail.size
    if (left < 0) break
    wanted.set(keyOf(mail), mail)
  }
  const sealed = new Map<string, Buffer>()
  if (wanted.size === 0) return { keyOf, sealed }
  const places = [...wanted.values()]
  const values = [places.map(({ account }) => account), places.map(({ mail }) => mail)]
  await store.ask(tx, onlyPieces, values, fields => {
    const key = `${fields.int8()}/${fields.int8()}`
    sealed.set(key, Buffer.from(fields.bytea()))
  })
  return { keyOf, sealed }
}

/** As `openBody`, of what was read ahead. */
export async function openAhead(
  vaults: Pick<Vaults, "openQueueKey">,
  place: MailPlace,
  keyId: number,
  size: number,
  sealed: Buffer,
): Promise<MailContent<Buffer>> {
  const key = await vaults.openQueueKey(keyId)
  const text = openPiece(() => openSealed(key, bodyPieceAt(place, 0, true), sealed))
  if (text.length !== size) throw new DamagedMailError(otherSize)
  return mailContent(text, place.account)
}

const otherSize = "the message has another size than its envelope says"

function openPiece(open: () => Buffer): Buffer {
  try {
    return open()
  } catch (cause) {
    if (cause instanceof VaultError)
      throw new DamagedMailError("a piece of the message does not open", { cause })
    throw cause
  }
}
