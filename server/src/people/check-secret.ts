/**
 * Is this secret right for this address? The one place where a guess is judged: limits first, then the same work
 * whether the name exists or not.
 */

import type { IpAddress } from "../privacy/index.ts"
import { parseAddress } from "./address.ts"
import { type Credential, credentialsOf, verifies } from "./credentials.ts"
import type { FoundAccount } from "./find-account.ts"
import { findAccount, nobody } from "./find-account.ts"
import { type Derived, deriveCode, derivePassword, fakeKdf } from "./kdf.ts"
import type { CredentialParts } from "./parts.ts"
import { normalisePassword } from "./password-rules.ts"
import type { Protocol } from "./protocol.ts"
import { readCode } from "./readable-code.ts"
import type { SlowDown } from "./refusal.ts"
import type { Attempt, SignInLimits } from "./sign-in-limits.ts"
import { tooBusy } from "./too-busy.ts"

export interface SecretParts extends CredentialParts {
  readonly limits: SignInLimits
}

export interface RightSecret {
  readonly kind: "right"
  readonly account: FoundAccount
  readonly credential: Credential
  readonly derived: Derived
}

export type SecretVerdict = RightSecret | { readonly kind: "wrong" } | SlowDown

const wrong = { kind: "wrong" } as const

/**
 * Of the account's credentials in force: its password, and its app passwords for `protocol`. `source` is where
 * the peer connects from. An unknown name costs one Argon2id like a known one.
 */
export async function checkSecret(
  parts: SecretParts,
  addressText: string,
  secret: string,
  protocol: Protocol,
  source: IpAddress,
): Promise<SecretVerdict> {
  const address = parseAddress(addressText)
  const name = address?.address ?? addressText.slice(0, 320)
  const attempt = await beginGuess(parts, source, name)
  if ("kind" in attempt) return attempt
  const account = address === undefined ? undefined : await findAccount(parts.store.sql, address)
  const credentials = await credentialsOf(parts.store.sql, account?.id ?? nobody)

  const right = (credential: Credential, derived: Derived): SecretVerdict => {
    attempt.right()
    return account === undefined ? wrong : { kind: "right", account, credential, derived }
  }
  const random = readCode("app-password", secret)
  if (random !== undefined) {
    for (const credential of credentials) {
      if (credential.kind !== "app-password" || !credential.protocols.includes(protocol)) continue
      const derived = deriveCode(random, credential.kdf)
      if (verifies(parts.vaults, credential, derived)) return right(credential, derived)
    }
  }
  const current = credentials.find(each => each.kind === "password" && each.protocols.includes("any"))
  const kdf = current?.kdf ?? fakeKdf(parts.vaults.serverHash("fake-salt", name))
  const derived = await derivePassword(parts.argon, normalisePassword(secret) ?? "", kdf)
  if (derived === undefined) return tooBusy
  return current !== undefined && verifies(parts.vaults, current, derived) ? right(current, derived) : wrong
}

/** Counts a guess, before it returns, against its source and the name that is tried. */
export async function beginGuess(
  { privacy, limits }: SecretParts,
  source: IpAddress,
  name: string,
): Promise<Attempt | SlowDown> {
  return await privacy.gate("server.protect", { kind: "stranger" }, async permit => {
    const begun = limits.begin(source.open(permit), name)
    if ("right" in begun) return begun
    return { kind: "slow-down", retryAfterSeconds: begun.retryAfterSeconds }
  })
}
