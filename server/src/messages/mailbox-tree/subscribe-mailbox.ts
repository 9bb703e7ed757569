import { changeAccount } from "../change-account.ts"
import type { MailboxEdit } from "../mail.ts"
import type { AccountParts } from "../open-mail.ts"
import { dropSubscriptions, readGone } from "./gone-subscriptions.ts"
import { canonicalName } from "./names.ts"
import { logMailboxes, noSuchMailbox, readTree } from "./tree.ts"

/** RFC 9051 §6.3.7 and §6.3.8. A name that is no mailbox's can only be what is left of a subscription. */
export async function subscribeMailbox(
  { store, account, names }: AccountParts,
  given: string,
  subscribed: boolean,
): Promise<MailboxEdit> {
  const name = canonicalName(given)
  return await changeAccount(store, account, async change => {
    const found = (await readTree(change, names)).get(name)
    if (found === undefined) {
      const id = (await readGone(change, names)).get(name)
      if (id === undefined) return noSuchMailbox
      if (!subscribed) await dropSubscriptions(change, [id])
      return { kind: "done", id }
    }
    const { count } = await change.tx`
      update mailbox set subscribed = ${subscribed}
      where account_id = ${account} and mailbox_id = ${found.id} and subscribed <> ${subscribed}`
    if (count > 0) await logMailboxes(change, [found], "updated")
    return { kind: "done", id: found.id }
  })
}
