/**
 * Certificates of an authority, fetched and renewed by the server itself (ACME). Key, chain and account lie in the
 * database, sealed to the server, so that all nodes show the same; one of them renews, and all swap without a restart.
 *
 * Promise: a certificate that is in force stays so until the next one is there; whatever fails is said in words, and tried
 * again.
 */
import { X509Certificate } from "node:crypto"
import { type HttpAnswer, type HttpRequest, issuerOf } from "@letterkeep/acme"
import type { Certificate } from "../ports/certificate.ts"
import { type Addresses, type Egress, httpsRequest, type Roots } from "../ports/network/index.ts"
import type { Timer } from "../ports/timer.ts"
import type { Store } from "../store/index.ts"
import { type Challenges, createChallenges } from "./challenges.ts"
import { createHook } from "./dns-hook.ts"
import { watchInForce } from "./in-force.ts"
import type { Parts } from "./parts.ts"
import { createRenewer, type Renewer } from "./renewer.ts"
import { readCertificateRow, rowNames } from "./rows.ts"
import type { AuthoritySettings } from "./settings.ts"
import { HeldBackError } from "./trouble.ts"

export { alpnContext } from "./alpn-context.ts"
export type { Renewed } from "./renewer.ts"
export type { AuthoritySettings } from "./settings.ts"

export interface Certificates extends Pick<Renewer, "runIfDue" | "renewNow" | "dropOld"> {
  /** What is in force here; undefined until the first one was issued. */
  current(): Certificate | undefined
  state(): Promise<CertificateState>
  /** What an authority that looks is answered. */
  readonly challenges: Pick<Challenges, "http" | "alpn">
  close(): Promise<void>
}

export interface CertificateState {
  readonly names: readonly string[]
  readonly directory: string
  readonly challenge: AuthoritySettings["challenge"]
  /** Times in milliseconds since 1970. */
  readonly issued:
    | { readonly issuer: string; readonly notAfter: number; readonly renewAt: number }
    | undefined
  /** The last attempt failed; `nextTry` is when the next one comes. */
  readonly trouble:
    | { readonly says: string; readonly todo: string; readonly failures: number; readonly nextTry: number }
    | undefined
  /** A node is ordering one now. */
  readonly underWay: boolean
}

export interface CertificatesOptions extends Omit<Parts, "hands" | "store"> {
  readonly store: Pick<Store, "sql" | "transaction" | "notify" | "listen">
  /** Minted for "certificate-authority". */
  readonly egress: Egress
  readonly lookup: (name: string, signal: AbortSignal) => Promise<Addresses>
  readonly roots: Roots
  readonly timer: Timer
}

/** Octets of an answer: chains are the largest. */
const maxAnswer = 256 * 1024
const answerMs = 30_000

export async function openCertificates(options: CertificatesOptions): Promise<Certificates> {
  const { store, settings, clock, timer, log } = options
  const challenges = createChallenges(options)
  const send = async (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    const answer = await httpsRequest({ ...options, ...toSend(request), signal })
    if (answer.kind === "held-back") throw new HeldBackError()
    return answer
  }
  const hook = settings.dnsHook === undefined ? undefined : createHook(settings.dnsHook)
  const renewer = createRenewer({ ...options, hands: { send, challenges, hook, timer, log } })
  const inForce = await watchInForce(options, settings.names)
  const names = rowNames(settings.names)
  return {
    current: inForce.current,
    runIfDue: renewer.runIfDue,
    renewNow: renewer.renewNow,
    dropOld: renewer.dropOld,
    challenges,
    async state() {
      const row = await readCertificateRow(store, names)
      const { names: shown, directory, challenge } = settings
      const { issued, trouble, failures = 0, nextTry, heldUntil } = row ?? {}
      return {
        names: shown,
        directory,
        challenge,
        issued:
          issued === undefined
            ? undefined
            : { issuer: shownIssuer(issued.chain), notAfter: issued.notAfter, renewAt: issued.renewAt },
        trouble:
          trouble === undefined ? undefined : { ...trouble, failures, nextTry: nextTry ?? clock.now() },
        underWay: heldUntil !== undefined && heldUntil > clock.now(),
      }
    },
    async close() {
      await renewer.close()
      await inForce.close()
    },
  }
}

function toSend({ method, url, body, accept }: HttpRequest) {
  return {
    recipient: "certificate-authority",
    method,
    url,
    ...(body === undefined ? {} : { body }),
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/jose+json" }), // RFC 8555 §6.2
      ...(accept === undefined ? {} : { accept }),
    },
    maxBytes: maxAnswer,
    timeout: answerMs,
    redirects: 3,
  } as const
}

function shownIssuer(chain: string): string {
  try {
    return issuerOf(new X509Certificate(chain))
  } catch {
    // Altered in the database; the log has said so.
    return "unknown"
  }
}
