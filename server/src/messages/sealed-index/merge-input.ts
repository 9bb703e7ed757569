/** What a merge reads: segments that are there, by their pages. */
import type { KeyObject } from "node:crypto"
import type { AccountId } from "../../store/ids.ts"
import { openPage } from "../../vaults/segment-pages.ts"
import { VaultError } from "../../vaults/vault-error.ts"
import { DamagedIndexError } from "./damaged-index-error.ts"
import type { StreamKind } from "./page-streams.ts"
import type { Root } from "./root.ts"

export interface InputSegment {
  readonly id: number
  readonly key: KeyObject
  readonly root: Root
  /** Messages of it that have gone. */
  readonly gone: ReadonlySet<number>
}

/** Opened pages of a stream; fewer where some are missing. */
export type ReadPages = (
  input: InputSegment,
  kind: StreamKind,
  first: number,
  count: number,
) => Promise<readonly Buffer[]>

/** Throws DamagedIndexError where a page is not what was written in its place. */
export function openPages(
  account: AccountId,
  { id: segment, key }: Pick<InputSegment, "id" | "key">,
  kind: StreamKind,
  first: number,
  sealed: readonly Uint8Array[],
): Buffer[] {
  return sealed.map((data, at) => openIndexPage(account, { id: segment, key }, kind, first + at, data))
}

export function openIndexPage(
  account: AccountId,
  { id: segment, key }: Pick<InputSegment, "id" | "key">,
  kind: number,
  no: number,
  data: Uint8Array,
): Buffer {
  try {
    return openPage(key, { account, segment, kind, no }, data)
  } catch (cause) {
    if (cause instanceof VaultError) throw new DamagedIndexError("a page does not open", { cause })
    throw cause
  }
}
