import type { IncomingMessage } from "node:http"
import { type RequestOptions, request } from "node:https"
import type { SecureContext } from "node:tls"
import type { Timer } from "../timer.ts"
import type { Egress } from "./egress.ts"
import { mayGo } from "./may-go.ts"
import { contextFor, machineRoots, type Roots } from "./roots.ts"

/**
 * One small file over HTTPS from a web server elsewhere (RFC 8461 §3.3): its certificate must hold for the name, nothing
 * is followed, and so much is read for so long. Nothing of ours is told but the name.
 */
export interface PolicyQuestion {
  /** Minted for "policy-host"; asked before the socket opens. */
  readonly egress: Egress
  /** "mta-sts.example.org": SNI, the Host field and the name that the certificate must be for. */
  readonly host: string
  readonly path: string
  /** One of its addresses, which the caller has asked for. */
  readonly ip: string
  /** 443 unless a test says otherwise. */
  readonly port?: number
  readonly timer: Timer
  /** Milliseconds for all of it. */
  readonly timeout: number
  /** Octets of the body that are read; one more says that there are more. */
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** The machine's unless said. */
  readonly roots?: Roots
}

export type PolicyAnswer =
  | {
      readonly kind: "answered"
      readonly status: number
      readonly contentType: string | undefined
      /** At most `maxBytes` and one. */
      readonly body: Buffer
    }
  | { readonly kind: "failed"; readonly why: "timed-out" | "unreachable" | "unverified" }
  /** Nothing may go there now. */
  | { readonly kind: "held-back" }

export async function fetchPolicy(question: PolicyQuestion): Promise<PolicyAnswer> {
  if (!(await mayGo(question.egress, "policy-host"))) return { kind: "held-back" }
  const { host, path, ip, port = 443, timer, timeout, maxBytes, signal, roots = machineRoots() } = question
  if (signal.aborted) return { kind: "failed", why: "unreachable" }
  return await new Promise(resolve => {
    // Handed on to TLS; Node's types do not list it.
    const options: RequestOptions & { readonly secureContext: SecureContext } = {
      host: ip,
      port,
      servername: host,
      path,
      agent: false,
      secureContext: contextFor(roots),
      headers: { host },
    }
    const asking = request(options)
    const end = (answer: PolicyAnswer): void => {
      cancel()
      signal.removeEventListener("abort", abort)
      resolve(answer)
      asking.destroy()
    }
    const abort = (): void => end({ kind: "failed", why: "unreachable" })
    const cancel = timer.after(timeout, () => end({ kind: "failed", why: "timed-out" }))
    signal.addEventListener("abort", abort)
    asking.on("error", error =>
      end({ kind: "failed", why: isAboutTrust(error) ? "unverified" : "unreachable" }),
    )
    asking.on("response", response => readBody(response, maxBytes, end))
    asking.end()
  })
}

function readBody(response: IncomingMessage, maxBytes: number, end: (answer: PolicyAnswer) => void): void {
  const pieces: Buffer[] = []
  let length = 0
  const answer = (): void =>
    end({
      kind: "answered",
      status: response.statusCode ?? 0,
      contentType: response.headers["content-type"],
      body: Buffer.concat(pieces).subarray(0, maxBytes + 1),
    })
  response.on("data", (piece: Buffer) => {
    pieces.push(piece)
    length += piece.length
    if (length > maxBytes) answer()
  })
  // Cut short, it may be half a policy.
  response.on("aborted", () => end({ kind: "failed", why: "unreachable" }))
  response.on("end", () => response.complete && answer())
}

/** Node tells by a code, of OpenSSL's or its own, that a certificate does not hold. */
function isAboutTrust(error: Error): boolean {
  const code = "code" in error && typeof error.code === "string" ? error.code : ""
  return /CERT|SIGNATURE|ISSUER|ERR_TLS_CERT_ALTNAME/.test(code)
}
