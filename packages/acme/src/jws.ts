/**
 * How a client signs what it sends (RFC 8555 §6.2): JSON Web Signatures (RFC 7515) in flattened JSON form, by an account
 * key on P-256 with ES256 (RFC 7518 §3.4). Each is bound to the URL that it goes to and to a nonce.
 */
import { createHash, createHmac, createPublicKey, type KeyObject, sign } from "node:crypto"

export interface AccountKey {
  readonly privateKey: KeyObject
  /** The public half, its members in the order that the thumbprint asks for (RFC 7638 §3.2). */
  readonly jwk: { readonly crv: "P-256"; readonly kty: "EC"; readonly x: string; readonly y: string }
  /** base64url of SHA-256, RFC 7638 §3. */
  readonly thumbprint: string
}

/** Throws a RangeError for a key that is not on P-256. */
export function accountKey(privateKey: KeyObject): AccountKey {
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: "jwk" })
  if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined)
    throw new RangeError("an account key is an EC key on P-256")
  const jwk = { crv, kty, x, y } as const
  const thumbprint = createHash("sha256").update(JSON.stringify(jwk)).digest("base64url")
  return { privateKey, jwk, thumbprint }
}

export interface Signed {
  readonly url: string
  readonly nonce: string
  /** The account's URL; undefined where the account is not known yet, and the key itself goes along. */
  readonly account: string | undefined
  /** Undefined: nothing, which reads a resource (POST-as-GET, RFC 8555 §6.3). */
  readonly payload: object | undefined
}

/** The body of a request, of type application/jose+json. */
export function signRequest(key: AccountKey, { url, nonce, account, payload }: Signed): string {
  const who = account === undefined ? { jwk: key.jwk } : { kid: account }
  const header = encode({ alg: "ES256", ...who, nonce, url })
  const content = payload === undefined ? "" : encode(payload)
  // RFC 7518 §3.4: R and S side by side, not in DER.
  const signature = sign("sha256", Buffer.from(`${header}.${content}`), {
    key: key.privateKey,
    dsaEncoding: "ieee-p1363",
  })
  return flattened(header, content, signature)
}

/** What an authority gave to somebody who is its customer already. */
export interface ExternalAccount {
  readonly keyId: string
  /** Octets of the MAC key. */
  readonly macKey: Uint8Array
}

/** Binds the account key to a customer of the authority (RFC 8555 §7.3.4); `url`: where accounts are made. */
export function bindExternalAccount(external: ExternalAccount, key: AccountKey, url: string): object {
  const header = encode({ alg: "HS256", kid: external.keyId, url })
  const content = encode(key.jwk)
  const mac = createHmac("sha256", external.macKey).update(`${header}.${content}`).digest()
  return { protected: header, payload: content, signature: mac.toString("base64url") }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url")

const flattened = (header: string, payload: string, signature: Buffer): string =>
  JSON.stringify({ protected: header, payload, signature: signature.toString("base64url") })
