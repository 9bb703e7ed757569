import assert from "node:assert/strict"
import { createPublicKey, verify } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { test } from "node:test"
import { KeyFileError } from "./index.ts"
import { openLedgerKey } from "./ledger-key.ts"
import { openTestVaults } from "./open-test-vaults.ts"

interface Content {
  keys: Record<string, string>
}
const contentOf = (path: string): Content => JSON.parse(readFileSync(path, "utf8"))
const put = (path: string, content: Content): void => writeFileSync(path, JSON.stringify(content))

test("signs as RFC 8032 §7.1 has it", () => {
  // its TEST 2
  const seed = Buffer.from("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "hex")
  const key = openLedgerKey(seed.toString("base64"))
  assert.equal(
    key.publicKey.toString("hex"),
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  )
  assert.equal(
    key.sign(Buffer.from("72", "hex")).toString("hex"),
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  )
})

test("a key file from before the ledger gets a key at the next start, and all nodes sign with it", async t => {
  const { keyFile, store, again } = await openTestVaults(t)
  const content = contentOf(keyFile)
  delete content.keys.ledger
  put(keyFile, content)
  await store.sql`update letterkeep set ledger_key = null`
  const one = await again()
  const other = await again()
  assert.deepEqual(one.ledgerKey.publicKey, other.ledgerKey.publicKey)
  const seed = contentOf(keyFile).keys.ledger
  assert.ok(seed)
  assert.deepEqual(openLedgerKey(seed).publicKey, one.ledgerKey.publicKey)
  const message = Buffer.from("a checkpoint")
  const publicKey = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: one.ledgerKey.publicKey.toString("base64url") },
    format: "jwk",
  })
  assert.ok(verify(null, message, publicKey, other.ledgerKey.sign(message)))
})

test("takes the ledger's key that a crash left in the file before the database knew of it", async t => {
  const { keyFile, store, vaults, again } = await openTestVaults(t)
  await store.sql`update letterkeep set ledger_key = null`
  const before = readFileSync(keyFile, "utf8")
  assert.deepEqual((await again()).ledgerKey.publicKey, vaults.ledgerKey.publicKey)
  assert.equal(readFileSync(keyFile, "utf8"), before)
})

test("a copy of the key file that fell behind gets no key of the ledger, so that the good one is still taken", async t => {
  const { keyFile, store, vaults, clock, again } = await openTestVaults(t)
  const old = contentOf(keyFile)
  clock.at += 8 * 24 * 60 * 60 * 1000
  await vaults.rotateEpochIfDue()
  const good = contentOf(keyFile)
  assert.notDeepEqual(good, old)
  await store.sql`update letterkeep set ledger_key = null`
  put(keyFile, old)
  await assert.rejects(
    again(),
    (error: unknown) => error instanceof KeyFileError && /epoch/.test(error.message),
  )
  assert.deepEqual(contentOf(keyFile), old)
  const [row] = await store.sql<{ ledger_key: Buffer | null }[]>`select ledger_key from letterkeep`
  assert.equal(row?.ledger_key, null)
  put(keyFile, good)
  assert.ok(await again())
})

test("refuses a copy of the key file that lacks the ledger's key or has another, and makes none", async t => {
  const { keyFile, again } = await openTestVaults(t)
  const content = contentOf(keyFile)
  const { ledger: _, ...others } = content.keys
  for (const keys of [others, { ...content.keys, ledger: content.keys.mac ?? "" }]) {
    put(keyFile, { ...content, keys })
    const before = readFileSync(keyFile, "utf8")
    await assert.rejects(
      again(),
      (error: unknown) => error instanceof KeyFileError && /signs this database's ledger/.test(error.message),
    )
    assert.equal(readFileSync(keyFile, "utf8"), before)
  }
})
