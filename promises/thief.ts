import { createHash, createSecretKey, hkdfSync } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { keyPairFromPrivateBytes } from "@letterkeep/hpke"
import type { DatabaseDoor } from "../fixtures/database.ts"
import { createArgonQueue } from "../server/src/people/argon-queue.ts"
import { deriveAppPassword, derivePassword, type Kdf, kdfText, parseKdf } from "../server/src/people/kdf.ts"
import { createStretchQueue } from "../server/src/people/stretch-queue.ts"
import { systemChance } from "../server/src/ports/chance.ts"
import { type AccountId, asId } from "../server/src/store/ids.ts"
import { openUnder } from "../server/src/vaults/aead.ts"
import { binding } from "../server/src/vaults/binding.ts"
import { readKeyFile } from "../server/src/vaults/key-file.ts"
import { createKeyring, type Keyring } from "../server/src/vaults/keyring.ts"
import { openSealed } from "../server/src/vaults/seal.ts"
import { openWithKey } from "../server/src/vaults/sealed-to-vault.ts"
import { outerBound } from "../server/src/vaults/wraps.ts"

/**
 * Somebody who took the whole machine while nobody was signed in: every row, the key file, and this source. He
 * goes the way that a sign-in goes, and where it needs the password he tries every key that he can make.
 */
export interface Loot {
  readonly keyring: Keyring
  /** Every 32-byte secret of the key file, and what the program derives from it. */
  readonly serverKeys: readonly Buffer[]
  readonly accounts: readonly AccountLoot[]
}

interface AccountLoot {
  readonly account: AccountId
  readonly wraps: readonly WrapRow[]
  readonly credentials: readonly { id: number; kind: string; kdf: Kdf; verify: Buffer }[]
  readonly sealKeys: readonly { id: number; generation: number; sealed: Buffer }[]
  readonly bodies: readonly { id: string; no: number; last: boolean; keyId: number; data: Buffer }[]
}

interface WrapRow {
  readonly generation: number
  readonly kind: "password" | "app-password" | "recovery"
  readonly holder: number
  readonly epoch: number
  readonly data: Buffer
}

/** Purposes that the program derives server keys for, and some that it might. */
const purposes = [
  "seal-key",
  "segment-key",
  "seal",
  "vault",
  "wrap",
  "body",
  "entry",
  "mailbox",
  "mailbox-name",
  "password",
  "label",
  "scram",
]

export async function takeLoot(folder: string, sql: DatabaseDoor): Promise<Loot> {
  const path = await findKeyFile(folder)
  const file = await readKeyFile(path)
  if (file === undefined) throw new Error("the key file has gone")
  const keyring = createKeyring(path, systemChance, file)
  const raw = [...Object.values(file.keys), ...Object.values(file.epochs)].map(key =>
    Buffer.from(key ?? "", "base64"),
  )
  const derived = purposes.map(purpose => keyring.serverKey(purpose).export())
  const accounts = await sql<{ id: string }[]>`select account_id as id from account order by account_id`
  const loot: AccountLoot[] = []
  for (const { id } of accounts) loot.push(await lootOf(sql, asId<AccountId>(Number(id))))
  return { keyring, serverKeys: [...raw, ...derived], accounts: loot }
}

async function findKeyFile(folder: string): Promise<string> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith("keys.json")) continue
    const path = join(folder, name)
    if ((await readFile(path, "utf8")).includes('"epochs"')) return path
  }
  throw new Error("found no key file")
}

async function lootOf(sql: DatabaseDoor, account: AccountId): Promise<AccountLoot> {
  const wraps = await sql<(Omit<WrapRow, "holder"> & { holder: string })[]>`
    select generation, holder_kind as kind, holder_id as holder, epoch, data from wrap where account_id = ${account}`
  const credentials = await sql<{ id: string; kind: string; kdf: unknown; verify: Buffer }[]>`
    select credential_id as id, kind, kdf, verify from credential where account_id = ${account}`
  const sealKeys = await sql<{ id: string; generation: number; sealed: Buffer }[]>`
    select seal_key_id as id, generation, sealed from seal_key where account_id = ${account}`
  const bodies = await sql<{ id: string; no: number; last: boolean; key: string; data: Buffer }[]>`
    select replace(body_id::text, '-', '') as id, no, no = max(no) over (partition by body_id) as last,
      seal_key_id as key, data from body where account_id = ${account}`
  return {
    account,
    wraps: wraps.map(row => ({ ...row, holder: Number(row.holder) })),
    credentials: credentials.map(row => ({ ...row, id: Number(row.id), kdf: parseKdf(row.kdf) })),
    sealKeys: sealKeys.map(row => ({ ...row, id: Number(row.id) })),
    bodies: bodies.map(row => ({ ...row, keyId: Number(row.key) })),
  }
}

/**
 * All plain text that the loot gives up, with `password` if there is one (the account's own, or an app password as
 * it is shown), and how far he came on the way.
 */
export async function breakIn(
  loot: Loot,
  password?: string,
): Promise<{ readonly opened: readonly Buffer[]; readonly epochLayers: number; readonly scramKeys: number }> {
  const opened: Buffer[] = []
  let epochLayers = 0
  let scramKeys = 0
  for (const target of loot.accounts) {
    const stored = scramKeysOf(loot, target)
    scramKeys += stored.length
    const keys = [...loot.serverKeys, ...keysOf(target, stored), ...(await keysFrom(target, password))]
    const privateKeys: Buffer[] = [...keys]
    for (const wrap of target.wraps) {
      const name = { kind: wrap.kind, id: wrap.holder }
      const bound = outerBound(target.account, wrap.generation, name, wrap.epoch)
      const inner = openUnder(await loot.keyring.epochKey(wrap.epoch), bound, wrap.data)
      epochLayers += 1
      privateKeys.push(inner.subarray(0, 32), inner.subarray(-32))
      for (const key of keys) {
        const found = tryTo(() => openUnder(createSecretKey(key), innerBound(target, wrap), inner))
        if (found !== undefined) privateKeys.push(found)
      }
    }
    opened.push(...openBodies(loot, target, privateKeys, keys))
  }
  return { opened, epochLayers, scramKeys }
}

function openBodies(
  loot: Loot,
  target: AccountLoot,
  privateKeys: readonly Buffer[],
  keys: readonly Buffer[],
): readonly Buffer[] {
  const { account } = target
  const bodyKeys = [...keys]
  for (const { id, generation, sealed } of target.sealKeys) {
    const place = { purpose: "seal-key", account, generation, id } as const
    for (const key of privateKeys) {
      const found = tryTo(() =>
        openWithKey(loot.keyring, keyPairFromPrivateBytes(Buffer.from(key)), place, sealed),
      )
      if (found !== undefined) bodyKeys.push(found)
    }
    if (sealed.length >= 32) bodyKeys.push(sealed.subarray(0, 32), sealed.subarray(-32))
  }
  return target.bodies.flatMap(({ id, no, last, data }) => {
    const what = { account, kind: "body", id, chunk: no, final: last } as const
    const plain = bodyKeys.map(key => tryTo(() => openSealed(createSecretKey(key), what, data)))
    return [data, ...plain.filter(one => one !== undefined)]
  })
}

/** StoredKey and ServerKey of each app password: the key file opens them. */
function scramKeysOf(loot: Loot, { account, credentials }: AccountLoot): readonly Buffer[] {
  const key = loot.keyring.serverKey("scram")
  return credentials.flatMap(({ id, kind, kdf, verify }) => {
    if (kdf.name !== "scram-sha-256") return []
    const bound = binding("letterkeep to server 1", "scram", `${account} ${id} ${kind}`)
    const both = tryTo(() => openUnder(key, bound, verify))
    return both === undefined ? [] : [both.subarray(0, 32), both.subarray(32)]
  })
}

/** Keys that can be made of what lies beside the wraps: nothing, zeros, the salts, what verifies a password. */
function keysOf(target: AccountLoot, stored: readonly Buffer[]): readonly Buffer[] {
  const roots = [Buffer.alloc(0), Buffer.alloc(32), Buffer.from("password")]
  return target.credentials.flatMap(({ kdf, verify }) => {
    const salt = Buffer.from(kdf.salt, "hex")
    const seeds = [...roots, ...stored, verify, salt, Buffer.from(kdf.salt)]
    return seeds.flatMap(seed => [
      ...(seed.length === 32 ? [seed] : []),
      createHash("sha256").update(seed).digest(),
      Buffer.from(hkdfSync("sha256", seed, salt, "letterkeep wrap 1", 32)),
    ])
  })
}

/** What a sign-in makes of the password. */
async function keysFrom(target: AccountLoot, password: string | undefined): Promise<readonly Buffer[]> {
  if (password === undefined) return []
  const argon = createArgonQueue()
  const stretching = createStretchQueue()
  const keys: Buffer[] = []
  for (const { kdf } of target.credentials) {
    if (kdf.name === "hkdf-sha256") continue
    const derived =
      kdf.name === "argon2id"
        ? await derivePassword(argon, password, kdf)
        : await deriveAppPassword(stretching, password, kdf)
    if (derived !== undefined) keys.push(derived.wrapKey.export())
  }
  return keys
}

function innerBound(target: AccountLoot, wrap: WrapRow): Buffer {
  const kdf = target.credentials.find(credential => credential.id === wrap.holder)?.kdf
  const text = kdf === undefined ? "" : kdfText(kdf)
  return binding("letterkeep wrap 1", target.account, wrap.generation, wrap.kind, wrap.holder, text)
}

function tryTo(open: () => Buffer): Buffer | undefined {
  try {
    return open()
  } catch {
    // the wrong key: what the thief expects
    return undefined
  }
}
