import type { MailboxId } from "../../store/index.ts"
import { type AccountChange, changeAccount } from "../change-account.ts"
import type { MailboxEdit } from "../mail.ts"
import type { AccountParts } from "../open-mail.ts"
import { removeAll } from "../remove-messages.ts"
import { keepSubscription } from "./gone-subscriptions.ts"
import { canonicalName, inboxName } from "./names.ts"
import { logMailboxes, noSuchMailbox, readTree, refused } from "./tree.ts"

/**
 * RFC 9051 §6.3.5. A name is a whole path, so what lies below stays as it is, and the level that it names becomes one
 * that is no mailbox. A large mailbox is emptied in several steps; it goes with the last.
 */
export async function deleteMailbox(parts: AccountParts, given: string): Promise<MailboxEdit> {
  const name = canonicalName(given)
  // RFC 9051 §6.3.5: INBOX stays.
  if (name === inboxName) return refused("not-allowed", "The inbox cannot be deleted.")
  let id: MailboxId | undefined
  for (;;) {
    const step = await changeAccount(parts.store, parts.account, change => empty(parts, change, name, id))
    if (step.kind === "over") return step.edit
    id = step.id
  }
}

type Step =
  | { readonly kind: "over"; readonly edit: MailboxEdit }
  | { readonly kind: "more"; readonly id: MailboxId }

/** `id`: what was begun; another that took its name meanwhile is not meant. */
async function empty(
  { names, store }: AccountParts,
  change: AccountChange,
  name: string,
  id: MailboxId | undefined,
): Promise<Step> {
  const { tx, account } = change
  const tree = await readTree(change, names)
  const found = id === undefined ? tree.get(name) : [...tree.values()].find(mailbox => mailbox.id === id)
  if (found === undefined)
    return { kind: "over", edit: id === undefined ? noSuchMailbox : { kind: "done", id } }
  const { more } = await removeAll(store, change, found.id)
  if (more) return { kind: "more", id: found.id }
  await keepSubscription(change, found.id)
  await tx`delete from mailbox where account_id = ${account} and mailbox_id = ${found.id}`
  await logMailboxes(change, [found], "destroyed")
  return { kind: "over", edit: { kind: "done", id: found.id } }
}
