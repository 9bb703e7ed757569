/**
 * Whose mailbox an address is. Asked once for every RCPT, so answers are kept; every change of an address or a
 * domain, on any node, empties what is kept.
 *
 * In order: the address itself (account or alias); the address without its "+tag"; postmaster@ and abuse@ of a
 * domain of ours (RFC 5321 §4.5.1, RFC 2142 §4) reach its organisation's first administrator, or else the
 * server's; "postmaster" without a domain (RFC 5321 §4.1.1.3) reaches the server's.
 */
import { createBoundedMap } from "../ports/bounded-map.ts"
import type { Log } from "../ports/log.ts"
import type { MailAddress, Permit } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store, Tx } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import { type Address, parseAddress } from "./address.ts"
import { AddressNotOursError, isAddressMac } from "./address-mac.ts"

export type Recipient =
  | { readonly kind: "local"; readonly accountId: AccountId }
  | { readonly kind: "unknown" }
  | { readonly kind: "not-ours" }

/** Channel on which nodes hear that addresses or domains changed. The payload says nothing more. */
const CHANNEL = "people_addresses"
const MAX_KNOWN = 50_000
/** Strangers fill this one: it must not push out the others. */
const MAX_REFUSED = 10_000
/** Domains of others: none of their addresses has to be looked up. */
const MAX_FOREIGN = 10_000
/** A longer text is looked up but not kept. */
const MAX_KEY = 320

const unknown: Recipient = { kind: "unknown" }
const notOurs: Recipient = { kind: "not-ours" }

/** Whose mailbox an address is may be asked to take mail in or send it, to screen it, and to serve the account. */
export type MayFind = Permit<"mail.receive" | "mail.send" | "mail.screen" | "account.serve">

export interface Recipients {
  find(address: MailAddress, permit: MayFind): Promise<Recipient>
  /** The kept answer, without asking anybody. */
  findKept(address: MailAddress, permit: MayFind): Recipient | undefined
  /** What is kept may be old: after a change made by this process. */
  forget(): void
  close(): Promise<void>
}

interface Parts {
  readonly store: Store
  readonly vaults: Pick<Vaults, "isMacOf">
  readonly log: Log
}

/** `find` rejects with an AddressNotOursError, which passes, where the database leads an address elsewhere. */
export async function openRecipients(parts: Parts): Promise<Recipients> {
  const { store } = parts
  const known = createBoundedMap<string, Recipient>(MAX_KNOWN)
  const refusedOnes = createBoundedMap<string, Recipient>(MAX_REFUSED)
  const foreign = createBoundedMap<string, Recipient>(MAX_FOREIGN)
  // An answer that was on its way while something changed is not kept.
  let changes = 0
  const forget = (): void => {
    changes += 1
    known.clear()
    refusedOnes.clear()
    foreign.clear()
  }
  const stop = await store.listen(CHANNEL, forget, forget)
  const findKept = (address: string): Recipient | undefined =>
    known.get(address) ?? refusedOnes.get(address) ?? foreign.get(parseAddress(address)?.domain ?? "")

  return {
    findKept: (address, permit) => findKept(address.open(permit)),
    async find(personal, permit) {
      const address = personal.open(permit)
      const kept = findKept(address)
      if (kept !== undefined) return kept
      const before = changes
      const found = await lookUp(parts, address)
      if (before === changes && address.length <= MAX_KEY) {
        const domain = found.kind === "not-ours" ? parseAddress(address)?.domain : undefined
        if (found.kind === "local") known.set(address, found)
        else if (domain === undefined) refusedOnes.set(address, found)
        else foreign.set(domain, found)
      }
      return found
    },
    forget,
    close: stop,
  }
}

export async function tellRecipientsChanged(store: Store, tx: Tx): Promise<void> {
  await store.notify(tx, CHANNEL, "")
}

async function lookUp({ store, vaults, log }: Parts, text: string): Promise<Recipient> {
  if (text.toLowerCase() === "postmaster") return await administrator(store, undefined)
  const address = parseAddress(text)
  if (address === undefined) return await domainOf(store, text)
  const untagged = `${address.untagged}@${address.domain}`
  const rows = await store.sql<{ account_id: AccountId; address: string; mac: Buffer }[]>`
    select account_id, address, mac from address where address in (${address.address}, ${untagged})`
  const row = rows.find(each => each.address === address.address) ?? rows[0]
  if (row !== undefined) {
    if (isAddressMac(vaults, row.mac, row.address, row.account_id))
      return { kind: "local", accountId: row.account_id }
    log.event("people.address-not-ours", { account: row.account_id })
    throw new AddressNotOursError()
  }
  if (address.untagged === "postmaster" || address.untagged === "abuse")
    return await administrator(store, address)
  return (await isOurs(store, address.domain)) ? unknown : notOurs
}

/** A local part that none of our mailboxes can have, perhaps at a domain of ours. */
async function domainOf(store: Store, text: string): Promise<Recipient> {
  const at = text.lastIndexOf("@")
  const any = at < 0 ? undefined : parseAddress(`any${text.slice(at)}`)
  return any !== undefined && (await isOurs(store, any.domain)) ? unknown : notOurs
}

async function isOurs(store: Store, domain: string): Promise<boolean> {
  const [row] = await store.sql`select domain from domain where domain = ${domain}`
  return row !== undefined
}

async function administrator(store: Store, address: Address | undefined): Promise<Recipient> {
  if (address !== undefined) {
    const [own] = await store.sql<{ account_id: AccountId }[]>`
      select account_id from account join domain using (org_id)
      where domain = ${address.domain} and role = 'administrator' order by account_id limit 1`
    if (own !== undefined) return { kind: "local", accountId: own.account_id }
    if (!(await isOurs(store, address.domain))) return notOurs
  }
  const [first] = await store.sql<{ account_id: AccountId }[]>`
    select account_id from account where role = 'administrator' order by account_id limit 1`
  return first === undefined ? unknown : { kind: "local", accountId: first.account_id }
}
