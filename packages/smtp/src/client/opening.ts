import { type Capabilities, readCapabilities } from "./capabilities.ts"
import { type FarReply, isMore, isNo, isYes } from "./far-reply.ts"
import { authLine, type ClientLimits } from "./limits.ts"
import type { ClientEnd, ClientStep, FarFault } from "./outcome.ts"
import type { Wire } from "./wire.ts"

/**
 * From the greeting to the first MAIL: EHLO or HELO, TLS, AUTH. What was heard before TLS is forgotten with it.
 */
export interface OpeningOptions {
  /** Our name, said in EHLO; RFC 5321 §4.1.4. */
  readonly hostname: string
  /** `wanted`: where the far side has it. `required`: or nothing is sent. */
  readonly tls: "never" | "wanted" | "required"
  /** There, the far side is a smart host, and nothing is sent without it. It needs TLS. */
  readonly auth?: {
    /** In order of preference. Read once, when the far side has said what it offers: inside TLS, if there is any. */
    readonly mechanisms: readonly ClientMechanism[]
  }
}

export interface ClientMechanism {
  /** In upper case. */
  readonly name: string
  /** The first message, where the client speaks first: RFC 4954 §4. It may be empty. */
  readonly initial?: Uint8Array
  /** False as long as the server owes a word, as in SCRAM the proof that it knows the secret: read at its 235. */
  readonly complete?: boolean
}

export type Opened =
  | { readonly kind: "goes-on" }
  | { readonly kind: "start-tls" }
  | { readonly kind: "challenge"; readonly mechanism: string; readonly bytes: Uint8Array }
  | { readonly kind: "ready"; readonly capabilities: Capabilities }
  | { readonly kind: "fault"; readonly fault: FarFault }
  /** Said in order: QUIT is fit. */
  | { readonly kind: "end"; readonly end: ClientEnd }

export interface Opening {
  hear(step: ClientStep, reply: FarReply): Opened
  /** TLS stands: all begins anew with EHLO. */
  secured(): void
  /** The answer to a challenge; `undefined` takes the exchange back. */
  respond(message: Uint8Array | undefined): void
}

const goesOn: Opened = { kind: "goes-on" }
const unexpected: Opened = { kind: "fault", fault: "unexpected-reply" }
const badChallenge: Opened = { kind: "fault", fault: "bad-challenge" }

/** RFC 5321 §3.2, §4.1.4: codes that say of EHLO that it is not known or not liked, after which HELO may be. */
const notKnown: readonly number[] = [500, 501, 502, 504, 550]

export function createOpening(
  options: OpeningOptions,
  limits: ClientLimits,
  wire: Wire,
  startsSecure: boolean,
): Opening {
  const { hostname, tls } = options
  if (!/^[A-Za-z0-9._:[\]-]+$/.test(hostname)) throw new Error("a host name is out of form")
  let secure = startsSecure
  let capabilities: Capabilities | undefined
  /** Not tried yet. */
  let mechanisms: ClientMechanism[] = []
  let mechanism: ClientMechanism | undefined
  /** A first message that waits for a challenge. */
  let heldBack: Uint8Array | undefined
  let challenges = 0

  const refused = (step: ClientStep, reply: FarReply): Opened => ({
    kind: "end",
    end: { kind: "refused", step, reply },
  })

  const greet = (): Opened => {
    wire.say(`EHLO ${hostname}`, { step: "ehlo" })
    return goesOn
  }

  const hearHello = (step: "ehlo" | "helo", reply: FarReply): Opened => {
    if (isMore(reply)) return unexpected
    if (isNo(reply)) {
      if (step === "helo" || !notKnown.includes(reply.code)) return refused(step, reply)
      wire.say(`HELO ${hostname}`, { step: "helo" })
      return goesOn
    }
    capabilities = readCapabilities(reply, step === "ehlo")
    if (secure || tls === "never") return signIn()
    if (capabilities.startTls) {
      wire.say("STARTTLS", { step: "starttls" })
      return goesOn
    }
    return tls === "required" ? { kind: "end", end: { kind: "no-tls" } } : signIn()
  }

  const hearStartTls = (reply: FarReply): Opened => {
    if (isYes(reply)) return { kind: "start-tls" }
    if (isMore(reply)) return unexpected
    return tls === "required" ? { kind: "end", end: { kind: "no-tls", reply } } : signIn()
  }

  const signIn = (): Opened => {
    if (options.auth === undefined) return ready()
    const offered = secure ? (capabilities?.auth ?? []) : []
    mechanisms = options.auth.mechanisms.filter(({ name }) => offered.includes(name))
    return tryMechanism() ?? { kind: "end", end: { kind: "no-auth" } }
  }

  const tryMechanism = (): Opened | undefined => {
    mechanism = mechanisms.shift()
    if (mechanism === undefined) return undefined
    const { name, initial } = mechanism
    challenges = 0
    heldBack = undefined
    const line = initial === undefined ? `AUTH ${name}` : `AUTH ${name} ${base64(initial) || "="}`
    if (line.length + 2 > authLine) heldBack = initial
    wire.say(heldBack === undefined ? line : `AUTH ${name}`, { step: "auth" })
    return goesOn
  }

  const hearAuth = (reply: FarReply): Opened => {
    if (isYes(reply))
      return mechanism?.complete === false ? { kind: "fault", fault: "unproven-server" } : ready()
    // RFC 4954 §4, §6: this mechanism is not for us; another may be.
    if (reply.code === 504 || reply.code === 534) return tryMechanism() ?? refused("auth", reply)
    if (!isMore(reply)) {
      const by = mechanism === undefined ? {} : { mechanism: mechanism.name }
      return { kind: "end", end: { kind: "refused", step: "auth", reply, ...by } }
    }
    const bytes = readBase64(reply.lines.length === 1 ? (reply.lines[0] ?? "") : "-")
    challenges += 1
    if (bytes === undefined || challenges > limits.challenges) return badChallenge
    if (heldBack !== undefined) {
      const message = heldBack
      heldBack = undefined
      respond(message)
      return goesOn
    }
    return { kind: "challenge", mechanism: mechanism?.name ?? "", bytes }
  }

  const respond = (message: Uint8Array | undefined): void => {
    wire.say(message === undefined ? "*" : base64(message), { step: "auth" })
  }

  const ready = (): Opened => {
    if (capabilities === undefined) throw new Error("nobody was greeted")
    return { kind: "ready", capabilities }
  }

  return {
    hear(step, reply) {
      switch (step) {
        case "greeting":
          if (isMore(reply)) return unexpected
          return isYes(reply) ? greet() : refused(step, reply)
        case "ehlo":
        case "helo":
          return hearHello(step, reply)
        case "starttls":
          return hearStartTls(reply)
        case "auth":
          return hearAuth(reply)
        default:
          throw new Error(`${step} is no part of an opening`)
      }
    },
    secured() {
      secure = true
      capabilities = undefined // RFC 3207 §4.2
      greet()
    },
    respond,
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
}

/** RFC 4954 §4: a challenge is base 64 in one line, or empty. */
function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64")
  return bytes.toString("base64") === text ? bytes : undefined
}
