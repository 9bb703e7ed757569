/**
 * The AUTHORIZATION state (RFC 1939 §4): what a client may say before it has signed in. USER and PASS, AUTH (RFC 5034),
 * STLS (RFC 2595), CAPA and QUIT; a password is taken over TLS alone, or from this machine where the operator allows
 * it.
 */
import { type Command, type CommandOf, failed, ok } from "@letterkeep/pop3"
import { readSaslText, saslText } from "@letterkeep/sasl"
import type { MaildropLease } from "../../messages/index.ts"
import { type SaslAnswer, type SaslOutcome, type SignedIn, signInBySasl } from "../../people/index.ts"
import { mailAddress, secret } from "../../privacy/index.ts"
import type { Peer } from "../entrance/index.ts"
import type { BadMark, Why } from "./abuse.ts"
import { capabilitiesFor } from "./capabilities.ts"
import type { House, Session } from "./house.ts"
import type { Line } from "./line.ts"
import { writeList } from "./write-list.ts"

/** A client that has signed in, and alone reads its maildrop. Whoever gets it closes both. */
export interface Admitted {
  readonly session: Session
  readonly lease: MaildropLease
}

export interface Stranger {
  readonly house: House
  readonly line: Line
  readonly peer: Pick<Peer<BadMark>, "ip" | "local" | "mark" | "delay">
  /** Waits so long before an answer: for sources that have misbehaved. */
  readonly pause: (ms: number) => Promise<void>
  /** TLS lies over the line from here on, or the line has gone. */
  readonly secure: () => Promise<void>
  readonly abused: (why: Why) => void
}

/** Undefined when the client has gone or was sent away; the last word is said. */
export async function authorize(stranger: Stranger): Promise<Admitted | undefined> {
  const { house, line } = stranger
  const { limits } = house
  let user: string | undefined
  let wrong = 0
  let bad = 0
  for (let commands = 0; commands < limits.strangerCommands; commands += 1) {
    const heard = await line.next()
    if (heard === undefined) return undefined
    if (heard.kind === "lost" || heard.kind === "line") return await leave(stranger, "line-too-long", "fault")
    if (heard.kind === "bad") {
      bad += 1
      if (bad > limits.badCommands) return await leave(stranger, "errors", "fault")
      await line.write(failed(heard.text))
      continue
    }
    const { command } = heard
    if (command.name === "QUIT") {
      await line.write(ok("Goodbye"))
      return undefined
    }
    if (command.name === "USER") {
      user = command.user
      // RFC 1939 §7: a name that nobody has is answered like one that somebody has.
      await line.write(mayShowPassword(stranger) ? ok("And the password?") : tlsFirst)
      continue
    }
    const done = await signInBy(stranger, command, user)
    if (done === undefined) {
      // RFC 2595 §4: what was known from before TLS is forgotten.
      if (command.name === "STLS") user = undefined
      await serveOther(stranger, command)
      continue
    }
    user = undefined
    if (done.kind === "signed-in") {
      house.figures.signIns.good.add()
      const admitted = await admit(stranger, done.session)
      if (admitted !== undefined) return admitted
      continue
    }
    if (done.kind === "refused") {
      wrong += 1
      house.figures.signIns.wrong.add()
      stranger.peer.mark("wrong-sign-in")
      await stranger.pause(stranger.peer.delay())
    }
    if (done.kind === "slow-down") house.figures.signIns.slowed.add()
    await line.write(answerTo(done))
    if (wrong >= limits.wrongSignIns) return await leave(stranger, "wrong-sign-ins", undefined)
  }
  return await leave(stranger, "too-many-commands", "fault")
}

type Outcome = SaslOutcome | { readonly kind: "user-first" }

/** What came of a command that signs in; undefined for others. */
async function signInBy(
  stranger: Stranger,
  command: Command,
  user: string | undefined,
): Promise<Outcome | undefined> {
  if (command.name === "AUTH") return await auth(stranger, command)
  if (command.name !== "PASS") return undefined
  if (!mayShowPassword(stranger)) return { kind: "tls-first" }
  // RFC 1939 §7: PASS follows a USER that was answered well.
  if (user === undefined) return { kind: "user-first" }
  const { house, peer } = stranger
  return await house.people.signIn(mailAddress(user), secret(command.password), "pop3", peer.ip)
}

/** RFC 5034 §4 */
async function auth(stranger: Stranger, command: CommandOf<"AUTH">): Promise<SaslOutcome> {
  const { house, line, peer } = stranger
  const initial = command.initial === undefined ? undefined : readSaslText(command.initial)
  if (command.initial !== undefined && initial === undefined) return { kind: "malformed" }
  const ask = async (challenge: Buffer): Promise<SaslAnswer> => {
    await line.write(`+ ${saslText(challenge)}\r\n`)
    const heard = await line.next(true)
    if (heard?.kind !== "line") return "given-up"
    const text = heard.line.toString("latin1")
    if (text === "*") return "given-up"
    return readSaslText(text) ?? "malformed"
  }
  const passwords = mayShowPassword(stranger)
  const channel = { protocol: "pop3", source: peer.ip, tls: line.tls, passwords, ask } as const
  return await signInBySasl(house.people, channel, command.mechanism, initial)
}

/** RFC 1939 §4: signed in, a client still needs the maildrop for itself. */
async function admit({ house, line }: Stranger, session: Session): Promise<Admitted | undefined> {
  let lease: MaildropLease | undefined
  try {
    lease = await house.leaseMaildrop(session.account)
  } finally {
    if (lease === undefined) session.close()
  }
  if (lease !== undefined) return { session, lease }
  house.figures.signIns["in-use"].add()
  await line.write(failed("Another program is reading this mailbox by POP3", "IN-USE"))
  return undefined
}

async function serveOther(stranger: Stranger, command: Command): Promise<void> {
  const { house, line } = stranger
  switch (command.name) {
    case "CAPA":
      await line.write(ok("What can be done here"))
      await writeList(line, capabilitiesFor(offerOf(stranger)))
      return
    case "STLS":
      if (line.tls !== undefined) await line.write(failed("TLS is on already"))
      else if (house.secureContext() === undefined) await line.write(failed("TLS is not available now"))
      else {
        await line.write(ok("Begin TLS now"))
        await stranger.secure()
      }
      return
    default:
      await line.write(failed("Sign in first"))
  }
}

function offerOf(stranger: Stranger): Parameters<typeof capabilitiesFor>[0] {
  const { house, line } = stranger
  return {
    tls: line.tls,
    passwords: mayShowPassword(stranger),
    stls: line.tls === undefined && house.secureContext() !== undefined,
  }
}

function mayShowPassword({ house, line, peer }: Stranger): boolean {
  return line.tls !== undefined || (peer.local && house.plaintextOnLoopback)
}

const tlsFirst = failed("Passwords are taken over TLS alone: give STLS first", "AUTH")

function answerTo(done: Exclude<Outcome, Extract<SignedIn, { readonly kind: "signed-in" }>>): string {
  switch (done.kind) {
    case "refused":
      return failed("The address or the password is wrong", "AUTH")
    case "slow-down":
      return failed(`Too many attempts, wait ${done.retryAfterSeconds} seconds`, "SYS/TEMP")
    case "given-up":
      return failed("Given up, as you say")
    case "malformed":
      return failed("That is no message of this mechanism")
    case "no-such-mechanism":
      return failed("There is no such mechanism here; CAPA lists them")
    case "tls-first":
      return tlsFirst
    case "user-first":
      return failed("Give USER first")
  }
}

async function leave(stranger: Stranger, why: Why, mark: BadMark | undefined): Promise<undefined> {
  if (mark !== undefined) stranger.peer.mark(mark)
  stranger.abused(why)
  await stranger.line.write(failed("This leads nowhere. Goodbye", "SYS/PERM"))
  return undefined
}
