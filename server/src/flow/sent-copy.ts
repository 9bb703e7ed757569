/** The writer's own copy of what they send, in the mailbox for sent mail, with Bcc in it, and seen. */
import { type MessageScan, scanMessage } from "@letterkeep/mime"
import { type Delivery, prepareEntry, threadIdsOf } from "../messages/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Composed } from "./compose.ts"

/** `handedIn`: of the message as it came, which the copy is where nothing was added. */
export function sentCopy(
  vaults: Pick<Vaults, "keyedHash">,
  account: AccountId,
  { copy }: Pick<Composed, "copy">,
  handedIn: MessageScan,
  now: number,
): Delivery {
  const [only] = copy
  const isAsItCame = copy.length === 1 && only === handedIn.bytes
  const scan = isAsItCame ? handedIn : scanMessage(Buffer.concat(copy))
  return {
    account,
    into: [{ kind: "role", role: "sent" }],
    keywords: ["$seen"],
    receivedAt: now,
    parts: copy,
    threadHashes: threadIdsOf(scan).all.map(each => vaults.keyedHash(account, "message-id", each)),
    entry: prepareEntry(scan)(0, { kind: "accept", reasons: [reason] }),
  }
}

const reason = { code: "sent-by-you", sentence: "You sent it." }
