import { clientWaits, type Tls } from "@letterkeep/smtp"
import type { ResultType, SeenSession } from "@letterkeep/tls-rpt"
import { connectMail, type Handshake, type MailConnection, type Shaken } from "../../ports/network/index.ts"
import type { ChosenBinding } from "./binding-order.ts"
import type { Dialling, DialParts, Found } from "./dial.ts"
import type { Route } from "./route.ts"
import { createSession } from "./session.ts"
import { createTlsCourse, type TlsCourse } from "./tls-course.ts"
import { demandsTls, type TlsRules } from "./tls-rules.ts"
import { type Failed, failedOpening } from "./tried.ts"

/**
 * One address of one host, from the first packet to the point where mail may be sent. Where TLS is offered but does not
 * work, and nobody asks for it, a second connection goes without: to a server that offers none it would go so, too. Where a
 * smart host refuses a sign-in that is bound to the connection, another goes with what else it can be bound to.
 */
export interface HostDial {
  readonly route: Route
  readonly rules: TlsRules
  readonly ip: string
  readonly port: number
  /** What was amiss before, and is no reason not to deliver. */
  readonly report: ResultType | undefined
  readonly seen: (session: SeenSession) => void
}

/** Milliseconds until a server must have taken a connection. */
export const connectMs = 30_000
/** RFC 8314 §7.3: TLS from the first octet on. */
const submissionsPort = 465

type TlsWish = "never" | "wanted" | "required"
type Attempted =
  | Found
  | { readonly kind: "tls-failed"; readonly failed: Failed }
  /** The sign-in was, with this binding, and there is another. */
  | { readonly kind: "binding-refused"; readonly failed: Failed; readonly binding: string }

export async function dialHost(parts: Dialling, host: HostDial, signal: AbortSignal): Promise<Found> {
  const isDemanded = demandsTls(host.rules)
  const refused = new Set<string>()
  const first = await signedIn(parts, host, isDemanded ? "required" : "wanted", refused, signal)
  if (first.kind === "live" || first.kind === "failed") return first
  if (first.kind === "binding-refused") return failed(first.failed)
  if (isDemanded || signal.aborted) return failed(first.failed)
  const second = await attempt(parts, host, "never", refused, signal)
  return second.kind === "live" || second.kind === "failed" ? second : failed(second.failed)
}

/** Once for each way to bind it; each time that way is in `refused` from then on. */
async function signedIn(
  parts: Dialling,
  host: HostDial,
  tls: TlsWish,
  refused: Set<string>,
  signal: AbortSignal,
): Promise<Attempted> {
  for (;;) {
    const tried = await attempt(parts, host, tls, refused, signal)
    if (tried.kind !== "binding-refused" || refused.has(tried.binding) || signal.aborted) return tried
    refused.add(tried.binding)
  }
}

async function attempt(
  parts: Dialling,
  host: HostDial,
  tls: TlsWish,
  refused: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Attempted> {
  const { route, rules, ip, port } = host
  const { timer } = parts
  const recipient = route.kind === "mx" ? "mail-exchanger" : "smart-host"
  const isTlsFirst = route.kind === "smart-host" && port === submissionsPort
  const dialled = await connectMail({
    egress: parts.egress[recipient],
    recipient,
    ip,
    port,
    timer,
    timeout: connectMs,
    signal,
    ...(parts.from === undefined ? {} : { from: parts.from }),
    ...(isTlsFirst ? { tls: handshakeFor(parts, rules) } : {}),
  })
  if (dialled.kind === "held-back") return failed({ kind: "not-now", why: "trouble-here" })
  if (dialled.kind === "failed") {
    const by = { host: rules.host.name, ip, tls: undefined, verified: undefined }
    return failed({ kind: "not-now", why: dialled.why === "timed-out" ? "timed-out" : "unreachable", by })
  }
  return greet(parts, host, { tls, refused }, dialled, signal)
}

/** From the connection to its first MAIL. */
async function greet(
  parts: Dialling,
  { route, rules, ip, report, seen }: HostDial,
  { tls, refused }: { readonly tls: TlsWish; readonly refused: ReadonlySet<string> },
  { connection, shaken }: { readonly connection: MailConnection; readonly shaken?: Shaken },
  signal: AbortSignal,
): Promise<Attempted> {
  const { clock, timer } = parts
  const signIn = route.kind === "smart-host" ? parts.signIn : undefined
  const course = createTlsCourse({ rules, ip, localIp: connection.localIp, report, clock, seen })
  let bound: ChosenBinding | undefined
  const reach = (done: Shaken): Tls | undefined => {
    if (done.kind === "secured" && signIn !== undefined)
      bound = parts.bindingOrder.choose(done.bindings(), refused)
    return course.reach(done)
  }
  const secure = shaken === undefined ? undefined : reach(shaken)
  if (shaken !== undefined && secure === undefined) {
    connection.destroy()
    return failed(course.failed() ?? { kind: "not-now", why: "no-tls", by: course.contact() })
  }
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<void>()
  const session = createSession({
    connection,
    hostname: parts.hostname,
    tls,
    timer,
    shakeHands: async () => reach(await connection.startTls(handshakeFor(parts, rules))),
    onEnd,
    ...(secure === undefined ? {} : { secure }),
    ...(signIn === undefined ? {} : { mechanisms: () => signIn(bound?.alone ?? new Map()) }),
  })
  const abort = (): void => session.destroy()
  signal.addEventListener("abort", abort)
  const opened = await session.open().finally(() => signal.removeEventListener("abort", abort))
  if (opened.kind === "ready") {
    // What failed in a first connection was told then.
    if (tls !== "never") course.without()
    if (bound !== undefined) parts.bindingOrder.worked(bound.name)
    return {
      kind: "live",
      live: { session, contact: course.contact(), capabilities: opened.capabilities, ended },
    }
  }
  const { end } = opened.ending
  if (end.kind === "no-tls") course.without()
  const why = failedOpening(opened.ending, course.contact())
  if (bound?.hasOther === true && end.kind === "refused" && end.mechanism === "SCRAM-SHA-256-PLUS")
    return { kind: "binding-refused", failed: why, binding: bound.name }
  return whyNot(course, why)
}

function whyNot(course: TlsCourse, otherwise: Failed): Attempted {
  const byTls = course.failed()
  if (course.handshakeFailed && byTls !== undefined) return { kind: "tls-failed", failed: byTls }
  const reply = otherwise.reply === undefined ? {} : { reply: otherwise.reply }
  return failed(byTls === undefined ? otherwise : { ...byTls, ...reply })
}

function handshakeFor({ timer, roots }: DialParts, { host, wish }: TlsRules): Handshake {
  return {
    // RFC 7672 §8.1
    name: wish.kind === "authenticate" ? wish.base : host.name,
    timer,
    timeout: clientWaits.handshake,
    ...(roots === undefined ? {} : { roots }),
  }
}

function failed(what: Failed): Found {
  return { kind: "failed", failed: what }
}
