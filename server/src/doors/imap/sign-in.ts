/**
 * LOGIN and AUTHENTICATE (RFC 9051 §6.2.2, §6.2.3): from what a client says to a live session. A password is taken
 * over TLS alone, or from this machine where the operator allows it.
 */
import type { CommandOf } from "@letterkeep/imap"
import {
  channelBindingsOf,
  isScramMechanism,
  readPlain,
  readSaslText,
  type ScramMechanism,
  saslText,
  type TlsSide,
} from "@letterkeep/sasl"
import type { People, SignedIn } from "../../people/index.ts"
import { type IpAddress, mailAddress } from "../../privacy/index.ts"
import type { Answer } from "./handler.ts"
import type { Session } from "./house.ts"

export type SignInOutcome =
  | { readonly kind: "signed-in"; readonly session: Session }
  | { readonly kind: "wrong"; readonly answer: Answer }
  | { readonly kind: "slowed"; readonly answer: Answer }
  /** Not even tried. */
  | { readonly kind: "refused"; readonly answer: Answer }

export interface SignInParts {
  readonly people: Pick<People, "signIn" | "beginScram">
  readonly source: IpAddress
  /** The connection's TLS, if it has any. */
  readonly tls: TlsSide | undefined
  /** Passwords may be shown on this connection. */
  readonly passwords: boolean
  /** Sends a challenge and waits for the client's line. */
  readonly ask: (challenge: string) => Promise<Buffer>
}

export async function login(
  parts: SignInParts,
  { user, password }: CommandOf<"LOGIN">,
): Promise<SignInOutcome> {
  if (!parts.passwords) return { kind: "refused", answer: tlsFirst }
  return outcomeOf(await parts.people.signIn(mailAddress(user), password, "imap", parts.source))
}

export async function authenticate(
  parts: SignInParts,
  { mechanism, initial }: CommandOf<"AUTHENTICATE">,
): Promise<SignInOutcome> {
  const name = mechanism.toUpperCase()
  if (name === "PLAIN") return await plain(parts, initial)
  if (isScramMechanism(name)) return await scram(parts, name, initial)
  return no("CANNOT", "There is no such mechanism here; CAPABILITY lists them")
}

async function plain(parts: SignInParts, initial: Buffer | undefined): Promise<SignInOutcome> {
  if (!parts.passwords) return { kind: "refused", answer: tlsFirst }
  const message = initial ?? (await answerTo(parts, ""))
  if ("kind" in message) return message
  const read = readPlain(message)
  if (read.kind === "malformed") return malformed
  return outcomeOf(await parts.people.signIn(mailAddress(read.name), read.secret, "imap", parts.source))
}

async function scram(
  parts: SignInParts,
  mechanism: ScramMechanism,
  initial: Buffer | undefined,
): Promise<SignInOutcome> {
  if (parts.tls === undefined) return { kind: "refused", answer: tlsFirst }
  const bindings = channelBindingsOf(parts.tls)
  const exchange = parts.people.beginScram("imap", parts.source, { mechanism, bindings })
  const first = initial ?? (await answerTo(parts, ""))
  if ("kind" in first) return first
  const challenge = await exchange.first(first)
  if (challenge.kind === "malformed") return malformed
  if (challenge.kind === "slow-down") return outcomeOf(challenge)
  const last = await answerTo(parts, saslText(challenge.bytes))
  if ("kind" in last) return last
  const done = await exchange.last(last)
  if (done.kind === "malformed") return malformed
  if (done.kind !== "signed-in") return outcomeOf(done)
  // The server's proof; the client answers with nothing, or gives up.
  const acknowledged = await answerTo(parts, saslText(done.bytes)).catch((error: unknown) => {
    done.session.close()
    throw error
  })
  if ("kind" in acknowledged) {
    done.session.close()
    return acknowledged
  }
  return { kind: "signed-in", session: done.session }
}

/** A message, or what ends the exchange. */
async function answerTo(
  { ask }: SignInParts,
  challenge: string,
): Promise<Buffer | Extract<SignInOutcome, { kind: "refused" }>> {
  const text = (await ask(challenge)).toString("latin1")
  // RFC 9051 §6.2.2: a client that gives up.
  if (text === "*") return { kind: "refused", answer: { kind: "bad", text: "Given up, as you say" } }
  return readSaslText(text) ?? malformed
}

function outcomeOf(done: SignedIn): SignInOutcome {
  switch (done.kind) {
    case "signed-in":
      return { kind: "signed-in", session: done.session }
    case "refused":
      return {
        kind: "wrong",
        answer: { kind: "no", code: "AUTHENTICATIONFAILED", text: "The address or the password is wrong" },
      }
    case "slow-down": {
      const text = `Too many attempts, wait ${done.retryAfterSeconds} seconds`
      return { kind: "slowed", answer: { kind: "no", code: "LIMIT", text } }
    }
  }
}

function no(code: string, text: string): SignInOutcome {
  return { kind: "refused", answer: { kind: "no", code, text } }
}

const malformed = {
  kind: "refused",
  answer: { kind: "bad", text: "That is no message of this mechanism" },
} as const satisfies SignInOutcome

/** RFC 5530 §3 */
const tlsFirst: Answer = {
  kind: "no",
  code: "PRIVACYREQUIRED",
  text: "Sign-in is over TLS alone: give STARTTLS first, or connect to the port that begins with TLS",
}
