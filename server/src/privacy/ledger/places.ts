/**
 * Where an event stands among those about its person: the number is sealed in its detail, and its *place*, a hash of
 * account and number, is in its leaf. Who holds the key file can seek the place of every number in the tree, and so
 * knows how many events there must be, from what was signed and not from a row that can be put back. To everybody
 * else places are noise, no two of them alike; and to everybody, once the account has gone (vaults, `accountMark`).
 */
import { createHmac } from "node:crypto"
import type { Sql, Tx } from "../../store/index.ts"
import { parseLeaf } from "./leaf.ts"

/** Numbers whose places are sought in one query. */
export const PAGE_PLACES = 128

/** 32 octets. `mark`: the account's; `number`: from 1. */
export function placeOf(mark: Uint8Array, number: number): Buffer {
  return createHmac("sha256", mark).update(`letterkeep ledger place 1\n${number}`).digest()
}

/** A leaf that the tree has at the place of an event about somebody. */
export interface Placed {
  readonly number: number
  readonly leaf: number
  readonly hash: Buffer
}

/** Those of `count` numbers from `from` on that the tree has; one that it has twice is there twice. */
export async function placedFrom(
  db: Sql | Tx,
  mark: Uint8Array,
  from: number,
  count = PAGE_PLACES,
): Promise<readonly Placed[]> {
  const hex = Array.from({ length: count }, (_, at) => placeOf(mark, from + at).toString("hex"))
  return await db<Placed[]>`
    select (${from}::bigint + at - 1)::bigint as number, leaf, hash
      from unnest(${hex}::text[]) with ordinality as asked (hex, at)
      join ledger_leaf on place = decode(hex, 'hex') order by at, leaf`
}

/** The place that a leaf's data names, in hex; undefined where it names none. */
export function placeIn(data: Uint8Array): Buffer | undefined {
  const content = parseLeaf(data)?.content
  return content?.kind === "sealed" ? content.place : undefined
}
