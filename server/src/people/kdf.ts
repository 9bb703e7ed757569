/**
 * From a secret to two keys: `verify`, which the database checks, and `wrap`, which opens the holder's wraps.
 *
 *     password:              root = Argon2id(password, salt)        RFC 9106
 *     app password, code:    root = the 130 random bits themselves
 *     then for both:         HKDF-SHA256(root, salt, "letterkeep verify 1" | "letterkeep wrap 1")   RFC 5869
 *
 * Neither key tells the other. The parameters lie with the credential and are bound to its wraps.
 */
import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto"
import { z } from "zod"
import type { Chance } from "../ports/chance.ts"
import type { ArgonQueue } from "./argon-queue.ts"

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
])

export type Kdf = Readonly<z.infer<typeof shape>>
type Argon = Extract<Kdf, { readonly name: "argon2id" }>
type Plain = Extract<Kdf, { readonly name: "hkdf-sha256" }>

/** The least that OWASP's guide on storing passwords asks of Argon2id: 19 MiB and two passes. */
const cost = { memoryKiB: 19_456, passes: 2, lanes: 1 } as const

export interface Derived {
  readonly kdf: Kdf
  /** 32 bytes. */
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

/** Parameters as the database gives them. Throws when they are none of ours. */
export function parseKdf(stored: unknown): Kdf {
  return shape.parse(stored)
}

/** One fixed text for the wraps' associated data. */
export function kdfText(kdf: Kdf): string {
  return kdf.name === "argon2id"
    ? `argon2id v=19 m=${kdf.memoryKiB} t=${kdf.passes} p=${kdf.lanes} salt=${kdf.salt}`
    : `hkdf-sha256 salt=${kdf.salt}`
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

function divide(root: Buffer, kdf: Kdf): Derived {
  const bytes = Buffer.from(kdf.salt, "hex")
  const verify = Buffer.from(hkdfSync("sha256", root, bytes, "letterkeep verify 1", 32))
  const wrap = Buffer.from(hkdfSync("sha256", root, bytes, "letterkeep wrap 1", 32))
  root.fill(0)
  const wrapKey = createSecretKey(wrap)
  wrap.fill(0)
  return { kdf, verify, wrapKey }
}
