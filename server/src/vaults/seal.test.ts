import assert from "node:assert/strict"
import { createSecretKey, randomBytes } from "node:crypto"
import { test } from "node:test"
import { type AccountId, asId } from "../store/ids.ts"
import {
  openSealed,
  SEAL_KEY_USES,
  SEAL_OVERHEAD_BYTES,
  type SealedThing,
  type SealKey,
  seal,
  VaultError,
} from "./index.ts"

const chance = { bytes: (count: number) => randomBytes(count) }
const makeKey = (uses = 0): SealKey => ({ id: 1, key: createSecretKey(randomBytes(32)), uses })
const thing: SealedThing = { account: asId<AccountId>(7), kind: "body", id: "12", chunk: 1, final: false }

test("opens what was sealed, of any size", () => {
  for (const size of [0, 1, 16, 256 * 1024]) {
    const key = makeKey()
    const plain = randomBytes(size)
    const sealed = seal(key, thing, plain, chance)
    assert.equal(sealed.length, size + SEAL_OVERHEAD_BYTES)
    assert.deepEqual(openSealed(key.key, thing, sealed), plain)
  }
})

test("opens nothing at another place: account, kind, id, chunk, final, or under another key", () => {
  const key = makeKey()
  const sealed = seal(key, thing, Buffer.from("letter"), chance)
  const places: readonly SealedThing[] = [
    { ...thing, account: asId<AccountId>(8) },
    { ...thing, kind: "entry" },
    { ...thing, kind: "queued-envelope" },
    { ...thing, kind: "queued-recipient" },
    { ...thing, kind: "queued-body" },
    { ...thing, kind: "queued-answer" },
    { ...thing, kind: "sent" },
    { ...thing, id: "13" },
    { ...thing, id: "1", chunk: 21 },
    { ...thing, chunk: 2 },
    { ...thing, final: true },
  ]
  for (const place of places) assert.throws(() => openSealed(key.key, place, sealed), VaultError)
  assert.throws(() => openSealed(makeKey().key, thing, sealed), VaultError)
})

test("refuses every altered byte and every shortened form", () => {
  const key = makeKey()
  const sealed = seal(key, thing, Buffer.from("letter"), chance)
  for (let at = 0; at < sealed.length; at++) {
    const altered = Buffer.from(sealed)
    altered.writeUInt8(altered.readUInt8(at) ^ 0x80, at)
    assert.throws(() => openSealed(key.key, thing, altered), VaultError)
    assert.throws(() => openSealed(key.key, thing, sealed.subarray(0, at)), VaultError)
  }
})

test("seals no more than 2^20 objects under one key", () => {
  const key = makeKey(SEAL_KEY_USES - 1)
  seal(key, thing, Buffer.from("last"), chance)
  assert.throws(() => seal(key, thing, Buffer.from("one more"), chance), { code: "seal-key-worn" })
})

test("takes a new nonce for every object", () => {
  const key = makeKey()
  const nonces = new Set(
    Array.from({ length: 100 }, () => seal(key, thing, Buffer.from("x"), chance).toString("hex", 0, 12)),
  )
  assert.equal(nonces.size, 100)
})
