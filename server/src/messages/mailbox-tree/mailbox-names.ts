/**
 * Names of one account's mailboxes, sealed to the server key (filters need them without a sign-in). A session asks
 * for the same names again and again: what it has opened it remembers, as long as the sealed bytes are the same.
 */
import type { AccountId, MailboxId } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { mailboxLimits } from "./names.ts"

export interface MailboxNames {
  seal(id: MailboxId, name: string): Buffer
  open(id: MailboxId, sealed: Buffer): string
}

export function createMailboxNames(
  vaults: Pick<Vaults, "sealToServer" | "openFromServer">,
  account: AccountId,
): MailboxNames {
  const known = new Map<MailboxId, { readonly sealed: Buffer; readonly name: string }>()
  return {
    seal: (id, name) => vaults.sealToServer("mailbox-name", `${account}/${id}`, Buffer.from(name)),
    open(id, sealed) {
      const kept = known.get(id)
      if (kept?.sealed.equals(sealed)) return kept.name
      const name = vaults.openFromServer("mailbox-name", `${account}/${id}`, sealed).toString()
      if (known.size >= mailboxLimits.mailboxes + mailboxLimits.goneSubscriptions) known.clear()
      known.set(id, { sealed: Buffer.from(sealed), name })
      return name
    },
  }
}
