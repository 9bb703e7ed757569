/**
 * LabeledExtract and LabeledExpand over HKDF-SHA256 (RFC 9180 §4).
 *
 *     LabeledExtract(salt, label, ikm)    = Extract(salt, "HPKE-v1" || suite_id || label || ikm)
 *     LabeledExpand(prk, label, info, L)  = Expand(prk, I2OSP(L, 2) || "HPKE-v1" || suite_id || label || info, L)
 *
 * Every output here fits one block of SHA-256, so Expand is a single HMAC (RFC 5869 §2.3, N = 1). An HMAC costs
 * a third with its key in a KeyObject.
 */
import { createHmac, createSecretKey } from "node:crypto"

const HASH_BYTES = 32
const version = Buffer.from("HPKE-v1", "latin1")

export function labeledExtract(
  suiteId: Uint8Array,
  salt: Uint8Array,
  label: string,
  ...ikm: readonly Uint8Array[]
): Buffer {
  const hmac = createHmac("sha256", createSecretKey(salt))
    .update(version)
    .update(suiteId)
    .update(label, "latin1")
  for (const part of ikm) hmac.update(part)
  return hmac.digest()
}

/** `length` is at most 32. */
export function labeledExpand(
  suiteId: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Buffer {
  if (length > HASH_BYTES) throw new RangeError(`one block gives ${HASH_BYTES} bytes, not ${length}`)
  return createHmac("sha256", createSecretKey(prk))
    .update(Uint8Array.of(length >> 8, length & 0xff))
    .update(version)
    .update(suiteId)
    .update(label, "latin1")
    .update(info)
    .update(Uint8Array.of(1))
    .digest()
    .subarray(0, length)
}
