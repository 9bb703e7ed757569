/**
 * Sign-in by a SASL mechanism (RFC 4422), for every door that has one: PLAIN, SCRAM over TLS, and to send LOGIN, for
 * programs that know nothing else there. The door carries the
 * messages; what they say and what comes of them is the same everywhere.
 */
import {
  channelBindingsOf,
  isScramMechanism,
  loginChallenges,
  readLoginWord,
  readPlain,
  type ScramMechanism,
  scramMechanisms,
  type TlsSide,
} from "@letterkeep/sasl"
import { type IpAddress, mailAddress, secret } from "../privacy/index.ts"
import type { People } from "./index.ts"
import type { Protocol } from "./protocol.ts"
import type { SignedIn } from "./sign-in.ts"

export interface SaslChannel {
  readonly protocol: Protocol
  readonly source: IpAddress
  /** The connection's TLS, if it has any. */
  readonly tls: TlsSide | undefined
  /** Passwords may be shown on this connection. */
  readonly passwords: boolean
  /** Sends a challenge and waits for the client's answer to it. */
  readonly ask: (challenge: Buffer) => Promise<SaslAnswer>
}

/** The client gave up, or sent what is no base 64. */
export type SaslAnswer = Buffer | "given-up" | "malformed"

export type SaslOutcome =
  | SignedIn
  | { readonly kind: "given-up" | "malformed" | "no-such-mechanism" | "tls-first" }

/** What to offer on this connection, the best first. */
export function saslMechanisms({
  protocol,
  tls,
  passwords,
}: Pick<SaslChannel, "protocol" | "tls" | "passwords">): readonly string[] {
  return [
    ...(tls === undefined ? [] : scramMechanisms(channelBindingsOf(tls))),
    ...(passwords ? ["PLAIN"] : []),
    ...(passwords && hasLogin(protocol) ? ["LOGIN"] : []),
  ]
}

function hasLogin(protocol: Protocol): boolean {
  return protocol === "submission"
}

/** `initial`: the client's first message, where it came with the command (RFC 4422 §3). */
export async function signInBySasl(
  people: Pick<People, "signIn" | "beginScram">,
  channel: SaslChannel,
  mechanism: string,
  initial: Buffer | undefined,
): Promise<SaslOutcome> {
  if (mechanism === "PLAIN") return await byPlain(people, channel, initial)
  if (mechanism === "LOGIN" && hasLogin(channel.protocol)) return await byLogin(people, channel, initial)
  if (isScramMechanism(mechanism)) return await byScram(people, channel, mechanism, initial)
  return { kind: "no-such-mechanism" }
}

async function byPlain(
  people: Pick<People, "signIn">,
  channel: SaslChannel,
  initial: Buffer | undefined,
): Promise<SaslOutcome> {
  if (!channel.passwords) return { kind: "tls-first" }
  const message = initial ?? (await channel.ask(Buffer.alloc(0)))
  if (typeof message === "string") return { kind: message }
  const read = readPlain(message)
  if (read.kind === "malformed") return { kind: "malformed" }
  return await people.signIn(mailAddress(read.name), secret(read.secret), channel.protocol, channel.source)
}

async function byLogin(
  people: Pick<People, "signIn">,
  { protocol, source, passwords, ask }: SaslChannel,
  initial: Buffer | undefined,
): Promise<SaslOutcome> {
  if (!passwords) return { kind: "tls-first" }
  const name = wordOf(initial ?? (await ask(loginChallenges.name)))
  if (name.kind !== "word") return { kind: name.kind }
  const password = wordOf(await ask(loginChallenges.secret))
  if (password.kind !== "word") return { kind: password.kind }
  return await people.signIn(mailAddress(name.text), secret(password.text), protocol, source)
}

function wordOf(answer: SaslAnswer): ReturnType<typeof readLoginWord> | { readonly kind: "given-up" } {
  if (answer === "malformed") return { kind: answer, why: "not base 64" }
  return answer === "given-up" ? { kind: answer } : readLoginWord(answer)
}

async function byScram(
  people: Pick<People, "beginScram">,
  channel: SaslChannel,
  mechanism: ScramMechanism,
  initial: Buffer | undefined,
): Promise<SaslOutcome> {
  const { protocol, source, tls, ask } = channel
  if (tls === undefined) return { kind: "tls-first" }
  const exchange = people.beginScram(protocol, source, { mechanism, bindings: channelBindingsOf(tls) })
  const first = initial ?? (await ask(Buffer.alloc(0)))
  if (typeof first === "string") return { kind: first }
  const challenge = await exchange.first(secret(first))
  if (challenge.kind === "malformed") return { kind: "malformed" }
  if (challenge.kind === "slow-down") return challenge
  const last = await ask(challenge.bytes)
  if (typeof last === "string") return { kind: last }
  const done = await exchange.last(secret(last))
  if (done.kind === "malformed") return { kind: "malformed" }
  if (done.kind !== "signed-in") return done
  const { bytes, ...signedIn } = done
  return await acknowledge(signedIn, bytes, ask)
}

/** RFC 4422 §3.6: where success can carry no data, the server's proof is a challenge, and the answer to it empty. */
async function acknowledge(
  signedIn: Extract<SignedIn, { readonly kind: "signed-in" }>,
  proof: Buffer,
  ask: SaslChannel["ask"],
): Promise<SaslOutcome> {
  let taken = false
  try {
    const answer = await ask(proof)
    if (typeof answer === "string") return { kind: answer }
    if (answer.length > 0) return { kind: "malformed" }
    taken = true
    return signedIn
  } finally {
    if (!taken) signedIn.session.close()
  }
}
