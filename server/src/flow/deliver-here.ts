/** What somebody here writes to others here: it never leaves the house, and is theirs with the writer's own copy. */
import { scanMessage } from "@letterkeep/mime"
import { type Delivery, prepareEntry, threadIdsOf } from "../messages/index.ts"
import type { People } from "../people/index.ts"
import { mailAddress, type Permit } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Composed } from "./compose.ts"
import type { SubmissionEnvelope } from "./submission.ts"
import { returnPath, screeningField } from "./trace-fields.ts"

export interface DeliverHereParts {
  readonly people: Pick<People, "senderRules">
  readonly vaults: Pick<Vaults, "keyedHash">
}

export async function deliverHere(
  { people, vaults }: DeliverHereParts,
  { reversePath }: Pick<SubmissionEnvelope, "reversePath">,
  { out, authors }: Composed,
  accounts: readonly AccountId[],
  { now, permit }: { readonly now: number; readonly permit: Permit<"mail.send"> },
): Promise<readonly Delivery[]> {
  if (accounts.length === 0) return []
  const message = Buffer.concat(out)
  const scan = scanMessage(message)
  const entryFor = prepareEntry(scan)
  const ids = threadIdsOf(scan)
  const path = returnPath({ reversePath }, permit)
  return await Promise.all(
    accounts.map(async (account): Promise<Delivery> => {
      const rule = await people.senderRules(account, mailAddress(authors[0] ?? ""), reversePath)
      const isBlocked = rule === "block"
      const verdict = isBlocked
        ? ({ kind: "junk", reasons: [blocked, signedIn] } as const)
        : ({ kind: "accept", reasons: [signedIn] } as const)
      const above = Buffer.from(path + screeningField(verdict.kind, verdict.reasons))
      return {
        account,
        into: [{ kind: "role", role: isBlocked ? "junk" : "inbox" }],
        keywords: isBlocked ? ["$junk"] : [],
        receivedAt: now,
        parts: [above, message],
        threadHashes: (isBlocked ? ids.own : ids.all).map(each =>
          vaults.keyedHash(account, "message-id", each),
        ),
        entry: entryFor(above.length, verdict),
      }
    }),
  )
}

const signedIn = { code: "sent-from-here", sentence: "Its writer has an account here and was signed in." }
const blocked = { code: "blocked-by-you", sentence: "You have blocked this sender." }
