/** A FETCH without PEEK marks what it gives as seen (RFC 9051 §6.4.5): one change for all messages of a page. */
import type { MessageRow } from "../../../../messages/index.ts"
import type { ModSeq } from "../../../../store/ids.ts"
import { type OpenMailbox, organising } from "../open-mailbox.ts"
import { resolveUids } from "../resolve-set.ts"

type Parts = Pick<OpenMailbox, "mail" | "privacy" | "known" | "id">

export interface Marked {
  /** As they are now. */
  readonly rows: readonly MessageRow[]
  /** UIDs of those that were not seen before: their FLAGS are told. */
  readonly changed: ReadonlySet<number>
  /** Of this change, where there was one: for when it has been told. */
  readonly modseq: ModSeq | undefined
}

export async function markSeen(parts: Parts, rows: readonly MessageRow[]): Promise<Marked> {
  const { mail, known, id } = parts
  const unseen = rows.filter(row => !row.keywords.includes("$seen")).map(row => row.uid)
  if (unseen.length === 0) return { rows, changed: new Set(), modseq: undefined }
  const { uids } = resolveUids(known.numbering, unseen)
  const seen = { change: "add", keywords: ["$seen"], deleted: false } as const
  const stored = await organising(parts, () => mail.store(id, uids, seen))
  if (stored.kind !== "stored") return { rows, changed: new Set(), modseq: undefined }
  const now = new Map(stored.rows.map(row => [row.uid, row]))
  return {
    rows: rows.map(row => now.get(row.uid) ?? row),
    changed: new Set(unseen.filter(uid => now.has(uid))),
    modseq: stored.changed ? stored.modseq : undefined,
  }
}
