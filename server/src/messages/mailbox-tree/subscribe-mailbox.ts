import { changeAccount } from "../change-account.ts"
import type { MailboxEdit } from "../mail.ts"
import type { AccountParts } from "../open-mail.ts"
import { canonicalName } from "./names.ts"
import { logMailboxes, noSuchMailbox, readTree } from "./tree.ts"

/** RFC 9051 §6.3.7 and §6.3.8. Only of mailboxes that are there: the name goes with its mailbox. */
export async function subscribeMailbox(
  { store, account, names }: AccountParts,
  given: string,
  subscribed: boolean,
): Promise<MailboxEdit> {
  const name = canonicalName(given)
  return await changeAccount(store, account, async change => {
    const found = (await readTree(change, names)).get(name)
    if (found === undefined) return noSuchMailbox
    const { count } = await change.tx`
      update mailbox set subscribed = ${subscribed}
      where account_id = ${account} and mailbox_id = ${found.id} and subscribed <> ${subscribed}`
    if (count > 0) await logMailboxes(change, [found], "updated")
    return { kind: "done", id: found.id }
  })
}
