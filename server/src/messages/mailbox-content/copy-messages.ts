import type { MailboxId } from "../../store/index.ts"
import type { SealKey } from "../../vaults/index.ts"
import { type AccountChange, changeAccount, reached, Undone } from "../change-account.ts"
import type { Copied, UidRange } from "../mail.ts"
import { isThere } from "../mailbox-tree/tree.ts"
import type { AccountParts } from "../open-mail.ts"
import { todaysKey } from "../todays-key.ts"
import { addDuplicates, duplicatesLimit, type Entries, openEntries, sizeOfEmails } from "./duplicates.ts"
import { findTarget } from "./find-target.ts"
import { transfer } from "./transfer.ts"

/** Which messages the target holds may change between the look and the lock; then it is looked at again. */
const triesLimit = 5

/** COPY and MOVE: all or none (RFC 9051 §6.4.7, RFC 6851 §3.3). */
export async function copyMessages(
  parts: AccountParts,
  kind: "copy" | "move",
  from: MailboxId,
  ranges: readonly UidRange[],
  to: string,
): Promise<Copied> {
  const { store, account } = parts
  if (store.room() === "low") return { kind: "disk-low" }
  let known: Known | undefined
  for (let attempt = 1; ; attempt++) {
    const done = await changeAccount<Copied | Lacking>(store, account, change =>
      copy(parts, change, kind, from, ranges, to, known),
    )
    if (done.kind !== "entries-lack") return done
    if (attempt === triesLimit) throw new Error("the target of a copy changes faster than it can be read")
    const entries = await openEntries(parts, from, done.to, ranges)
    if (entries === undefined) return tooManyDuplicates
    known = { entries, key: await todaysKey(parts) }
  }
}

/** What duplicates need, found before the account is locked. */
interface Known {
  readonly entries: Entries
  readonly key: SealKey
}

interface Lacking {
  readonly kind: "entries-lack"
  readonly to: MailboxId
}

const tooManyDuplicates: Copied = {
  kind: "too-many",
  sentence: `At most ${duplicatesLimit} messages can be copied at once to where they are already.`,
}

async function copy(
  parts: AccountParts,
  change: AccountChange,
  kind: "copy" | "move",
  from: MailboxId,
  ranges: readonly UidRange[],
  to: string,
  known: Known | undefined,
): Promise<Copied | Lacking | Undone<Copied | Lacking>> {
  const target = await findTarget(change, parts.names, to)
  if (target === undefined || !(await isThere(change.tx, change.account, from)))
    return { kind: "no-such-mailbox" }
  const now = parts.clock.now()
  const moved = { move: kind === "move", from, to: target.id, ranges, now }
  const done = await transfer(parts.store, change, moved)
  const duplicates = done
    .filter(({ held }) => held)
    .map(({ email, to: uid, deleted }) => ({ of: email, uid, deleted }))
  if (duplicates.length > duplicatesLimit) return new Undone(tooManyDuplicates)
  if (duplicates.length > 0) {
    if (known === undefined || duplicates.some(({ of }) => !known.entries.has(of)))
      return new Undone<Lacking>({ kind: "entries-lack", to: target.id })
    const { usedBytes, quotaBytes } = change.state
    const olds = duplicates.map(({ of }) => of)
    const bytes = await sizeOfEmails(parts.store, change, olds)
    if (quotaBytes !== null && usedBytes + bytes > quotaBytes)
      return new Undone<Copied>({ kind: "over-quota" })
    await addDuplicates(parts, change, target.id, duplicates, known.entries, known.key, bytes, now)
  }
  return {
    kind: "copied",
    uidValidity: target.uidValidity,
    pairs: done.map(each => [each.from, each.to] as const),
    modseq: reached(change),
  }
}
