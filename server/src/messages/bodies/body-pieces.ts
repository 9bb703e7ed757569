import type { Fields } from "../../store/index.ts"
import { bodyChunkBytes } from "../delivery.ts"
import type { AccountParts } from "../open-mail.ts"
import { type Chunk, DamagedBodyError, openChunk, type Piece, readChunk } from "./open-chunk.ts"

/** Chunks that one question asks for: 1 MB in memory. */
export const windowChunks = 4

/** Not by `exists`: the planner might answer that from a list of all bodies of the account. */
const someChunks = `
  select (
    select n.no from body n
    where n.account_id = b.account_id and n.body_id = b.body_id and n.no = b.no + 1 limit 1) is null,
    b.no, b.seal_key_id, b.data
  from body b
  where b.account_id = $1::bigint and b.body_id = $2::uuid and b.no between $3::bigint and $4::bigint
  order by b.no`

type Parts = Pick<AccountParts, "store" | "session" | "account">

/**
 * Octets [from, to) of a body, in pieces of at most 256 KiB. Only chunks that hold some of them are read and opened,
 * a few at a time, so a slow reader keeps nothing waiting in the database. Throws DamagedBodyError where chunks lack.
 */
export async function* bodyPieces(
  { store, session, account }: Parts,
  body: Buffer,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<Piece> {
  if (to <= from) return
  const read = (fields: Fields): Chunk => {
    const isLast = fields.bool()
    return readChunk(fields, session, body, () => isLast)
  }
  const lastWanted = Math.ceil(to / bodyChunkBytes) - 1
  for (
    let no = Math.floor(Math.max(0, from) / bodyChunkBytes), isFirst = true;
    no <= lastWanted;
    isFirst = false
  ) {
    const end = Math.min(lastWanted, no + windowChunks - 1)
    const chunks = await store.ask(store.sql, someChunks, [account, body, no, end], read)
    if (chunks.length === 0) {
      // What begins behind the end of a body is empty, as long as there is a body.
      if (isFirst && from > 0 && (await hasEnd(store, account, body))) return
      throw new DamagedBodyError("the body has gone, or its end")
    }
    for (const chunk of chunks) {
      if (chunk.no !== no) throw new DamagedBodyError("a chunk has gone")
      const start = no * bodyChunkBytes
      yield await openChunk(session, body, chunk, from - start, to - start)
      if (chunk.final) return
      no++
    }
  }
}

async function hasEnd(store: Parts["store"], account: Parts["account"], body: Buffer): Promise<boolean> {
  const found = await store.ask(store.sql, someChunks, [account, body, 0, 0], fields => fields.bool())
  return found.length > 0
}
