/**
 * Accounts and aliases. An account is made whole in one transaction: its row, address, vault, password, recovery
 * code, and what other modules add by the hook. An alias leads to an account, never to an alias: no loop exists.
 */
import { type MailAddress, mailAddress, type Secret, secret } from "../privacy/index.ts"
import type { AccountId, OrgId } from "../store/ids.ts"
import type { Tx } from "../store/index.ts"
import { type Address, parseAddress } from "./address.ts"
import { addressMac } from "./address-mac.ts"
import { addCredential } from "./credentials.ts"
import { findAccount } from "./find-account.ts"
import { codeKdf, deriveCode, derivePassword, passwordKdf } from "./kdf.ts"
import type { CredentialParts } from "./parts.ts"
import { judgePassword } from "./password-rules.ts"
import { makeCode, readCode } from "./readable-code.ts"
import { tellRecipientsChanged } from "./recipients.ts"
import { type Refused, refused, type SlowDown } from "./refusal.ts"
import { tooBusy } from "./too-busy.ts"

/** Called in the transaction that makes the account. */
export type OnAccountOpened = (tx: Tx, account: AccountId) => Promise<void>

export type AddedAccount =
  | {
      readonly kind: "added"
      readonly accountId: AccountId
      readonly address: MailAddress
      readonly role: "person" | "administrator"
      /** Shown once: the database cannot tell it again. */
      readonly recoveryCode: Secret
    }
  | Refused
  | SlowDown

/** The first account of an organisation becomes its administrator. */
export async function addAccount(
  parts: CredentialParts,
  onAccountOpened: OnAccountOpened,
  addressText: string,
  passwordText: string,
): Promise<AddedAccount> {
  const address = parseAddress(addressText)
  if (address === undefined || address.local !== address.untagged) return badAddress
  const verdict = judgePassword(passwordText, address.local)
  if (verdict.kind === "unfit") return refused("bad-password", verdict.text)
  const early = await whyNot(parts.store.sql, address)
  if (early !== undefined) return early
  const password = await derivePassword(parts.argon, verdict.password, passwordKdf(parts.chance))
  if (password === undefined) return tooBusy
  const recovery = newRecoveryCode(parts)

  return await parts.store
    .transaction(async tx => {
      const [org] = await tx<{ org_id: OrgId }[]>`
      select org_id from org join domain using (org_id) where domain = ${address.domain} for update of org`
      if (org === undefined) return noSuchDomain(address)
      const [peer] = await tx`select account_id from account where org_id = ${org.org_id} limit 1`
      const role = peer === undefined ? "administrator" : "person"
      const now = new Date(parts.clock.now())
      const [made] = await tx<{ account_id: AccountId }[]>`
      insert into account (org_id, role, created_at) values (${org.org_id}, ${role}, ${now}) returning account_id`
      if (made === undefined) throw new Error("an insert returned no row")
      const accountId = made.account_id
      const claimed = await tx`
      insert into address (address, account_id, kind, mac, created_at)
      values (${address.address}, ${accountId}, 'primary', ${addressMac(parts.vaults, address.address, accountId)}, ${now})
      on conflict do nothing returning address`
      if (claimed.length === 0) throw new TakenMeanwhileError()
      const key = await parts.vaults.createVault(tx, accountId)
      try {
        await addCredential(
          tx,
          parts,
          accountId,
          { kind: "password", protocols: ["any"], derived: password },
          [key],
        )
        await addCredential(
          tx,
          parts,
          accountId,
          { kind: "recovery", protocols: ["recovery"], derived: recovery.derived },
          [key],
        )
      } finally {
        key.privateKey.fill(0)
      }
      await onAccountOpened(tx, accountId)
      await tellRecipientsChanged(parts.store, tx)
      return {
        kind: "added",
        accountId,
        address: mailAddress(address.address, accountId),
        role,
        recoveryCode: secret(recovery.code, accountId),
      } as const
    })
    .catch((error: unknown) => {
      if (error instanceof TakenMeanwhileError) return taken(address)
      throw error
    })
}

/** Two made the same address at once: the transaction of the second is undone. */
class TakenMeanwhileError extends Error {
  override readonly name = "TakenMeanwhileError"
}

export type AddedAlias =
  | { readonly kind: "added"; readonly alias: MailAddress; readonly accountId: AccountId }
  | Refused

/**
 * `target` is an address of the account: its own or another alias. Both lie in one organisation. `alongside` is done in
 * the same transaction, when the alias is there.
 */
export async function addAlias(
  parts: CredentialParts,
  aliasText: string,
  target: string,
  alongside: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<AddedAlias> {
  const alias = parseAddress(aliasText)
  if (alias === undefined || alias.local !== alias.untagged) return badAddress
  const targetAddress = parseAddress(target)
  return await parts.store.transaction(async tx => {
    const account = targetAddress === undefined ? undefined : await findAccount(tx, targetAddress)
    if (account === undefined) return refused("no-such-account", "There is no account with that address.")
    const [domain] = await tx<{ org_id: OrgId }[]>`select org_id from domain where domain = ${alias.domain}`
    if (domain === undefined) return noSuchDomain(alias)
    if (domain.org_id !== account.org) {
      return refused(
        "other-org",
        `The domain ${alias.domain} belongs to another organisation than the account.`,
      )
    }
    const made = await tx`
      insert into address (address, account_id, kind, mac, created_at)
      values (${alias.address}, ${account.id}, 'alias', ${addressMac(parts.vaults, alias.address, account.id)},
        ${new Date(parts.clock.now())})
      on conflict do nothing returning address`
    if (made.length === 0) return taken(alias)
    await alongside(tx)
    await tellRecipientsChanged(parts.store, tx)
    return { kind: "added", alias: mailAddress(alias.address, account.id), accountId: account.id }
  })
}

/** A new recovery code and what is derived from it. */
export function newRecoveryCode({ chance }: CredentialParts) {
  const code = makeCode("recovery", chance)
  const random = readCode("recovery", code)
  if (random === undefined) throw new Error("a new code cannot be read")
  return { code, derived: deriveCode(random, codeKdf(chance)) }
}

const badAddress = refused(
  "bad-address",
  "That cannot be an address here. It looks like name@example.org: no spaces, no plus sign, at most 64 bytes before the @.",
)

async function whyNot(sql: CredentialParts["store"]["sql"], address: Address): Promise<Refused | undefined> {
  const [domain] = await sql`select domain from domain where domain = ${address.domain}`
  if (domain === undefined) return noSuchDomain(address)
  return (await findAccount(sql, address)) === undefined ? undefined : taken(address)
}

function noSuchDomain({ domain }: Address): Refused {
  return refused("no-such-domain", `The domain ${domain} is not one of this server's. Add it first.`)
}

function taken({ address }: Address): Refused {
  return refused("taken", `The address ${address} is taken.`)
}
