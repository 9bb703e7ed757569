/**
 * LOGIN and AUTHENTICATE (RFC 9051 §6.2.2, §6.2.3): from what a client says to a live session. A password is taken
 * over TLS alone, or from this machine where the operator allows it.
 */
import type { CommandOf } from "@letterkeep/imap"
import { readSaslText, saslText, type TlsSide } from "@letterkeep/sasl"
import { type People, type SaslOutcome, signInBySasl } from "../../people/index.ts"
import { type IpAddress, mailAddress, secret } from "../../privacy/index.ts"
import type { Answer } from "./handler.ts"
import type { Session } from "./house.ts"

export type SignInOutcome =
  | { readonly kind: "signed-in"; readonly session: Session }
  /** `wrong`: a guess; `slowed`: too many of them; `refused`: not even tried. */
  | { readonly kind: "wrong" | "slowed" | "refused"; readonly answer: Answer }

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
  { people, source, passwords }: SignInParts,
  { user, password }: CommandOf<"LOGIN">,
): Promise<SignInOutcome> {
  if (!passwords) return outcomeOf({ kind: "tls-first" })
  return outcomeOf(await people.signIn(mailAddress(user), secret(password), "imap", source))
}

export async function authenticate(
  { people, source, tls, passwords, ask }: SignInParts,
  { mechanism, initial }: CommandOf<"AUTHENTICATE">,
): Promise<SignInOutcome> {
  const channel = {
    protocol: "imap",
    source,
    tls,
    passwords,
    async ask(challenge: Buffer) {
      const text = (await ask(saslText(challenge))).toString("latin1")
      // RFC 9051 §6.2.2: a client that gives up.
      return text === "*" ? "given-up" : (readSaslText(text) ?? "malformed")
    },
  } as const
  return outcomeOf(await signInBySasl(people, channel, mechanism.toUpperCase(), initial))
}

function outcomeOf(done: SaslOutcome): SignInOutcome {
  switch (done.kind) {
    case "signed-in":
      return { kind: "signed-in", session: done.session }
    case "refused":
      return no("wrong", "AUTHENTICATIONFAILED", "The address or the password is wrong") // RFC 5530 §3
    case "slow-down":
      return no("slowed", "LIMIT", `Too many attempts, wait ${done.retryAfterSeconds} seconds`)
    case "tls-first":
      return no(
        "refused",
        "PRIVACYREQUIRED", // RFC 5530 §3
        "Sign-in is over TLS alone: give STARTTLS first, or connect to the port that begins with TLS",
      )
    case "no-such-mechanism":
      return no("refused", "CANNOT", "There is no such mechanism here; CAPABILITY lists them")
    case "given-up":
      return { kind: "refused", answer: { kind: "bad", text: "Given up, as you say" } }
    case "malformed":
      return { kind: "refused", answer: { kind: "bad", text: "That is no message of this mechanism" } }
  }
}

function no(kind: "wrong" | "slowed" | "refused", code: string, text: string): SignInOutcome {
  return { kind, answer: { kind: "no", code, text } }
}
