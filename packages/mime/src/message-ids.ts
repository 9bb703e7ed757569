/**
 * Message identifiers of Message-ID, In-Reply-To and References.
 *
 *     msg-id = [CFWS] "<" id-left "@" id-right ">" [CFWS]      RFC 5322 §3.6.4
 *
 * Old In-Reply-To fields hold prose around them, some senders drop the brackets or the "@", and folds may fall
 * into an identifier: what stands in brackets counts, without white space.
 */
import { MESSAGE_ID_LENGTH_LIMIT, MESSAGE_IDS_LIMIT } from "./limits.ts"

/**
 * Identifiers without brackets, in order, each once. Of more than MESSAGE_IDS_LIMIT the first (the root of the
 * thread) and the last ones stay.
 */
export function messageIds(text: string): readonly string[] {
  const found = new Set<string>()
  let open = text.indexOf("<")
  while (open !== -1) {
    const close = text.indexOf(">", open + 1)
    if (close === -1) break
    // "<" inside means that the earlier bracket was never closed.
    const start = Math.max(open, text.lastIndexOf("<", close))
    addId(found, text.slice(start + 1, close))
    open = text.indexOf("<", close + 1)
  }
  if (found.size === 0) addBare(found, text)
  const ids = [...found]
  if (ids.length <= MESSAGE_IDS_LIMIT) return ids
  return [ids[0] ?? "", ...ids.slice(ids.length - MESSAGE_IDS_LIMIT + 1)]
}

function addId(found: Set<string>, raw: string): void {
  const id = /\s/.test(raw) ? raw.replace(/\s+/g, "") : raw
  if (id !== "" && id.length <= MESSAGE_ID_LENGTH_LIMIT) found.add(id)
}

/** No brackets at all: words that hold an "@", so that prose is not taken for one. */
function addBare(found: Set<string>, text: string): void {
  for (const word of text.split(/\s+/, MESSAGE_IDS_LIMIT)) {
    const at = word.indexOf("@")
    if (at > 0 && at < word.length - 1 && !/[<>,"()]/.test(word)) addId(found, word)
  }
}
