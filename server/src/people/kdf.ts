/**
 * From a secret to two keys: `verify`, which the database checks, and `wrap`, which opens the holder's wraps.
 *
 *     password:         root = Argon2id(password, salt)                                     RFC 9106
 *     recovery code:    root = the 130 random bits themselves; app passwords of 0.1.0 too
 *     app password:     root = ClientKey of PBKDF2-HMAC-SHA-256(text as shown, salt)        RFC 5802 §3, RFC 7677
 *     then:             wrap = HKDF-SHA256(root, salt, "letterkeep wrap 1")                 RFC 5869
 *                       verify = HKDF-SHA256(root, salt, "letterkeep verify 1"); of an app password
 *                                StoredKey and ServerKey, which SCRAM needs
 *
 * `verify` does not tell `wrap`. The parameters lie with the credential and are bound to its wraps.
 */
import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto"
import { scramKeys } from "@letterkeep/sasl"
import { z } from "zod"
import type { Chance } from "../ports/chance.ts"
import type { ArgonQueue } from "./argon-queue.ts"
import type { StretchQueue } from "./stretch-queue.ts"

const SALT_BYTES = 16
const salt = z.string().regex(/^[0-9a-f]{32}$/)
const shape = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("argon2id"),
    memoryKiB: z
      .int()
      .min(8)
      .max(1024 * 1024),
    passes: z.int().min(1).max(16),
    lanes: z.literal(1),
    salt,
  }),
  z.strictObject({ name: z.literal("hkdf-sha256"), salt }),
  z.strictObject({ name: z.literal("scram-sha-256"), iterations: z.int().min(4_096).max(1_000_000), salt }),
])

export type Kdf = Readonly<z.infer<typeof shape>>
type Argon = Extract<Kdf, { readonly name: "argon2id" }>
type Plain = Extract<Kdf, { readonly name: "hkdf-sha256" }>
export type ScramKdf = Extract<Kdf, { readonly name: "scram-sha-256" }>

/** The least that OWASP's guide on storing passwords asks of Argon2id: 19 MiB and two passes. */
const cost = { memoryKiB: 19_456, passes: 2, lanes: 1 } as const

/**
 * The least that RFC 7677 §4 asks for: an app password has 130 random bits, and needs no stretching. The one count for
 * all: a client asks before it names one of them, and an unknown name must look like a known one.
 */
const SCRAM_ITERATIONS = 4_096

export interface Derived {
  readonly kdf: Kdf
  /** 32 bytes; of an app password StoredKey and ServerKey, 64. */
  readonly verify: Buffer
  readonly wrapKey: KeyObject
}

export function passwordKdf(chance: Chance): Argon {
  return { name: "argon2id", ...cost, salt: chance.bytes(SALT_BYTES).toString("hex") }
}

/** The parameters of somebody who does not exist: always the same for one name, and like all others. */
export function fakeKdf(hash: Buffer): Argon {
  return { name: "argon2id", ...cost, salt: hash.subarray(0, SALT_BYTES).toString("hex") }
}

export function codeKdf(chance: Chance): Plain {
  return { name: "hkdf-sha256", salt: chance.bytes(SALT_BYTES).toString("hex") }
}

/** `hash`: a keyed hash of the account, or of a name that has none. */
export function scramKdf(hash: Buffer): ScramKdf {
  const salt = hash.subarray(0, SALT_BYTES).toString("hex")
  return { name: "scram-sha-256", iterations: SCRAM_ITERATIONS, salt }
}

/** Parameters as the database gives them. Throws when they are none of ours. */
export function parseKdf(stored: unknown): Kdf {
  return shape.parse(stored)
}

/** One fixed text for the wraps' associated data. */
export function kdfText(kdf: Kdf): string {
  switch (kdf.name) {
    case "argon2id":
      return `argon2id v=19 m=${kdf.memoryKiB} t=${kdf.passes} p=${kdf.lanes} salt=${kdf.salt}`
    case "hkdf-sha256":
      return `hkdf-sha256 salt=${kdf.salt}`
    case "scram-sha-256":
      return `scram-sha-256 i=${kdf.iterations} salt=${kdf.salt}`
  }
}

/** Undefined when too many are waiting already. */
export async function derivePassword(
  argon: ArgonQueue,
  password: string,
  kdf: Kdf,
): Promise<Derived | undefined> {
  if (kdf.name !== "argon2id") throw new TypeError("a password is derived by Argon2id")
  const root = await argon.hash(password, kdf)
  return root === undefined ? undefined : divide(root, kdf)
}

/** `random` is what `readCode` gave. */
export function deriveCode(random: string, kdf: Kdf): Derived {
  if (kdf.name !== "hkdf-sha256") throw new TypeError("a random code is derived by HKDF alone")
  return divide(Buffer.from(random, "latin1"), kdf)
}

/** `shown` is the app password as `showCode` writes it. Undefined when too many are waiting already. */
export async function deriveAppPassword(
  queue: StretchQueue,
  shown: string,
  kdf: ScramKdf,
): Promise<Derived | undefined> {
  const salted = await queue.stretch(shown, kdf)
  if (salted === undefined) return undefined
  const { clientKey, storedKey, serverKey } = scramKeys(salted)
  salted.fill(0)
  return deriveClientKey(clientKey, Buffer.concat([storedKey, serverKey]), kdf)
}

/** From the ClientKey of a right proof and what verified it. Takes over `clientKey`: it is zeroed. */
export function deriveClientKey(clientKey: Buffer, verify: Buffer, kdf: ScramKdf): Derived {
  const wrapKey = wrapKeyOf(clientKey, kdf)
  clientKey.fill(0)
  return { kdf, verify, wrapKey }
}

function divide(root: Buffer, kdf: Kdf): Derived {
  const bytes = Buffer.from(kdf.salt, "hex")
  const verify = Buffer.from(hkdfSync("sha256", root, bytes, "letterkeep verify 1", 32))
  const wrapKey = wrapKeyOf(root, kdf)
  root.fill(0)
  return { kdf, verify, wrapKey }
}

function wrapKeyOf(root: Buffer, kdf: Kdf): KeyObject {
  const bytes = Buffer.from(kdf.salt, "hex")
  const wrap = Buffer.from(hkdfSync("sha256", root, bytes, "letterkeep wrap 1", 32))
  const wrapKey = createSecretKey(wrap)
  wrap.fill(0)
  return wrapKey
}
