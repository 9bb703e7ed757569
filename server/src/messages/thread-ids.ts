/** The identifiers by which a message finds its thread: keyed hashes of these are all that is kept of them. */
import { firstFieldText, type MessageScan, messageIds } from "@letterkeep/mime"

/** Identifiers of one message that its threads are sought by: its own and the newest that it refers to. */
const threadIdsLimit = 32

export interface ThreadIds {
  /** Its own, or none. */
  readonly own: readonly string[]
  /** Its own, then what it answers, the newest references last (RFC 5322 §3.6.4). */
  readonly all: readonly string[]
}

export function threadIdsOf(scan: MessageScan): ThreadIds {
  const text = (name: string): string => firstFieldText(scan.bytes, scan.root.fields, name) ?? ""
  const own = messageIds(text("message-id")).slice(0, 1)
  const others = [...messageIds(text("in-reply-to")).slice(0, 1), ...messageIds(text("references"))]
  return { own, all: [...new Set([...own, ...others.slice(1 - threadIdsLimit)])] }
}
