/**
 * Whole bodies of many messages, ascending by UID: rows and chunks come together, in windows that are bounded by octets,
 * and while one window is read the next one is on its way.
 */
import type { Fields, MailboxId } from "../../store/index.ts"
import { bodyChunkBytes } from "../delivery.ts"
import type { MessageRow, UidRange } from "../mail.ts"
import { messageColumns, readMessageRow } from "../mailbox-content/message-rows.ts"
import type { AccountParts } from "../open-mail.ts"
import { opensNot } from "../opens-not.ts"
import { firsts, lasts, rangesBehind } from "../uid-ranges.ts"
import { bodyPieces, windowChunks } from "./body-pieces.ts"
import { type Chunk, DamagedBodyError, openChunk, type Piece, readChunk } from "./open-chunk.ts"

/** Messages of a window. */
const windowMessages = 64
/** Octets after which a window takes no more messages; its last one may go past it by a megabyte. */
const windowBytes = 512 * 1024
const windowRanges = 64

export interface BodyPiece {
  readonly row: MessageRow
  readonly piece: Piece
  readonly last: boolean
}

/** Of a large message the first chunks; the others are asked for as they are wanted. */
const oneWindow = `
  select ${messageColumns}, b.no, b.seal_key_id, b.data
  from (
    select c.*, sum(least(c.size, ${windowChunks * bodyChunkBytes})) over (order by c.uid) as upto
    from (
      select m.uid, m.email_id, m.modseq, m.saved_at, m.deleted, x.size
      from unnest($3::bigint[], $4::bigint[]) r(first, last)
      cross join lateral (
        select * from membership m
        where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid between r.first and r.last
        order by m.uid limit ${windowMessages}) m
      join email x on x.account_id = $1::bigint and x.email_id = m.email_id
      order by m.uid limit ${windowMessages}) c) m
  join email e on e.account_id = $1::bigint and e.email_id = m.email_id
  left join lateral (
    select b.no, b.seal_key_id, b.data from body b
    where b.account_id = $1::bigint and b.body_id = e.body_id and b.no < ${windowChunks}) b on true
  where m.upto - least(m.size, ${windowChunks * bodyChunkBytes}) < ${windowBytes}
  order by m.uid, b.no`

/** The same of one message: what most programs ask for, and at half the cost. */
const oneMessage = `
  select ${messageColumns}, b.no, b.seal_key_id, b.data
  from membership m
  join email e on e.account_id = m.account_id and e.email_id = m.email_id
  left join body b on b.account_id = m.account_id and b.body_id = e.body_id and b.no < ${windowChunks}
  where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid = $3::bigint
  order by b.no`

interface Line {
  readonly row: MessageRow
  readonly chunk: Chunk | undefined
}

/** Messages that this sign-in does not open are left out. Throws DamagedBodyError at a body that lacks something. */
export async function* wholeBodies(
  parts: AccountParts,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
): AsyncGenerator<BodyPiece> {
  const ask = (left: readonly UidRange[]): Promise<readonly Line[]> => {
    const asked = left.slice(0, windowRanges)
    const lines = askWindow(parts, mailbox, asked)
    // Who leaves early does not wait for it.
    lines.catch(() => undefined)
    return lines
  }
  let left = ranges
  for (let coming = left.length > 0 ? ask(left) : undefined; coming !== undefined; ) {
    const lines = await coming
    const last = lines.at(-1)
    // An empty window says that its ranges are; a full one ends with its last message.
    left = last === undefined ? left.slice(windowRanges) : rangesBehind(left, last.row.uid)
    coming = left.length > 0 && singleOf(ranges) === undefined ? ask(left) : undefined
    for (let at = 0; at < lines.length; ) {
      const row = lines[at]?.row
      if (row === undefined) break
      const chunks: Chunk[] = []
      for (; lines[at]?.row.uid === row.uid; at++) {
        const chunk = lines[at]?.chunk
        if (chunk !== undefined) chunks.push(chunk)
      }
      yield* openable(bodyOf(parts, row, chunks))
    }
  }
}

/** The UID, where it is one: its window is all. */
export function singleOf(ranges: readonly UidRange[]): number | undefined {
  const [only] = ranges
  return ranges.length === 1 && only !== undefined && only.first === only.last ? only.first : undefined
}

async function askWindow(
  { store, account, session }: AccountParts,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
): Promise<readonly Line[]> {
  let row: MessageRow | undefined
  const single = singleOf(ranges)
  return await store.ask(
    store.sql,
    single === undefined ? oneWindow : oneMessage,
    single === undefined ? [account, mailbox, firsts(ranges), lasts(ranges)] : [account, mailbox, single],
    (fields: Fields): Line => {
      const read = readMessageRow(fields)
      // The same object for all chunks of a message.
      const of = row?.uid === read.uid ? row : read
      row = of
      if (fields.isNull()) return { row: of, chunk: undefined }
      const isFinal = (no: number): boolean => (no + 1) * bodyChunkBytes >= of.size
      return { row: of, chunk: readChunk(fields, session, of.body, isFinal) }
    },
  )
}

async function* bodyOf(
  parts: AccountParts,
  row: MessageRow,
  chunks: readonly Chunk[],
): AsyncGenerator<BodyPiece> {
  let no = 0
  for (const chunk of chunks) {
    if (chunk.no !== no++) break
    yield { row, piece: await openChunk(parts.session, row.body, chunk), last: chunk.final }
    if (chunk.final) return
  }
  if (chunks.length < windowChunks || no !== chunks.length)
    throw new DamagedBodyError("a chunk of the body has gone")
  const pieces = bodyPieces(parts, row.body, windowChunks * bodyChunkBytes)
  let held: Piece | undefined
  for await (const piece of pieces) {
    if (held !== undefined) yield { row, piece: held, last: false }
    held = piece
  }
  if (held === undefined) throw new DamagedBodyError("the end of the body has gone")
  yield { row, piece: held, last: true }
}

async function* openable(body: AsyncGenerator<BodyPiece>): AsyncGenerator<BodyPiece> {
  try {
    yield* body
  } catch (error) {
    if (!opensNot(error)) throw error
  }
}
