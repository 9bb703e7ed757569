/** What a person does with the current password: change it, and take a new recovery code. */
import { type IpAddress, type Secret, secret } from "../privacy/index.ts"
import type { VaultKey } from "../vaults/index.ts"
import { newRecoveryCode } from "./accounts.ts"
import { parseAddress } from "./address.ts"
import { checkSecret, type RightSecret, type SecretParts } from "./check-secret.ts"
import {
  addCredential,
  credentialsOf,
  holdAccount,
  holderOf,
  isInForce,
  removeCredential,
} from "./credentials.ts"
import { derivePassword, passwordKdf } from "./kdf.ts"
import { judgePassword } from "./password-rules.ts"
import { type Refused, refused, type SlowDown } from "./refusal.ts"
import { endOtherSessions } from "./sessions.ts"
import { tooBusy } from "./too-busy.ts"

export type ChangedPassword =
  | { readonly kind: "changed"; readonly account: RightSecret["account"] }
  | Refused
  | SlowDown
export type RenewedCode =
  | { readonly kind: "renewed"; readonly account: RightSecret["account"]; readonly recoveryCode: Secret }
  | Refused
  | SlowDown

export const wrongSecret = refused("wrong-secret", "The address or the password is wrong.")
export const changedMeanwhile = refused(
  "changed-meanwhile",
  "The credentials were changed at the same moment. Try again.",
)

/** The secret is the account's own password, not an app password. */
export async function checkOwnPassword(
  parts: SecretParts,
  address: string,
  password: string,
  source: IpAddress,
): Promise<RightSecret | Refused | SlowDown> {
  const verdict = await checkSecret(parts, address, password, "control", source)
  if (verdict.kind === "wrong") return wrongSecret
  if (verdict.kind === "right" && verdict.credential.kind !== "password") return wrongSecret
  return verdict
}

/**
 * The wraps of the old password are made anew under the new one; the keys themselves stay, and so does all that
 * is sealed. App passwords and the recovery code stay valid. Every live session of the account ends.
 */
export async function changePassword(
  parts: SecretParts,
  address: string,
  current: string,
  next: string,
  source: IpAddress,
): Promise<ChangedPassword> {
  const checked = await checkOwnPassword(parts, address, current, source)
  if (checked.kind !== "right") return checked
  const verdict = judgePassword(next, parseAddress(address)?.local ?? "")
  if (verdict.kind === "unfit") return refused("bad-password", verdict.text)
  const derived = await derivePassword(parts.argon, verdict.password, passwordKdf(parts.chance))
  if (derived === undefined) return tooBusy
  const { account, credential } = checked
  return await parts.store.transaction(async tx => {
    await holdAccount(tx, account.id)
    if (!(await isInForce(tx, credential))) return changedMeanwhile
    const keys = await parts.vaults.openWraps(account.id, holderOf(credential, checked.derived), tx)
    await zeroAfter(keys, () =>
      addCredential(tx, parts, account.id, { kind: "password", protocols: ["any"], derived }, keys),
    )
    await removeCredential(tx, parts.vaults, credential)
    const credentialGeneration = await endOtherSessions(parts.store, tx, account.id)
    return { kind: "changed", account: { ...account, credentialGeneration } }
  })
}

/** A new recovery code in place of the one in force. Shown once. */
export async function renewRecoveryCode(
  parts: SecretParts,
  address: string,
  current: string,
  source: IpAddress,
): Promise<RenewedCode> {
  const checked = await checkOwnPassword(parts, address, current, source)
  if (checked.kind !== "right") return checked
  const { account, credential } = checked
  const { code, derived } = newRecoveryCode(parts)
  return await parts.store.transaction(async tx => {
    await holdAccount(tx, account.id)
    if (!(await isInForce(tx, credential))) return changedMeanwhile
    const old = (await credentialsOf(tx, account.id)).find(each => each.protocols.includes("recovery"))
    const keys = await parts.vaults.openWraps(account.id, holderOf(credential, checked.derived), tx)
    await zeroAfter(keys, () =>
      addCredential(tx, parts, account.id, { kind: "recovery", protocols: ["recovery"], derived }, keys),
    )
    if (old !== undefined) await removeCredential(tx, parts.vaults, old)
    return { kind: "renewed", account, recoveryCode: secret(code, account.id) }
  })
}

/** Runs `work`, then zeroes the keys whatever came of it. */
export async function zeroAfter<T>(keys: readonly VaultKey[], work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    for (const { privateKey } of keys) privateKey.fill(0)
  }
}
