/**
 * Credentials as rows, each with the wraps it holds.
 *
 * `protocols` says where one signs in: `{any}` for the password, some of imap, pop3, submission for an app
 * password, `{recovery}` for the recovery code in force, and `{}` for what signs in nowhere any more: a password
 * or code from before an administrator's reset, kept because it alone opens the generations of its time.
 *
 * Invariant: the password and the recovery code in force open the same generations.
 *
 * `verify` is a keyed hash, under a secret of the key file, of the derived key, the account, the id and the
 * kind: the database alone is no ground for guessing passwords, and a row copied to another account, or taken
 * for another kind, verifies nothing. Of an app password for SCRAM it is the keys themselves, sealed to the server
 * key and bound to the same: see scram-keys.ts.
 */
import { timingSafeEqual } from "node:crypto"
import type { AccountId } from "../store/ids.ts"
import type { Sql, Tx } from "../store/index.ts"
import type { Holder, HolderKind, VaultKey, Vaults } from "../vaults/index.ts"
import { type Derived, type Kdf, kdfText, parseKdf } from "./kdf.ts"
import type { CredentialParts } from "./parts.ts"
import { openScramKeys, sealScramKeys } from "./scram-keys.ts"

export type { HolderKind as CredentialKind } from "../vaults/index.ts"

export interface Credential {
  readonly account: AccountId
  readonly id: number
  readonly kind: HolderKind
  readonly protocols: readonly string[]
  readonly kdf: Kdf
  readonly verify: Buffer
  /** The day, as "2026-03-04". */
  readonly lastUsedOn: string | null
}

export interface NewCredential {
  readonly kind: HolderKind
  readonly protocols: readonly string[]
  readonly derived: Derived
}

/** All credentials of an account, newest first. */
export async function credentialsOf(db: Sql | Tx, account: AccountId): Promise<readonly Credential[]> {
  const rows = await db<
    {
      credential_id: number
      kind: HolderKind
      protocols: string[]
      kdf: unknown
      verify: Buffer
      last_used_on: string | null
    }[]
  >`select credential_id, kind, protocols, kdf, verify, last_used_on::text from credential
    where account_id = ${account} order by credential_id desc`
  return rows.map(row => ({
    account,
    id: row.credential_id,
    kind: row.kind,
    protocols: row.protocols,
    kdf: parseKdf(row.kdf),
    verify: row.verify,
    lastUsedOn: row.last_used_on,
  }))
}

/** Writes a credential and its wraps of `keys`. Resolves to its id. The caller holds the account's row. */
export async function addCredential(
  tx: Tx,
  { vaults, clock }: CredentialParts,
  account: AccountId,
  credential: NewCredential,
  keys: readonly VaultKey[],
): Promise<number> {
  const { kind, protocols, derived } = credential
  const id = await nextId(tx, account)
  const name = { account, id, kind }
  const scram = derived.kdf.name === "scram-sha-256"
  const verify = scram ? sealScramKeys(vaults, name, derived.verify) : verifier(vaults, name, derived)
  await tx`insert into credential (account_id, credential_id, kind, protocols, kdf, verify, created_at)
    values (${account}, ${id}, ${kind}, ${[...protocols]}, ${tx.json(derived.kdf)}, ${verify}, ${new Date(clock.now())})`
  await vaults.addWraps(tx, account, holderOf({ id, kind }, derived), keys)
  return id
}

export async function removeCredential(
  tx: Tx,
  vaults: Vaults,
  { account, id, kind }: Pick<Credential, "account" | "id" | "kind">,
): Promise<void> {
  await vaults.removeWraps(tx, account, { kind, id })
  await tx`delete from credential where account_id = ${account} and credential_id = ${id}`
}

/** True when `derived` came from the secret that this credential was made of. */
export function verifies(vaults: Vaults, credential: Credential, derived: Derived): boolean {
  if (credential.kdf.name === "scram-sha-256") {
    const kept = openScramKeys(vaults, credential)
    return kept !== undefined && sameOctets(kept, derived.verify)
  }
  return sameOctets(verifier(vaults, credential, derived), credential.verify)
}

function sameOctets(some: Buffer, others: Buffer): boolean {
  return some.length === others.length && timingSafeEqual(some, others)
}

export function holderOf(
  { id, kind }: { readonly id: number; readonly kind: HolderKind },
  derived: Derived,
): Holder {
  return { kind, id, kdf: kdfText(derived.kdf), key: derived.wrapKey }
}

/** Holds the account against every other change of its credentials until the transaction ends. */
export async function holdAccount(tx: Tx, account: AccountId): Promise<void> {
  await tx`select account_id from account where account_id = ${account} for update`
}

/** True while the credential is there unchanged; asked under `holdAccount`. */
export async function isInForce(tx: Tx, credential: Credential): Promise<boolean> {
  const [row] = await tx<{ verify: Buffer; protocols: string[] }[]>`
    select verify, protocols from credential
    where account_id = ${credential.account} and credential_id = ${credential.id}`
  return row?.verify.equals(credential.verify) === true && sameWords(row.protocols, credential.protocols)
}

function sameWords(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every(word => others.includes(word))
}

async function nextId(tx: Tx, account: AccountId): Promise<number> {
  const [row] = await tx<{ next: number }[]>`
    select coalesce(max(credential_id), 0) + 1 as next from credential where account_id = ${account}`
  return row?.next ?? 1
}

function verifier(
  vaults: Vaults,
  { account, id, kind }: Pick<Credential, "account" | "id" | "kind">,
  derived: Derived,
): Buffer {
  return vaults.serverHash("credential", `${account}\n${id}\n${kind}\n${derived.verify.toString("hex")}`)
}
