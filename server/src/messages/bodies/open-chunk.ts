import { type Personal, personal } from "../../privacy/index.ts"
import type { AccountId } from "../../store/index.ts"
import { openSealed, type VaultSession } from "../../vaults/index.ts"

/** A chunk of a body as it lies in the database. */
export interface Chunk {
  readonly no: number
  readonly keyId: number
  readonly data: Buffer
  /** No chunk follows, as the database has it: it opens only where it was sealed so. */
  readonly final: boolean
}

export type Piece = Personal<"user.content.private.mail", Buffer>

/** A body whose chunks are not what was written. */
export class DamagedBodyError extends Error {
  override readonly name = "DamagedBodyError"
  readonly temporary = false
}

/** [from, to) of what is in the chunk. */
export async function openChunk(
  session: VaultSession,
  body: Buffer,
  { no, keyId, data, final }: Chunk,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): Promise<Piece> {
  const { account }: { readonly account: AccountId } = session
  const key = await session.sealKey(keyId)
  const what = { account, kind: "body", id: body.toString("hex"), chunk: no, final } as const
  const plain = openSealed(key, what, data)
  const isWhole = from <= 0 && to >= plain.length
  return personal(
    "user.content.private.mail",
    isWhole ? plain : plain.subarray(Math.max(0, from), Math.max(0, to)),
  )
}
