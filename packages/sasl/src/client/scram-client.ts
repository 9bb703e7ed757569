import { pbkdf2, timingSafeEqual } from "node:crypto"
import { promisify } from "node:util"
import { readBase64 } from "../base64.ts"
import type { ChannelBindings } from "../channel-bindings.ts"
import { isExtension, isNonce, MAX_MESSAGE, MAX_NAME } from "../scram/grammar.ts"
import { hmac, KEY_BYTES, scramKeys } from "../scram/keys.ts"
import type { ScramMechanism } from "../scram/mechanisms.ts"
import { textOf } from "../text.ts"
import { type Credentials, checkCredentials, type SaslClient } from "./sasl-client.ts"

/**
 * SCRAM-SHA-256 and its -PLUS for the side that signs in (RFC 5802 §3, §5, RFC 7677). The secret never goes out; the
 * server shows that it knows it too, and `complete` is false until it did. PBKDF2 works on Node's thread pool.
 *
 * Departs from RFC 5802 §2.2: names and secrets are normalised by NFKC alone; what SASLprep forbids is not looked for.
 */
export interface ScramOptions extends Credentials {
  readonly mechanism: ScramMechanism
  /** What the connection can be bound to; with -PLUS one of them at least. */
  readonly bindings: ChannelBindings
  /** 18 octets that nobody can foresee. */
  readonly random: Uint8Array
}

const nonceBytes = 18
/** RFC 7677 §4. */
const leastIterations = 4_096
/** The server chooses the work of PBKDF2: about half a second of it at most. */
export const MAX_ITERATIONS = 1_000_000
/** The one to take where there are several, the better one first. */
const preferred = ["tls-exporter", "tls-server-end-point"]

const derive = promisify(pbkdf2)

export function scramClient(options: ScramOptions): SaslClient {
  checkCredentials(options, MAX_NAME)
  if (options.random.length !== nonceBytes) throw new RangeError(`a nonce is made of ${nonceBytes} octets`)
  const nonce = Buffer.from(options.random).toString("base64")
  const { header, octets } = boundHeader(options)
  const bare = `n=${saslName(options.name.normalize("NFKC"))},r=${nonce}`
  const channelBinding = Buffer.concat([Buffer.from(header, "utf8"), octets]).toString("base64")
  let state: "begun" | "proven" | "complete" | "over" = "begun"
  let verifier: Buffer | undefined

  const prove = async (message: Uint8Array): Promise<Uint8Array | undefined> => {
    const first = readServerFirst(message, nonce)
    if (first === undefined) return undefined
    const secret = options.secret.normalize("NFKC")
    const salted = await derive(secret, first.salt, first.iterations, KEY_BYTES, "sha256")
    const { clientKey, storedKey, serverKey } = scramKeys(salted)
    const withoutProof = `c=${channelBinding},r=${first.nonce}`
    // RFC 5802 §3
    const authMessage = `${bare},${first.text},${withoutProof}`
    const signature = hmac(storedKey, authMessage)
    const proof = Buffer.from(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0)))
    verifier = hmac(serverKey, authMessage)
    return Buffer.from(`${withoutProof},p=${proof.toString("base64")}`, "utf8")
  }

  return {
    name: options.mechanism,
    initial: Buffer.from(header + bare, "utf8"),
    async respond(challenge) {
      const before = state
      state = "over"
      if (before === "begun") {
        const answer = await prove(challenge)
        if (answer !== undefined) state = "proven"
        return answer
      }
      if (before !== "proven" || verifier === undefined || !isVerifier(challenge, verifier)) return undefined
      state = "complete"
      return Buffer.alloc(0)
    },
    get complete() {
      return state === "complete"
    },
  }
}

/** RFC 5802 §6: "p=" binds, "y" says that we could and were not offered it, "n" that we cannot. */
function boundHeader({ mechanism, bindings }: ScramOptions): { header: string; octets: Uint8Array } {
  if (mechanism === "SCRAM-SHA-256")
    return { header: bindings.size > 0 ? "y,," : "n,,", octets: Buffer.alloc(0) }
  const type = preferred.find(name => bindings.has(name))
  const octets = type === undefined ? undefined : bindings.get(type)
  if (octets === undefined) throw new RangeError("-PLUS needs something to bind to")
  return { header: `p=${type},,`, octets }
}

function saslName(name: string): string {
  return name.replaceAll("=", "=3D").replaceAll(",", "=2C")
}

/** `server-first-message = nonce "," salt "," iteration-count ["," extensions]`: RFC 5802 §7. */
function readServerFirst(
  message: Uint8Array,
  ours: string,
): { text: string; nonce: string; salt: Buffer; iterations: number } | undefined {
  const text = message.length > MAX_MESSAGE ? undefined : textOf(message)
  if (text === undefined) return undefined
  const [r = "", s = "", i = "", ...extensions] = text.split(",")
  const nonce = r.slice(2)
  // RFC 5802 §5.1: the nonce is ours with something of the server's behind it.
  if (!r.startsWith("r=") || !nonce.startsWith(ours) || nonce === ours || !isNonce(nonce)) return undefined
  const salt = s.startsWith("s=") ? readBase64(s.slice(2)) : undefined
  const iterations = /^i=[1-9]\d{0,8}$/.test(i) ? Number(i.slice(2)) : 0
  if (salt === undefined || salt.length === 0 || !extensions.every(isExtension)) return undefined
  if (iterations < leastIterations || iterations > MAX_ITERATIONS) return undefined
  return { text, nonce, salt, iterations }
}

/** `server-final-message = verifier ["," extensions]`; "e=…" says no. */
function isVerifier(message: Uint8Array, verifier: Buffer): boolean {
  const text = message.length > MAX_MESSAGE ? undefined : textOf(message)
  const [first = "", ...extensions] = text?.split(",") ?? []
  const given = first.startsWith("v=") ? readBase64(first.slice(2)) : undefined
  if (given === undefined || !extensions.every(isExtension)) return false
  return given.length === verifier.length && timingSafeEqual(given, verifier)
}
