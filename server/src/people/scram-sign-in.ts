/**
 * Sign-in by SCRAM (RFC 5802, RFC 7677), for app passwords alone: they are random, so that what an exchange gives away
 * is no ground for guesses. The main password never takes this way. TLS is the door's to insist on.
 *
 * The client names itself first and is then sent salt and count; its proof does not say of which app password it is, so
 * it is tried against each that is for this protocol. An unknown name is answered like a known one, and costs the same:
 * the proof is always tried 32 times. So is an alias: by its salt a stranger would see whose it is.
 *
 * An attempt is counted when the client names itself, and the count goes back only after a right proof; an exchange
 * that is given up costs its count and holds nothing.
 */
import {
  type ChannelBindings,
  type ClientFirst,
  clientKeyFrom,
  type Malformed,
  readClientFinal,
  readClientFirst,
  type ScramMechanism,
  type ServerFirst,
  writeServerFinal,
  writeServerFirst,
} from "@letterkeep/sasl"
import type { IpAddress, Secret } from "../privacy/index.ts"
import { parseAddress } from "./address.ts"
import { beginGuess } from "./check-secret.ts"
import { type Credential, credentialsOf } from "./credentials.ts"
import { type FoundAccount, findByOwnAddress, nobody } from "./find-account.ts"
import { type Derived, deriveClientKey, type ScramKdf } from "./kdf.ts"
import type { Protocol } from "./protocol.ts"
import type { SlowDown } from "./refusal.ts"
import { MAX_APP_PASSWORDS, openScramKeys, scramKdfOf, sealScramKeys } from "./scram-keys.ts"
import { enter, noteRefused, noteSlowed, type SignedIn, type SignInParts } from "./sign-in.ts"
import type { Attempt } from "./sign-in-limits.ts"

/** How a client's connection can be bound, and by which mechanism it signs in. */
export interface ScramChannel {
  readonly mechanism: ScramMechanism
  readonly bindings: ChannelBindings
}

/** One exchange: `first`, then `last`, each once. */
export interface ScramExchange {
  first(message: Secret<Uint8Array>): Promise<ScramChallenge>
  last(message: Secret<Uint8Array>): Promise<ScramSignedIn>
}

/** The same inside the gate. */
interface OpenExchange {
  first(message: Uint8Array): Promise<ScramChallenge>
  last(message: Uint8Array): Promise<ScramSignedIn>
}

export type ScramChallenge = { readonly kind: "challenge"; readonly bytes: Buffer } | Malformed | SlowDown
/** `bytes`: the server's last message, which proves to the client that it was this server. */
export type ScramSignedIn =
  | (Extract<SignedIn, { readonly kind: "signed-in" }> & { readonly bytes: Buffer })
  | Exclude<SignedIn, { readonly kind: "signed-in" }>
  | Malformed

interface Challenged {
  readonly first: ClientFirst
  readonly serverFirst: ServerFirst
  readonly kdf: ScramKdf
  readonly account: FoundAccount | undefined
  readonly attempt: Attempt
}

const NONCE_BYTES = 18
const SCRAM_KEY_BYTES = 32

export function beginScram(
  parts: SignInParts,
  protocol: Protocol,
  source: IpAddress,
  channel: ScramChannel,
): OpenExchange {
  let step: "first" | "last" | "over" = "first"
  let challenged: Challenged | undefined

  return {
    async first(message) {
      if (step !== "first") throw new Error("an exchange begins once")
      step = "over"
      const first = readClientFirst(channel.mechanism, channel.bindings, message)
      if (first.kind === "malformed") return first
      const address = parseAddress(first.name)
      const name = address?.address ?? first.name.slice(0, 320)
      const attempt = await beginGuess(parts, source, name)
      if ("kind" in attempt) return await noteSlowed(parts, source, attempt)
      // The client may take its time: nobody waits for it.
      attempt.over()
      const account = address === undefined ? undefined : await findByOwnAddress(parts.store.sql, address)
      const kdf = scramKdfOf(parts.vaults, account?.id, name)
      const serverFirst = writeServerFirst(first, {
        salt: Buffer.from(kdf.salt, "hex"),
        iterations: kdf.iterations,
        random: parts.chance.bytes(NONCE_BYTES),
      })
      challenged = { first, serverFirst, kdf, account, attempt }
      step = "last"
      return { kind: "challenge", bytes: Buffer.from(serverFirst.text, "latin1") }
    },

    async last(message) {
      if (step !== "last" || challenged === undefined)
        throw new Error("an exchange ends once, after it began")
      const { first, serverFirst, kdf, account, attempt } = challenged
      step = "over"
      challenged = undefined
      const final = readClientFinal(first, serverFirst, message)
      if (final.kind === "malformed") return final
      const credentials = await credentialsOf(parts.store.sql, account?.id ?? nobody)
      const found = findKey(parts, credentials, protocol, kdf, final)
      if (account === undefined || found === undefined) return await noteRefused(parts, source, protocol)
      attempt.right()
      const { credential, derived } = found
      const entered = await enter(parts, { account, credential, derived }, protocol)
      if (entered.kind !== "signed-in") return entered
      return { ...entered, bytes: writeServerFinal(final, derived.verify.subarray(SCRAM_KEY_BYTES)) }
    },
  }
}

/** The app password that the proof is of. The work does not tell how many there are. */
function findKey(
  { vaults, chance }: SignInParts,
  credentials: readonly Credential[],
  protocol: Protocol,
  kdf: ScramKdf,
  final: Parameters<typeof clientKeyFrom>[0],
): { readonly credential: Credential; readonly derived: Derived } | undefined {
  const own = credentials.filter(each => isFor(each, protocol, kdf)).slice(0, MAX_APP_PASSWORDS)
  const name = { account: nobody, id: 0, kind: "app-password" } as const
  const decoy = { ...name, verify: sealScramKeys(vaults, name, chance.bytes(2 * SCRAM_KEY_BYTES)) }
  let found: { readonly credential: Credential; readonly derived: Derived } | undefined
  for (let tried = 0; tried < MAX_APP_PASSWORDS; tried += 1) {
    const credential = own[tried]
    const kept = openScramKeys(vaults, credential ?? decoy)
    const clientKey = kept && clientKeyFrom(final, kept.subarray(0, SCRAM_KEY_BYTES))
    if (kept === undefined || clientKey === undefined || credential === undefined) continue
    found = { credential, derived: deriveClientKey(clientKey, kept, kdf) }
  }
  return found
}

function isFor({ kind, protocols, kdf }: Credential, protocol: Protocol, asked: ScramKdf): boolean {
  return (
    kind === "app-password" &&
    protocols.includes(protocol) &&
    kdf.name === "scram-sha-256" &&
    kdf.salt === asked.salt &&
    kdf.iterations === asked.iterations
  )
}
