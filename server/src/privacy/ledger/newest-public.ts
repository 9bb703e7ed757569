import { z } from "zod"
import type { Sql, Tx } from "../../store/index.ts"
import type { PublicEvent } from "./contract.ts"
import { parseLeaf } from "./leaf.ts"

/**
 * What the ledger was last told of a kind of event about nobody: for registers whose newest entry could be taken out of
 * its table unseen. It believes the rows; that these are what was signed, `ledger verify` says, and everybody who kept
 * a checkpoint. There is an index for each kind that is asked for (migration 0012).
 */
export type NewestTold =
  | { readonly kind: "none" }
  | { readonly kind: "told"; readonly detail: Readonly<Record<string, unknown>> }
  /** There is one, and it is not as this server writes them. */
  | { readonly kind: "unreadable" }

const fields = z.record(z.string(), z.unknown())

export async function newestPublic(
  db: Sql | Tx,
  kind: PublicEvent["kind"] & "agreement",
): Promise<NewestTold> {
  const head = Buffer.from(`letterkeep ledger 1\n${kind}\n`)
  // What waits is newer than what has a number, and moves from there to here: so it is asked for first.
  const [waiting] = await db<{ data: Buffer }[]>`
    select data from ledger_waiting where substring(data from 1 for 30) = ${head} order by waiting_id desc limit 1`
  const [numbered] = await db<{ data: Buffer }[]>`
    select data from ledger_leaf where substring(data from 1 for 30) = 'letterkeep ledger 1\\012agreement\\012'::bytea
     order by leaf desc limit 1`
  const row = waiting ?? numbered
  if (row === undefined) return { kind: "none" }
  const detail = detailOf(row.data)
  return detail === undefined ? { kind: "unreadable" } : { kind: "told", detail }
}

function detailOf(data: Buffer): Readonly<Record<string, unknown>> | undefined {
  const leaf = parseLeaf(data)
  if (leaf?.content.kind !== "public") return undefined
  try {
    return fields.safeParse(JSON.parse(leaf.content.detail.toString("utf8"))).data
  } catch {
    return undefined // not JSON: not what this server writes, which is what the caller is told
  }
}
