/**
 * The server's part (RFC 5802 §7), and the test of a proof:
 *
 *     server-first-message = nonce "," salt "," iteration-count      "r=…,s=base64,i=number"
 *     server-final-message = verifier                                "v=base64"
 *
 * The other final message, "e=…", is not sent: protocols say "no" in their own way, and it would tell guessers more
 * than they need.
 */
import { timingSafeEqual } from "node:crypto"
import type { ClientFinal } from "./client-final.ts"
import type { ClientFirst } from "./client-first.ts"
import { hmac, KEY_BYTES, storedKeyOf } from "./keys.ts"

/** RFC 7677 §4: at least so many. */
const MIN_ITERATIONS = 4_096
const NONCE_BYTES = 18

export interface ServerFirst {
  readonly text: string
  /** The client's and ours. */
  readonly nonce: string
}

export interface Challenge {
  readonly salt: Uint8Array
  readonly iterations: number
  /** 18 octets that nobody can foresee. */
  readonly random: Uint8Array
}

export function writeServerFirst(first: ClientFirst, { salt, iterations, random }: Challenge): ServerFirst {
  if (random.length !== NONCE_BYTES) throw new RangeError(`a nonce is made of ${NONCE_BYTES} octets`)
  if (salt.length === 0 || !Number.isInteger(iterations) || iterations < MIN_ITERATIONS) {
    throw new RangeError(`SCRAM needs a salt and ${MIN_ITERATIONS} iterations at least`)
  }
  const nonce = first.nonce + Buffer.from(random).toString("base64")
  return { text: `r=${nonce},s=${Buffer.from(salt).toString("base64")},i=${iterations}`, nonce }
}

/** The ClientKey that the proof gives away to whoever holds the right StoredKey (RFC 5802 §3); else undefined. */
export function clientKeyFrom(
  { authMessage, proof }: ClientFinal,
  storedKey: Uint8Array,
): Buffer | undefined {
  if (storedKey.length !== KEY_BYTES) throw new RangeError(`a StoredKey has ${KEY_BYTES} octets`)
  const clientKey = hmac(storedKey, authMessage)
  for (let at = 0; at < clientKey.length; at += 1) clientKey[at] = (clientKey[at] ?? 0) ^ (proof[at] ?? 0)
  if (timingSafeEqual(storedKeyOf(clientKey), storedKey)) return clientKey
  clientKey.fill(0)
  return undefined
}

/** With it the client knows that it speaks to a server that holds its ServerKey. */
export function writeServerFinal({ authMessage }: ClientFinal, serverKey: Uint8Array): Buffer {
  return Buffer.from(`v=${hmac(serverKey, authMessage).toString("base64")}`, "latin1")
}
