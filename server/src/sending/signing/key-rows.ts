import { createPrivateKey, type KeyObject } from "node:crypto"
import type { Log } from "../../ports/log.ts"
import type { Sql, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { KeyAlgorithm, KeyPair } from "./key-record.ts"

/**
 * The rows of `dkim_key`. Each has a MAC over all that it says, so that only this server makes a key, and takes one into
 * use; a row without is as good as none, and the log says so. Private halves lie sealed to the server, bound to domain
 * and selector, and are gone once nothing is signed with them.
 */
export type KeyState =
  /** To be published; signs nothing yet. */
  | "coming"
  | "active"
  /** Signs nothing any more, but what it signed is still on its way: its record has to stay. */
  | "retiring"
  /** Its record may go, and has to if the key was taken back. */
  | "revoked"

export interface DkimKey {
  readonly domain: string
  readonly selector: string
  readonly algorithm: KeyAlgorithm
  readonly state: KeyState
  /** Milliseconds since 1970: when it came into this state, and when it was made. */
  readonly since: number
  readonly createdAt: number
  /** Base64, what stands behind `p=`. */
  readonly publicKey: string
}

/** With what it signs; undefined in the states that do not. */
export interface HeldKey extends DkimKey {
  readonly sealed: Buffer | undefined
}

export interface RowParts {
  readonly vaults: Pick<Vaults, "macOf" | "isMacOf" | "sealToServer" | "openFromServer">
  readonly log: Log
}

interface Row {
  readonly domain: string
  readonly selector: string
  readonly algorithm: KeyAlgorithm
  readonly state: KeyState
  readonly since: Date
  readonly created_at: Date
  readonly public_key: string
  readonly private_sealed: Buffer | null
  readonly mac: Buffer
}

/** Of one domain, the oldest first. */
export async function readKeys(
  { vaults, log }: RowParts,
  db: Sql | Tx,
  domain: string,
): Promise<readonly HeldKey[]> {
  const rows = await db<Row[]>`
    select domain, selector, algorithm, state, since, created_at, public_key, private_sealed, mac
      from dkim_key where domain = ${domain} order by created_at, selector`
  const keys = rows.map(row => ({ key: fromRow(row), mac: row.mac }))
  const ours = keys.filter(({ key, mac }) => vaults.isMacOf(mac, "dkim-key", ...bound(key)))
  if (ours.length < rows.length) log.event("sending.dkim-key-not-ours", { keys: rows.length - ours.length })
  return ours.map(({ key }) => key)
}

/** Whatever stands in the database under a domain: a name is used once, also where a row is not ours. */
export async function takenSelectors(db: Sql | Tx, domain: string): Promise<ReadonlySet<string>> {
  const rows = await db<{ selector: string }[]>`select selector from dkim_key where domain = ${domain}`
  return new Set(rows.map(row => row.selector))
}

export async function addKey(
  { vaults }: RowParts,
  tx: Tx,
  { pair, ...place }: Omit<DkimKey, "publicKey" | "algorithm"> & { readonly pair: KeyPair },
): Promise<void> {
  const plain = pair.privateKey.export({ type: "pkcs8", format: "der" })
  const sealed = vaults.sealToServer("dkim", contextOf(place), plain)
  plain.fill(0)
  const key = { ...place, algorithm: pair.algorithm, publicKey: pair.publicKey, sealed }
  const mac = vaults.macOf("dkim-key", ...bound(key))
  await tx`
    insert into dkim_key (domain, selector, algorithm, state, since, created_at, public_key, private_sealed, mac)
    values (${key.domain}, ${key.selector}, ${key.algorithm}, ${key.state}, ${new Date(key.since)},
            ${new Date(key.createdAt)}, ${key.publicKey}, ${sealed}, ${mac})`
}

/** The private half goes with the state that needs it. */
export async function turnKey(
  { vaults }: RowParts,
  tx: Tx,
  key: HeldKey,
  state: KeyState,
  now: number,
): Promise<void> {
  const sealed = state === "active" ? key.sealed : undefined
  const mac = vaults.macOf("dkim-key", ...bound({ ...key, state, since: now, sealed }))
  await tx`
    update dkim_key set state = ${state}, since = ${new Date(now)}, private_sealed = ${sealed ?? null}, mac = ${mac}
     where domain = ${key.domain} and selector = ${key.selector}`
}

export async function dropKey(tx: Tx, { domain, selector }: DkimKey): Promise<void> {
  await tx`delete from dkim_key where domain = ${domain} and selector = ${selector}`
}

export function openPrivateKey({ vaults }: RowParts, key: DkimKey, sealed: Buffer): KeyObject {
  const plain = vaults.openFromServer("dkim", contextOf(key), sealed)
  try {
    return createPrivateKey({ key: plain, format: "der", type: "pkcs8" })
  } finally {
    plain.fill(0)
  }
}

const contextOf = ({ domain, selector }: Pick<DkimKey, "domain" | "selector">): string =>
  `${domain} ${selector}`

const bound = (key: HeldKey) =>
  [
    ...[key.domain, key.selector, key.algorithm, key.state, key.since, key.createdAt],
    ...[key.publicKey, key.sealed?.toString("base64") ?? ""],
  ] as const

function fromRow(row: Row): HeldKey {
  const { domain, selector, algorithm, state } = row
  return {
    ...{ domain, selector, algorithm, state },
    since: row.since.getTime(),
    createdAt: row.created_at.getTime(),
    publicKey: row.public_key,
    sealed: row.private_sealed ?? undefined,
  }
}
