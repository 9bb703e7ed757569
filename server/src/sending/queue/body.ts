/** Opens the text of a queued message. */
import { bodyChunkBytes } from "../../messages/index.ts"
import { type MailContent, mailContent } from "../../privacy/index.ts"
import type { Store } from "../../store/index.ts"
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
  if (text.length !== size) throw new DamagedMailError("the message has another size than its envelope says")
  return mailContent(text, place.account)
}

function openPiece(open: () => Buffer): Buffer {
  try {
    return open()
  } catch (cause) {
    if (cause instanceof VaultError)
      throw new DamagedMailError("a piece of the message does not open", { cause })
    throw cause
  }
}
