/**
 * What SCRAM needs of an app password (RFC 5802 §3): StoredKey, which checks a proof, and ServerKey, by which the server
 * shows that it knows the password too. Both are sealed to the server key and bound to account, credential and kind:
 * a copy of the database alone is no ground for guesses, and nobody can pass for this server with it.
 *
 * A client learns salt and count before it has shown which of an account's app passwords it has. So all of an account
 * share them; they come from a keyed hash of the account, or of the name where there is none: both are stable, and look
 * alike.
 */
import type { AccountId } from "../store/ids.ts"
import { VaultError, type Vaults } from "../vaults/index.ts"
import type { Credential } from "./credentials.ts"
import { type ScramKdf, scramKdf } from "./kdf.ts"

/** A proof is tried against all of them. */
export const MAX_APP_PASSWORDS = 32

type Name = Pick<Credential, "account" | "id" | "kind">

/** `name`: the address as it was given, in its kept form, for whom there is no account. */
export function scramKdfOf(vaults: Vaults, account: AccountId | undefined, name = ""): ScramKdf {
  return scramKdf(
    vaults.serverHash("scram-salt", account === undefined ? `name ${name}` : `account ${account}`),
  )
}

/** `keys`: StoredKey and ServerKey, 64 bytes. */
export function sealScramKeys(vaults: Vaults, name: Name, keys: Buffer): Buffer {
  return vaults.sealToServer("scram", contextOf(name), keys)
}

/** Undefined where the row was not written for this account, credential and kind by this server. */
export function openScramKeys(
  vaults: Vaults,
  credential: Name & { readonly verify: Buffer },
): Buffer | undefined {
  try {
    return vaults.openFromServer("scram", contextOf(credential), credential.verify)
  } catch (error) {
    // A row from elsewhere verifies nothing, and must not keep the account's others from it.
    if (error instanceof VaultError) return undefined
    throw error
  }
}

function contextOf({ account, id, kind }: Name): string {
  return `${account} ${id} ${kind}`
}
