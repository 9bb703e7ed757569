/** What this server puts into somebody's inbox by itself, with why it is there. */
import { scanMessage } from "@letterkeep/mime"
import type { AccountId } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import { type Delivery, toInbox } from "./delivery.ts"
import { prepareEntry } from "./entry.ts"
import { threadIdsOf } from "./thread-ids.ts"

interface WrittenHere {
  readonly account: AccountId
  readonly bytes: Buffer
  /** Trace fields that stand above it; none unless said. */
  readonly above?: Buffer
  readonly reasons: readonly { readonly code: string; readonly sentence: string }[]
  /** Milliseconds since 1970. */
  readonly now: number
}

export function writtenHere(
  vaults: Pick<Vaults, "keyedHash">,
  { account, bytes, above, reasons, now }: WrittenHere,
): Delivery {
  const scan = scanMessage(bytes)
  return {
    account,
    into: toInbox,
    keywords: [],
    receivedAt: now,
    parts: above === undefined ? [bytes] : [above, bytes],
    threadHashes: threadIdsOf(scan).all.map(each => vaults.keyedHash(account, "message-id", each)),
    entry: prepareEntry(scan)(above?.length ?? 0, { kind: "accept", reasons }),
  }
}

/** Of what nobody but the server wrote. */
export const fromTheServer = { code: "from-the-server", sentence: "This server wrote it itself." }
