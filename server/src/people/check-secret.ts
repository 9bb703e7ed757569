/**
 * Is this secret right for this address? The one place where a guess is judged: limits first, then the same work
 * whether the name exists or not.
 */

import type { IpAddress } from "../privacy/index.ts"
import { type Address, parseAddress } from "./address.ts"
import { type Credential, credentialsOf, verifies } from "./credentials.ts"
import type { FoundAccount } from "./find-account.ts"
import { findAccount, nobody } from "./find-account.ts"
import { type Derived, deriveAppPassword, deriveCode, derivePassword, fakeKdf } from "./kdf.ts"
import type { CredentialParts } from "./parts.ts"
import { normalisePassword } from "./password-rules.ts"
import type { Protocol } from "./protocol.ts"
import { readCode, showCode } from "./readable-code.ts"
import type { SlowDown } from "./refusal.ts"
import { scramKdfOf } from "./scram-keys.ts"
import type { Attempt, SignInLimits, TooMany } from "./sign-in-limits.ts"
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
 * the peer connects from. An unknown name costs what a known one does: one Argon2id, and where the secret has the form
 * of an app password, one PBKDF2 before it.
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
  try {
    const verdict = await judge(parts, address, name, secret, protocol)
    if (verdict.kind === "right") attempt.right()
    return verdict
  } finally {
    attempt.over()
  }
}

async function judge(
  parts: SecretParts,
  address: Address | undefined,
  name: string,
  secret: string,
  protocol: Protocol,
): Promise<SecretVerdict> {
  const account = address === undefined ? undefined : await findAccount(parts.store.sql, address)
  const credentials = await credentialsOf(parts.store.sql, account?.id ?? nobody)

  const right = (credential: Credential, derived: Derived): SecretVerdict =>
    account === undefined ? wrong : { kind: "right", account, credential, derived }
  const random = readCode("app-password", secret)
  if (random !== undefined) {
    const kdf = scramKdfOf(parts.vaults, account?.id, name)
    const stretched = await deriveAppPassword(parts.stretching, showCode("app-password", random), kdf)
    if (stretched === undefined) return tooBusy
    for (const credential of credentials) {
      if (credential.kind !== "app-password" || !credential.protocols.includes(protocol)) continue
      const derived = credential.kdf.name === "scram-sha-256" ? stretched : deriveCode(random, credential.kdf)
      if (verifies(parts.vaults, credential, derived)) return right(credential, derived)
    }
  }
  const current = credentials.find(each => each.kind === "password" && each.protocols.includes("any"))
  const kdf = current?.kdf ?? fakeKdf(parts.vaults.serverHash("fake-salt", name))
  const derived = await derivePassword(parts.argon, normalisePassword(secret) ?? "", kdf)
  if (derived === undefined) return tooBusy
  return current !== undefined && verifies(parts.vaults, current, derived) ? right(current, derived) : wrong
}

/** How often an attempt finds that others were quicker, before it is told to come back. */
const MAX_TURNS = 1_024

/**
 * Counts a guess against its source and the name that is tried; waits where others before it are being judged. The
 * caller says `over` when it is judged.
 */
export async function beginGuess(
  { privacy, limits }: SecretParts,
  source: IpAddress,
  name: string,
): Promise<Attempt | SlowDown> {
  return await privacy.gate("server.protect", { kind: "stranger" }, async permit => {
    const from = source.open(permit)
    let begun: Attempt | TooMany = limits.begin(from, name)
    for (let turns = 0; "turn" in begun && turns < MAX_TURNS; turns += 1) {
      const turn = begun.turn()
      if (turn === undefined) break
      await turn
      begun = limits.begin(from, name)
    }
    return "turn" in begun ? { kind: "slow-down", retryAfterSeconds: begun.retryAfterSeconds } : begun
  })
}
