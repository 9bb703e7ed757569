/**
 * App passwords: random secrets for one program each, for the protocols that its owner names. One that may only
 * send holds no wrap: stolen, it reads nothing.
 */

import { type IpAddress, type Secret, secret } from "../privacy/index.ts"
import type { VaultSession } from "../vaults/index.ts"
import type { SecretParts } from "./check-secret.ts"
import {
  addCredential,
  credentialsOf,
  holdAccount,
  holderOf,
  isInForce,
  removeCredential,
} from "./credentials.ts"
import type { FoundAccount } from "./find-account.ts"
import { deriveAppPassword } from "./kdf.ts"
import { changedMeanwhile, checkOwnPassword, zeroAfter } from "./passwords.ts"
import { type AppProtocol, isAppProtocol, reads } from "./protocol.ts"
import { makeCode } from "./readable-code.ts"
import { type Refused, refused, type SlowDown } from "./refusal.ts"
import { MAX_APP_PASSWORDS, scramKdfOf } from "./scram-keys.ts"
import { endOtherSessions } from "./sessions.ts"
import { tooBusy } from "./too-busy.ts"

const MAX_LABEL = 100

export type AddedAppPassword =
  | { readonly kind: "added"; readonly account: FoundAccount; readonly id: number; readonly secret: Secret }
  | Refused
  | SlowDown

/** `secret` is shown once. The label is sealed to the account: only a session of its owner reads it. */
export async function addAppPassword(
  parts: SecretParts,
  address: string,
  current: string,
  protocols: readonly string[],
  label: string,
  source: IpAddress,
): Promise<AddedAppPassword> {
  const chosen = [...new Set(protocols)].filter(isAppProtocol)
  if (chosen.length === 0 || chosen.length !== new Set(protocols).size) {
    return refused("bad-protocols", "An app password is for one or more of: imap, pop3, submission.")
  }
  const name = label.normalize("NFC").trim()
  if (name.length === 0 || name.length > MAX_LABEL || /\p{Cc}/u.test(name)) {
    return refused("bad-label", `A label has 1 to ${MAX_LABEL} characters.`)
  }
  const checked = await checkOwnPassword(parts, address, current, source)
  if (checked.kind !== "right") return checked
  return await insert(parts, checked, chosen, name)
}

async function insert(
  parts: SecretParts,
  checked: Extract<Awaited<ReturnType<typeof checkOwnPassword>>, { readonly kind: "right" }>,
  protocols: readonly AppProtocol[],
  label: string,
): Promise<AddedAppPassword> {
  const { account, credential } = checked
  const code = makeCode("app-password", parts.chance)
  const derived = await deriveAppPassword(parts.stretching, code, scramKdfOf(parts.vaults, account.id))
  if (derived === undefined) return tooBusy
  return await parts.store.transaction(async tx => {
    await holdAccount(tx, account.id)
    if (!(await isInForce(tx, credential))) return changedMeanwhile
    const others = (await credentialsOf(tx, account.id)).filter(each => each.kind === "app-password")
    if (others.length >= MAX_APP_PASSWORDS) {
      return refused(
        "too-many",
        `An account has at most ${MAX_APP_PASSWORDS} app passwords. Remove one first.`,
      )
    }
    const open = protocols.some(reads)
      ? await parts.vaults.openWraps(account.id, holderOf(credential, checked.derived), tx)
      : []
    const id = await zeroAfter(open, () =>
      addCredential(tx, parts, account.id, { kind: "app-password", protocols, derived }, open),
    )
    const sealed = await parts.vaults.sealToVault(tx, account.id, "label", id, Buffer.from(label, "utf8"))
    await tx`update credential set label_sealed = ${sealed} where account_id = ${account.id} and credential_id = ${id}`
    return { kind: "added", account, id, secret: secret(code, account.id) }
  })
}

export interface AppPassword {
  readonly id: number
  readonly protocols: readonly string[]
  /** Undefined where this session does not open it: made before an administrator's reset. */
  readonly label: Secret | undefined
  readonly createdAt: Date
}

/** The account's app passwords, oldest first. */
export async function listAppPasswords(
  { store }: SecretParts,
  session: VaultSession,
): Promise<readonly AppPassword[]> {
  const rows = await store.sql<
    { credential_id: number; protocols: string[]; label_sealed: Buffer | null; created_at: Date }[]
  >`select credential_id, protocols, label_sealed, created_at from credential
    where account_id = ${session.account} and kind = 'app-password' order by credential_id`
  return rows.map(row => ({
    id: row.credential_id,
    protocols: row.protocols,
    label: row.label_sealed === null ? undefined : readLabel(session, row.credential_id, row.label_sealed),
    createdAt: row.created_at,
  }))
}

function readLabel(session: VaultSession, id: number, sealed: Buffer): Secret | undefined {
  if (!session.generations.includes(sealed.readUInt32BE(0))) return undefined
  return secret(session.openFromVault("label", id, sealed).toString("utf8"), session.account)
}

export type RemovedAppPassword = { readonly kind: "removed" } | Refused

type Removed = { readonly kind: "removed"; readonly generation: number } | Refused

/** It opens nothing from now on; every live session of the account ends, its own among them. */
export async function removeAppPassword(
  { store, vaults }: SecretParts,
  session: VaultSession,
  id: number,
): Promise<Removed> {
  return await store.transaction(async tx => {
    await holdAccount(tx, session.account)
    const found = (await credentialsOf(tx, session.account)).find(each => each.id === id)
    if (found?.kind !== "app-password") return refused("no-such-account", "There is no such app password.")
    await removeCredential(tx, vaults, found)
    return { kind: "removed", generation: await endOtherSessions(store, tx, session.account) }
  })
}
