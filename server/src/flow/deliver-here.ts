/** What somebody here writes to others here: it never leaves the house, and is theirs with the writer's own copy. */
import { scanMessage } from "@letterkeep/mime"
import { prepareEntry, threadIdsOf } from "../messages/index.ts"
import type { People } from "../people/index.ts"
import { type MailAddress, mailAddress, type Permit, type Privacy } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Composed } from "./compose.ts"
import { type FilteredMail, type Filtering, type InHand, type Reader, unfiltered } from "./filter/index.ts"
import type { SubmissionEnvelope, SubmissionRecipient } from "./submission.ts"
import { returnPath, screeningField } from "./trace-fields.ts"

export interface DeliverHereParts {
  readonly people: Pick<People, "senderRules">
  readonly vaults: Pick<Vaults, "keyedHash">
  readonly privacy: Pick<Privacy, "gate">
  /** Without it no filter runs. */
  readonly filtering?: Filtering
}

interface Ground {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * `keep` is given what is to be kept for those who are here; where their filters remember what came before, other mail for
 * them waits until it has resolved.
 */
export async function deliverHere<T>(
  parts: DeliverHereParts,
  envelope: Pick<SubmissionEnvelope, "account" | "reversePath" | "body" | "requireTls">,
  composed: Pick<Composed, "out" | "senders">,
  here: ReadonlyMap<AccountId, SubmissionRecipient>,
  ground: Ground,
  keep: (filtered: FilteredMail) => Promise<T>,
): Promise<T> {
  if (here.size === 0) return await keep(unfiltered([]))
  const accounts = [...here.keys()]
  // It is theirs from here on, whoever wrote it.
  return await parts.privacy.gate("mail.receive", { kind: "accounts", accounts }, async permit => {
    const scan = scanMessage(Buffer.concat(composed.out))
    const readers = await readersOf(parts, envelope, composed.senders, scan, here, { ...ground, permit })
    const filters = parts.filtering?.filters
    const active = await filters?.activeOf(accounts)
    if (filters === undefined || active === undefined) return await keep(unfiltered(readers))
    // What the program handed in has our Received on top already. Nobody here refuses it at the door: others may have it.
    const handed = { received: "", isPathProven: true, isReport: false, refusesAtDoor: false }
    const inHand: InHand = { ...envelope, ...ground, ...handed, provenDomain: undefined, scan }
    return await filters.inTurn(active, async () => keep(await filters.run(inHand, readers, active)))
  })
}

async function readersOf(
  { people, vaults }: DeliverHereParts,
  { reversePath }: Pick<SubmissionEnvelope, "reversePath">,
  senders: Composed["senders"],
  scan: InHand["scan"],
  here: ReadonlyMap<AccountId, SubmissionRecipient>,
  { now, permit }: Ground & { readonly permit: Permit<"mail.receive"> },
): Promise<readonly Reader[]> {
  const entryFor = prepareEntry(scan)
  const ids = threadIdsOf(scan)
  const path = returnPath({ reversePath }, permit)
  const readerFor = (account: AccountId, recipient: SubmissionRecipient, isBlocked: boolean): Reader => {
    const verdict = isBlocked
      ? ({ kind: "junk", reasons: [blocked, signedIn] } as const)
      : ({ kind: "accept", reasons: [signedIn] } as const)
    const above = Buffer.from(path + screeningField(verdict.kind, verdict.reasons))
    return {
      account,
      recipient,
      isJunk: isBlocked,
      above,
      usual: {
        into: [{ kind: "role", role: isBlocked ? "junk" : "inbox" }],
        keywords: isBlocked ? ["$junk"] : [],
      },
      deliver: ({ into, keywords }) => ({
        account,
        into,
        keywords,
        receivedAt: now,
        parts: [above, scan.bytes],
        threadHashes: (isBlocked ? ids.own : ids.all).map(each =>
          vaults.keyedHash(account, "message-id", each),
        ),
        entry: entryFor(above.length, verdict),
      }),
      passOn: async (other: AccountId, address: MailAddress) =>
        readerFor(other, { address }, await isBlockedBy(other)),
    }
  }
  /** By any address that it bears, whatever its tag: tags are made as one writes. */
  const isBlockedBy = async (account: AccountId): Promise<boolean> => {
    const rules = await Promise.all(
      senders.map(({ address }) => people.senderRules(account, mailAddress(address), reversePath, true)),
    )
    return rules.includes("block")
  }
  return await Promise.all(
    [...here].map(async ([account, recipient]) => readerFor(account, recipient, await isBlockedBy(account))),
  )
}

const signedIn = { code: "sent-from-here", sentence: "Its writer has an account here and was signed in." }
const blocked = { code: "blocked-by-you", sentence: "You have blocked this sender." }
