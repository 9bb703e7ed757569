/**
 * This server with an authority: one key and one account for each directory, shared by all nodes. The key is made at the
 * first need and lies in the database sealed to the server.
 */
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { type AccountKey, accountKey } from "@letterkeep/acme"
import type { Store } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"

export interface OwnAccount {
  readonly key: AccountKey
  /** Undefined where the authority has not been asked for an account yet. */
  readonly url: string | undefined
}

interface Parts {
  readonly store: Pick<Store, "sql">
  readonly vaults: Pick<Vaults, "sealToServer" | "openFromServer">
}

const contextOf = (directory: string): string => `acme account ${directory}`

/** Nodes that come here together take the key that was first. */
export async function ownAccount({ store, vaults }: Parts, directory: string): Promise<OwnAccount> {
  const found = await readRow(store, directory)
  if (found !== undefined) return opened(vaults, directory, found)
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const der = privateKey.export({ type: "pkcs8", format: "der" })
  const sealed = vaults.sealToServer("certificate", contextOf(directory), der)
  der.fill(0)
  await store.sql`
    insert into acme_account (directory, key_sealed) values (${directory}, ${sealed}) on conflict do nothing`
  const kept = await readRow(store, directory)
  if (kept === undefined) throw new Error("the account key just made is not there")
  return opened(vaults, directory, kept)
}

/** `url` undefined: the authority knows it no longer. */
export async function keepAccountUrl(
  { store }: Pick<Parts, "store">,
  directory: string,
  url: string | undefined,
): Promise<void> {
  await store.sql`update acme_account set url = ${url ?? null} where directory = ${directory}`
}

interface Row {
  readonly key_sealed: Uint8Array
  readonly url: string | null
}

async function readRow(store: Pick<Store, "sql">, directory: string): Promise<Row | undefined> {
  const [row] = await store.sql<Row[]>`
    select key_sealed, url from acme_account where directory = ${directory}`
  return row
}

function opened(vaults: Parts["vaults"], directory: string, { key_sealed, url }: Row): OwnAccount {
  const der = vaults.openFromServer("certificate", contextOf(directory), key_sealed)
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  der.fill(0)
  return { key: accountKey(privateKey), url: url ?? undefined }
}
