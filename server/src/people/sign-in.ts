/** Sign-in: from a secret to a live session. */
import type { Log } from "../ports/log.ts"
import { type Network, network } from "../ports/log-fields.ts"
import type { IpAddress } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { VaultSession } from "../vaults/index.ts"
import { checkSecret, type RightSecret, type SecretParts } from "./check-secret.ts"
import { type Credential, holderOf } from "./credentials.ts"
import type { FoundAccount } from "./find-account.ts"
import { type Protocol, reads } from "./protocol.ts"
import type { SlowDown } from "./refusal.ts"
import { isCurrentGeneration, type Sessions } from "./sessions.ts"

export interface SignedInAccount extends FoundAccount {
  readonly credential: Pick<Credential, "id" | "kind">
}

export type SignedIn =
  | {
      readonly kind: "signed-in"
      /** Close it when the work is done. One to send by opens nothing, whatever the credential could. */
      readonly session: VaultSession
      readonly account: SignedInAccount
    }
  | { readonly kind: "refused" }
  | SlowDown

export interface SignInParts extends SecretParts {
  readonly sessions: Sessions
  readonly log: Log
  readonly beforeSession: (account: AccountId) => Promise<void>
}

export async function signIn(
  parts: SignInParts,
  address: string,
  secret: string,
  protocol: Protocol,
  source: IpAddress,
): Promise<SignedIn> {
  const verdict = await checkSecret(parts, address, secret, protocol, source)
  switch (verdict.kind) {
    case "slow-down":
      return await noteSlowed(parts, source, verdict)
    case "wrong":
      return await noteRefused(parts, source, protocol)
    case "right":
      return await enter(parts, verdict, protocol)
  }
}

export async function noteSlowed(parts: SignInParts, source: IpAddress, slowed: SlowDown): Promise<SlowDown> {
  const seconds = slowed.retryAfterSeconds
  parts.log.event("people.sign-in-slowed", { source: await networkOf(parts, source), seconds })
  return slowed
}

export async function noteRefused(
  parts: SignInParts,
  source: IpAddress,
  protocol: Protocol,
): Promise<{ readonly kind: "refused" }> {
  parts.log.event("people.sign-in-refused", { source: await networkOf(parts, source), protocol })
  return { kind: "refused" }
}

/** From a secret that was right to a live session. */
export async function enter(
  parts: SignInParts,
  { account, credential, derived }: Omit<RightSecret, "kind">,
  protocol: Protocol,
): Promise<SignedIn> {
  await parts.beforeSession(account.id)
  // A password that is right while its wraps do not open is no wrong password: the error goes up.
  const holder = holderOf(credential, derived)
  const keys = reads(protocol) ? await parts.vaults.openWraps(account.id, holder) : []
  await noteUse(parts, credential)
  const session = parts.sessions.open(account, keys)
  // The credentials may have changed between the look-up and here, and that news gone by before the session
  // was there to be ended.
  if (!(await isCurrentGeneration(parts.store, account.id, account.credentialGeneration))) {
    session.close()
    return { kind: "refused" }
  }
  parts.log.event("people.signed-in", { account: account.id, protocol })
  return {
    kind: "signed-in",
    session,
    account: { ...account, credential: { id: credential.id, kind: credential.kind } },
  }
}

/** Where a guesser is, no closer than the log may tell. */
async function networkOf({ privacy }: SignInParts, source: IpAddress): Promise<Network> {
  return await privacy.gate("server.protect", { kind: "stranger" }, async permit =>
    network(source.open(permit)),
  )
}

/** The day alone, and one write a day. */
async function noteUse(
  { store, clock }: SignInParts,
  { account, id, lastUsedOn }: Credential,
): Promise<void> {
  const day = new Date(clock.now()).toISOString().slice(0, 10)
  if (day === lastUsedOn) return
  await store.sql`update credential set last_used_on = ${day}::text::date
    where account_id = ${account} and credential_id = ${id} and last_used_on is distinct from ${day}::text::date`
}
