/**
 * When the password is lost: the recovery code, and what an administrator can do.
 *
 * - `recover` with the code in force: sets a new password; everything that the old one opened stays open; the
 *   code is spent and a new one given.
 * - `adminReset`: sets a new password without any secret of the person's. The vault starts a new generation, and
 *   new mail is sealed to it; the new password and the new code open that one alone. The password and the code
 *   from before sign in nowhere any more, but wait with their wraps: they alone open the old mail. App passwords
 *   are gone. What another process had in its hands at that moment may still be sealed to the old generation.
 * - `recover` with a code from before a reset, or `reopenOldMail` with a password from before it, both together
 *   with the present password: the old generations are wrapped under the present password and a new code too.
 *
 * Who has lost password and code has lost the old mail, and an administrator cannot help: that is the promise.
 */

import { type IpAddress, type Secret, secret } from "../privacy/index.ts"
import type { Tx } from "../store/index.ts"
import { newRecoveryCode } from "./accounts.ts"
import { parseAddress } from "./address.ts"
import { beginGuess, type SecretParts } from "./check-secret.ts"
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
import { type FoundAccount, findAccount, nobody } from "./find-account.ts"
import { codeKdf, deriveCode, derivePassword, passwordKdf } from "./kdf.ts"
import { judgePassword } from "./password-rules.ts"
import { changedMeanwhile, checkOwnPassword, zeroAfter } from "./passwords.ts"
import { readCode } from "./readable-code.ts"
import { type Refused, refused, type SlowDown } from "./refusal.ts"
import { type OldSecret, type ReopenedMail, reopen } from "./reopen.ts"
import { endOtherSessions } from "./sessions.ts"
import { tooBusy } from "./too-busy.ts"

export type Recovered =
  | { readonly kind: "recovered"; readonly account: FoundAccount; readonly recoveryCode: Secret }
  | ReopenedMail
  | Refused
  | SlowDown

const wrongCode = refused("wrong-secret", "The address or the recovery code is wrong.")
const misread = refused(
  "wrong-secret",
  "That is no recovery code: its check characters do not fit. Look for a slip.",
)

const needsPresentPassword = refused(
  "wrong-secret",
  "This code is from before the password was reset. Give the present password with it: the old mail is then opened for that.",
)

/** See above: with a code from before a reset, `newPassword` must be the present password. */
export async function recover(
  parts: SecretParts,
  addressText: string,
  codeText: string,
  newPassword: string,
  source: IpAddress,
): Promise<Recovered> {
  const random = readCode("recovery", codeText)
  if (random === undefined) return misread
  const address = parseAddress(addressText)
  const attempt = await beginGuess(parts, source, address?.address ?? addressText.slice(0, 320))
  if ("kind" in attempt) return attempt
  let account: FoundAccount | undefined
  let found: OldSecret | undefined
  try {
    account = address === undefined ? undefined : await findAccount(parts.store.sql, address)
    found = findCode(parts, await credentialsOf(parts.store.sql, account?.id ?? nobody), random)
    if (account !== undefined && found !== undefined) attempt.right()
  } finally {
    attempt.over()
  }
  if (address === undefined || account === undefined || found === undefined) return wrongCode
  if (!found.credential.protocols.includes("recovery")) {
    const checked = await checkOwnPassword(parts, addressText, newPassword, source)
    if (checked.kind === "refused") return needsPresentPassword
    return checked.kind === "right" ? await reopen(parts, checked, found) : checked
  }
  const verdict = judgePassword(newPassword, address.local)
  if (verdict.kind === "unfit") return refused("bad-password", verdict.text)
  return await replaceAll(parts, account, found, verdict.password)
}

function findCode(
  { vaults, chance }: SecretParts,
  credentials: readonly Credential[],
  random: string,
): OldSecret | undefined {
  const codes = credentials.filter(each => each.kind === "recovery")
  // Who does not exist costs one derivation too.
  if (codes.length === 0) deriveCode(random, codeKdf(chance))
  for (const credential of codes) {
    const derived = deriveCode(random, credential.kdf)
    if (verifies(vaults, credential, derived)) return { credential, derived }
  }
  return undefined
}

async function replaceAll(
  parts: SecretParts,
  account: FoundAccount,
  by: OldSecret,
  newPassword: string,
): Promise<Recovered> {
  const password = await derivePassword(parts.argon, newPassword, passwordKdf(parts.chance))
  if (password === undefined) return tooBusy
  const { code, derived: recovery } = newRecoveryCode(parts)
  return await parts.store.transaction(async tx => {
    await holdAccount(tx, account.id)
    if (!(await isInForce(tx, by.credential))) return changedMeanwhile
    const inForce = (await credentialsOf(tx, account.id)).filter(isOwn)
    const keys = await parts.vaults.openWraps(account.id, holderOf(by.credential, by.derived), tx)
    await zeroAfter(keys, async () => {
      await addCredential(
        tx,
        parts,
        account.id,
        { kind: "password", protocols: ["any"], derived: password },
        keys,
      )
      await addCredential(
        tx,
        parts,
        account.id,
        { kind: "recovery", protocols: ["recovery"], derived: recovery },
        keys,
      )
    })
    for (const old of inForce) await removeCredential(tx, parts.vaults, old)
    const credentialGeneration = await endOtherSessions(parts.store, tx, account.id)
    return {
      kind: "recovered",
      account: { ...account, credentialGeneration },
      recoveryCode: secret(code, account.id),
    }
  })
}

export type ResetPassword =
  | { readonly kind: "reset"; readonly account: FoundAccount; readonly recoveryCode: Secret }
  | Refused
  | SlowDown

/**
 * By an administrator, who must be known to be one: that is the door's work. See the head of this file. `alongside`
 * is done in the reset's own transaction, when the new key is there: neither is without the other.
 */
export async function adminReset(
  parts: SecretParts,
  addressText: string,
  newPassword: string,
  alongside: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<ResetPassword> {
  const address = parseAddress(addressText)
  const account = address === undefined ? undefined : await findAccount(parts.store.sql, address)
  if (address === undefined || account === undefined) {
    return refused("no-such-account", "There is no account with that address.")
  }
  const verdict = judgePassword(newPassword, address.local)
  if (verdict.kind === "unfit") return refused("bad-password", verdict.text)
  const password = await derivePassword(parts.argon, verdict.password, passwordKdf(parts.chance))
  if (password === undefined) return tooBusy
  const { code, derived: recovery } = newRecoveryCode(parts)
  return await parts.store.transaction(async tx => {
    await holdAccount(tx, account.id)
    for (const old of await credentialsOf(tx, account.id)) {
      if (old.kind === "app-password") await removeCredential(tx, parts.vaults, old)
    }
    await tx`update credential set protocols = '{}' where account_id = ${account.id}`
    const key = await parts.vaults.newGeneration(tx, account.id)
    await zeroAfter([key], async () => {
      await addCredential(
        tx,
        parts,
        account.id,
        { kind: "password", protocols: ["any"], derived: password },
        [key],
      )
      await addCredential(
        tx,
        parts,
        account.id,
        { kind: "recovery", protocols: ["recovery"], derived: recovery },
        [key],
      )
    })
    await alongside(tx)
    const credentialGeneration = await endOtherSessions(parts.store, tx, account.id)
    return {
      kind: "reset",
      account: { ...account, credentialGeneration },
      recoveryCode: secret(code, account.id),
    }
  })
}

/** The password or the recovery code in force. */
function isOwn({ kind, protocols }: Credential): boolean {
  return kind !== "app-password" && protocols.length > 0
}
