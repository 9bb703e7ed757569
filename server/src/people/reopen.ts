/**
 * Opening old mail after an administrator's reset: the generations that a password or code from before it opens
 * are wrapped under the present password and a new recovery code too.
 */
import { type IpAddress, type Secret, secret } from "../privacy/index.ts"
import { newRecoveryCode } from "./accounts.ts"
import type { RightSecret, SecretParts } from "./check-secret.ts"
import {
  addCredential,
  type Credential,
  credentialsOf,
  holdAccount,
  holderOf,
  isInForce,
  removeCredential,
  verifies,
} from "./credentials.ts"
import type { FoundAccount } from "./find-account.ts"
import { type Derived, deriveCode, derivePassword } from "./kdf.ts"
import { normalisePassword } from "./password-rules.ts"
import { changedMeanwhile, checkOwnPassword, zeroAfter } from "./passwords.ts"
import { readCode } from "./readable-code.ts"
import { type Refused, refused, type SlowDown } from "./refusal.ts"
import { tooBusy } from "./too-busy.ts"

/** Passwords from before resets that are tried: each costs one Argon2id. */
const MAX_OLD_PASSWORDS = 4

export type ReopenedMail =
  | {
      readonly kind: "reopened"
      readonly account: FoundAccount
      /** How many generations opened that the present password did not open before. */
      readonly generations: number
      readonly recoveryCode: Secret
    }
  | Refused
  | SlowDown

export interface OldSecret {
  readonly credential: Credential
  readonly derived: Derived
}

/** `oldSecret` is a password or a recovery code from before a reset; `current` the present password. */
export async function reopenOldMail(
  parts: SecretParts,
  address: string,
  current: string,
  oldSecret: string,
  source: IpAddress,
): Promise<ReopenedMail> {
  const checked = await checkOwnPassword(parts, address, current, source)
  if (checked.kind !== "right") return checked
  const waiting = (await credentialsOf(parts.store.sql, checked.account.id)).filter(isWaiting)
  const old = await findOld(parts, waiting, oldSecret)
  if (old === "busy") return tooBusy
  if (old === undefined)
    return refused("wrong-secret", "That password or code opens none of the old mail that waits.")
  return await reopen(parts, checked, old)
}

/** Adds what `old` opens to the password in force, which was `checked`, and to a new recovery code. */
export async function reopen(
  parts: SecretParts,
  checked: RightSecret,
  old: OldSecret,
): Promise<ReopenedMail> {
  const { account, credential } = checked
  const { code, derived } = newRecoveryCode(parts)
  return await parts.store.transaction(async tx => {
    await holdAccount(tx, account.id)
    if (!(await isInForce(tx, credential)) || !(await isInForce(tx, old.credential))) return changedMeanwhile
    const holder = holderOf(credential, checked.derived)
    const present = await parts.vaults.openWraps(account.id, holder, tx)
    const all = await parts.vaults.openWraps(account.id, holderOf(old.credential, old.derived), tx)
    const known = new Set(present.map(key => key.generation))
    const added = all.filter(key => !known.has(key.generation))
    const inForce = (await credentialsOf(tx, account.id)).find(each => each.protocols.includes("recovery"))
    await zeroAfter([...present, ...all], async () => {
      await parts.vaults.addWraps(tx, account.id, holder, added)
      const keys = [...present, ...added]
      await addCredential(tx, parts, account.id, { kind: "recovery", protocols: ["recovery"], derived }, keys)
    })
    if (inForce !== undefined) await removeCredential(tx, parts.vaults, inForce)
    await removeNeedless(parts, tx, account, credential)
    return { kind: "reopened", account, generations: added.length, recoveryCode: secret(code, account.id) }
  })
}

/** A secret from before a reset waits only while it opens something that the password in force does not. */
async function removeNeedless(
  { vaults }: SecretParts,
  tx: Parameters<typeof holdAccount>[0],
  account: FoundAccount,
  inForce: Credential,
): Promise<void> {
  for (const waiting of (await credentialsOf(tx, account.id)).filter(isWaiting)) {
    const [needed] = await tx`
      select generation from wrap
      where account_id = ${account.id} and holder_kind = ${waiting.kind} and holder_id = ${waiting.id}
        and generation not in (select generation from wrap
          where account_id = ${account.id} and holder_kind = 'password' and holder_id = ${inForce.id})
      limit 1`
    if (needed === undefined) await removeCredential(tx, vaults, waiting)
  }
}

async function findOld(
  parts: SecretParts,
  waiting: readonly Credential[],
  secret: string,
): Promise<OldSecret | "busy" | undefined> {
  const random = readCode("recovery", secret)
  if (random !== undefined) {
    for (const credential of waiting.filter(each => each.kind === "recovery")) {
      const derived = deriveCode(random, credential.kdf)
      if (verifies(parts.vaults, credential, derived)) return { credential, derived }
    }
  }
  const password = normalisePassword(secret)
  if (password === undefined) return undefined
  for (const credential of waiting.filter(each => each.kind === "password").slice(0, MAX_OLD_PASSWORDS)) {
    const derived = await derivePassword(parts.argon, password, credential.kdf)
    if (derived === undefined) return "busy"
    if (verifies(parts.vaults, credential, derived)) return { credential, derived }
  }
  return undefined
}

function isWaiting({ kind, protocols }: Credential): boolean {
  return kind !== "app-password" && protocols.length === 0
}
