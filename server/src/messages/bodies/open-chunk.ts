import type { KeyObject } from "node:crypto"
import { type Personal, personal } from "../../privacy/index.ts"
import type { Fields } from "../../store/index.ts"
import { openSealed, VaultError, type VaultSession } from "../../vaults/index.ts"

interface Place {
  readonly no: number
  /** No chunk follows, as the database has it: it opens only where it was sealed so. */
  readonly final: boolean
}

/** A chunk of a body as it was read: open already, where its key was at hand, or as it lies in the database. */
export type Chunk =
  | (Place & { readonly kind: "open"; readonly plain: Buffer })
  | (Place & { readonly kind: "sealed"; readonly keyId: number; readonly data: Buffer })

export type Piece = Personal<"user.content.private.mail", Buffer>

/** A body whose chunks are not what was written. */
export class DamagedBodyError extends Error {
  override readonly name = "DamagedBodyError"
  readonly temporary = false
}

/**
 * Reads no, seal_key_id and data. What came in is gone when the row's reader returns: it is opened at once, so that it
 * need not be copied. Where that does not go, `openChunk` tries again, and says why.
 */
export function readChunk(
  fields: Fields,
  session: VaultSession,
  body: Buffer,
  isFinal: (no: number) => boolean,
): Chunk {
  const no = fields.int4()
  const keyId = fields.int8()
  const data = fields.bytea()
  const place = { no, final: isFinal(no) }
  const key = session.closed ? undefined : session.keptSealKey(keyId)
  const plain = key === undefined ? undefined : openNow(key, session, body, place, data)
  return plain === undefined
    ? { ...place, kind: "sealed", keyId, data: Buffer.from(data) }
    : { ...place, kind: "open", plain }
}

function openNow(
  key: KeyObject,
  session: VaultSession,
  body: Buffer,
  place: Place,
  data: Buffer,
): Buffer | undefined {
  try {
    return openSealed(key, sealedChunk(session, body, place), data)
  } catch (error) {
    if (error instanceof VaultError) return undefined
    throw error
  }
}

/** [from, to) of what is in the chunk. */
export async function openChunk(
  session: VaultSession,
  body: Buffer,
  chunk: Chunk,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): Promise<Piece> {
  const plain =
    chunk.kind === "open"
      ? chunk.plain
      : openSealed(await session.sealKey(chunk.keyId), sealedChunk(session, body, chunk), chunk.data)
  const isWhole = from <= 0 && to >= plain.length
  return personal(
    "user.content.private.mail",
    isWhole ? plain : plain.subarray(Math.max(0, from), Math.max(0, to)),
    session.account,
  )
}

function sealedChunk({ account }: VaultSession, body: Buffer, { no, final }: Place) {
  return { account, kind: "body", id: body.toString("hex"), chunk: no, final } as const
}
