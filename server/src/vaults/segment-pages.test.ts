import assert from "node:assert/strict"
import { createSecretKey, randomBytes } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { type AccountId, asId } from "../store/ids.ts"
import { openPage, PAGE_OVERHEAD_BYTES, sealPage } from "./segment-pages.ts"
import { VaultError } from "./vault-error.ts"

const place = { account: asId<AccountId>(7), segment: 40, kind: 2, no: 3 }
const key = createSecretKey(randomBytes(32))

test("a page opens to what was sealed, at its own place alone", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), plain => {
      const sealed = sealPage(key, place, plain)
      assert.equal(sealed.length, plain.length + PAGE_OVERHEAD_BYTES)
      assert.deepEqual(openPage(key, place, sealed), Buffer.from(plain))
    }),
  )
  const sealed = sealPage(key, place, Buffer.from("page"))
  for (const other of [
    { ...place, account: asId<AccountId>(8) },
    { ...place, segment: 41 },
    { ...place, kind: 1 },
    { ...place, no: 4 },
  ])
    assert.throws(() => openPage(key, other, sealed), VaultError)
  assert.throws(() => openPage(createSecretKey(randomBytes(32)), place, sealed), VaultError)
})

test("a page with one bit changed, or too short, does not open", () => {
  const sealed = sealPage(key, place, Buffer.from("page"))
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.throws(() => openPage(key, place, changed), VaultError)
  }
  assert.throws(() => openPage(key, place, sealed.subarray(0, 15)), VaultError)
})
