import { type Category, isCategory, type Purpose, purposes } from "../policy/index.ts"
import { type Ground, grounds } from "../policy/transfers.ts"
import { type Agreement, isRecipient } from "./agreement.ts"
import type { Entry } from "./rows.ts"

/**
 * What the entries of the register come to: agreements, newest first. One that is followed by another with the same
 * recipient has ended with it. Recipients, purposes and fields that this version of the program does not know are
 * passed over.
 */
export function agreementsOf(entries: readonly Entry[]): readonly Agreement[] {
  const made: Agreement[] = []
  const newest = new Map<string, number>()
  for (const entry of entries) {
    const at = newest.get(entry.recipient)
    const before = at === undefined ? undefined : made[at]
    if (at !== undefined && before !== undefined && before.endedAt === undefined)
      made[at] = { ...before, endedAt: entry.saidAt.getTime() }
    const agreement = entry.says === "agreed" ? agreementOf(entry) : undefined
    if (agreement !== undefined) newest.set(entry.recipient, made.push(agreement) - 1)
  }
  return made.reverse()
}

function agreementOf(entry: Entry): Agreement | undefined {
  const { recipient } = entry
  if (!isRecipient(recipient)) return undefined
  return {
    id: entry.number,
    recipient,
    purposes: entry.purposes.filter(isPurpose),
    fields: entry.fields.filter((name): name is Category => isCategory(name)),
    country: entry.country ?? undefined,
    ground: isGround(entry.ground) ? entry.ground : undefined,
    agreedAt: entry.saidAt.getTime(),
    until: entry.until?.getTime(),
    endedAt: undefined,
  }
}

function isPurpose(name: string): name is Purpose {
  return Object.hasOwn(purposes, name)
}

function isGround(name: string | null): name is Ground {
  return name !== null && Object.hasOwn(grounds, name)
}
