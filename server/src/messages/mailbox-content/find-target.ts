import type { AccountChange } from "../change-account.ts"
import type { MailboxNames } from "../mailbox-tree/mailbox-names.ts"
import { canonicalName } from "../mailbox-tree/names.ts"
import { readTree, type TreeMailbox } from "../mailbox-tree/tree.ts"

/** The mailbox that messages are to be put into. */
export async function findTarget(
  change: AccountChange,
  names: MailboxNames,
  given: string,
): Promise<TreeMailbox | undefined> {
  return (await readTree(change, names)).get(canonicalName(given))
}
