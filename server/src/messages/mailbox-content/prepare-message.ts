import { scanMessage } from "@letterkeep/mime"
import type { Permit } from "../../privacy/index.ts"
import type { SealKey } from "../../vaults/index.ts"
import { prepareEntry } from "../entry.ts"
import type { Incoming, Mail } from "../mail.ts"
import type { AccountParts } from "../open-mail.ts"
import { notScreened } from "../own-trace.ts"
import type { InItsMailbox, KeyedMessage } from "../rows.ts"
import { threadIdsOf } from "../thread-ids.ts"
import { canonicalKeywords, faultOfKeywords } from "./keywords.ts"

/** What a program puts into a mailbox, ready to be written. */
export interface Prepared {
  readonly message: KeyedMessage
  readonly place: InItsMailbox
}

type Mine = Parameters<Mail["append"]>[1][number]

/** Messages of one command. */
export const appendLimit = 1_000

/** A sentence where a limit is passed. */
export function faultOfIncoming(incoming: readonly Incoming[]): string | undefined {
  if (incoming.length > appendLimit)
    return `At most ${appendLimit} messages can be put into a mailbox at once.`
  for (const { keywords } of incoming) {
    const fault = faultOfKeywords(keywords)
    if (fault !== undefined) return fault
  }
  return undefined
}

export function openIncoming(messages: readonly Mine[], permit: Permit<"mail.organise">): Incoming[] {
  return messages.map(message => message.open(permit))
}

export function prepareMessage(
  { account, vaults }: Pick<AccountParts, "account" | "vaults">,
  { parts, keywords, deleted, receivedAt }: Incoming,
  key: SealKey,
  now: number,
): Prepared {
  const [only] = parts
  const whole = parts.length === 1 && only !== undefined ? asBuffer(only) : Buffer.concat(parts)
  const scan = scanMessage(whole)
  return {
    message: {
      account,
      keywords: canonicalKeywords(keywords),
      receivedAt: receivedAt ?? now,
      parts: [whole],
      threadHashes: threadIdsOf(scan).all.map(id => vaults.keyedHash(account, "message-id", id)),
      entry: prepareEntry(scan)(0, notScreened),
      key,
    },
    place: { savedAt: now, deleted },
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
