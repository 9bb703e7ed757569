/**
 * The mailboxes of an account as its filters name them, while nobody is signed in: their names are sealed to the server.
 * What a name leads to may be renamed or gone when the message is kept: `Destination` says what then.
 */
import type { Clock } from "../ports/clock.ts"
import type { Permit } from "../privacy/index.ts"
import type { AccountId, MailboxId, Store } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import { createMailbox } from "./mailbox-tree/create-mailbox.ts"
import { mailboxesOf } from "./mailbox-tree/list-mailboxes.ts"
import { createMailboxNames } from "./mailbox-tree/mailbox-names.ts"
import { canonicalName } from "./mailbox-tree/names.ts"
import { type MailboxRole, roleOf } from "./mailboxes.ts"

export interface FoundPlace {
  readonly id: MailboxId
  readonly role: MailboxRole | null
}

export interface Places {
  find(name: string): FoundPlace | undefined
  /** The one mailbox with this attribute of RFC 6154 §2, such as "\Junk". */
  withUse(attribute: string): FoundPlace | undefined
}

export type Created =
  | { readonly kind: "created"; readonly id: MailboxId }
  /** A sentence for the person: it is no name, or there are too many. */
  | { readonly kind: "refused"; readonly sentence: string }

export interface Placing {
  of(account: AccountId, permit: Permit<"mail.receive" | "mail.read">): Promise<Places>
  /** Where another message was quicker, the mailbox that it made. */
  create(account: AccountId, name: string, permit: Permit<"mail.receive">): Promise<Created>
}

interface Parts {
  readonly store: Store
  readonly vaults: Pick<Vaults, "sealToServer" | "openFromServer">
  readonly clock: Clock
}

export function createPlacing({ store, vaults, clock }: Parts): Placing {
  const of: Placing["of"] = async (account, permit) => {
    const mailboxes = await mailboxesOf(store, account, createMailboxNames(vaults, account))
    const byName = new Map(mailboxes.map(each => [each.name.open(permit), each]))
    return {
      find: name => byName.get(canonicalName(name)),
      withUse(attribute) {
        const role = roleOf(attribute.replace(/^\\/, "").toLowerCase())
        return role === null || role === "inbox" ? undefined : mailboxes.find(each => each.role === role)
      },
    }
  }
  return {
    of,
    async create(account, name, permit) {
      const parts = { store, account, clock, names: createMailboxNames(vaults, account) }
      const made = await createMailbox(parts, name, null)
      if (made.kind === "done") return { kind: "created", id: made.id }
      const there = made.why === "exists" ? (await of(account, permit)).find(name) : undefined
      return there === undefined
        ? { kind: "refused", sentence: made.sentence }
        : { kind: "created", id: there.id }
    },
  }
}
