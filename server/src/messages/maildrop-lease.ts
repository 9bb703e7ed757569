/**
 * RFC 1939 §4: while a program reads an account by POP3, no other does, on whichever node. A lease, since a node can
 * vanish: who does not renew it loses it, and hears of that at the next renewal. It holds nobody else: mail comes in,
 * and other doors change what they like.
 */
import type { Chance } from "../ports/chance.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store } from "../store/index.ts"

const HOLDER_BYTES = 16
/** By the database's clock, which all nodes share. */
const LEASE_SECONDS = 120
/** How often a holder renews: two may fail. */
export const MAILDROP_RENEWAL_MS = 30_000

export interface MaildropLease {
  /** False when it was lost: another may be reading by now. */
  renew(): Promise<boolean>
  release(): Promise<void>
}

/** Undefined while another program has it. */
export async function leaseMaildrop(
  { store, chance }: { readonly store: Store; readonly chance: Chance },
  account: AccountId,
): Promise<MaildropLease | undefined> {
  const holder = chance.bytes(HOLDER_BYTES)
  const taken = await store.sql`
    insert into maildrop_lease (account_id, holder, ends_at)
    values (${account}, ${holder}, now() + make_interval(secs => ${LEASE_SECONDS}))
    on conflict (account_id) do update set holder = excluded.holder, ends_at = excluded.ends_at
      where maildrop_lease.ends_at <= now()
    returning account_id`
  if (taken.length === 0) return undefined
  return {
    async renew() {
      const renewed = await store.sql`
        update maildrop_lease set ends_at = now() + make_interval(secs => ${LEASE_SECONDS})
        where account_id = ${account} and holder = ${holder} returning account_id`
      return renewed.length > 0
    },
    async release() {
      await store.sql`delete from maildrop_lease where account_id = ${account} and holder = ${holder}`
    },
  }
}
