import type { IncomingMessage } from "node:http"
import { type RequestOptions, request } from "node:https"
import { isIP, type LookupFunction } from "node:net"
import { connect } from "node:tls"
import type { Timer } from "../timer.ts"
import type { Egress, EgressRecipient } from "./egress.ts"
import { mayGo } from "./may-go.ts"
import { contextFor, machineRoots, type Roots } from "./roots.ts"

/**
 * One HTTPS request and its answer, on a connection of its own. The certificate has to be good for the host; the answer is
 * bounded in size and the whole in time. Names are looked up by our own resolver, never by the system's.
 *
 * A redirect is followed for GET and HEAD, and only to the same origin: who was asked is who answers.
 */
export interface HttpsRequest {
  readonly egress: Egress
  readonly recipient: EgressRecipient
  readonly method: "GET" | "HEAD" | "POST"
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** IP addresses of a name; rejects for nothing. */
  readonly lookup: (name: string, signal: AbortSignal) => Promise<Addresses>
  /** The machine's unless said. */
  readonly roots?: Roots
  /** Octets of an answer's body. */
  readonly maxBytes: number
  /** Milliseconds for all of it, redirects included. */
  readonly timeout: number
  /** Redirects that are followed; none unless said. */
  readonly redirects?: number
  readonly timer: Timer
  readonly signal?: AbortSignal
}

export type Addresses =
  | { readonly kind: "found"; readonly addresses: readonly string[] }
  /** `why`: an English phrase. */
  | { readonly kind: "failed"; readonly why: string }

export type HttpsAnswer =
  | {
      readonly kind: "answer"
      readonly status: number
      /** Names in lower case; of several values the first, but for those that HTTP joins. */
      readonly headers: Readonly<Record<string, string | undefined>>
      readonly body: Buffer
    }
  /** `why`: an English phrase, without what the peer sent. */
  | { readonly kind: "failed"; readonly why: string }
  /** Nothing may go to the recipient now. */
  | { readonly kind: "held-back" }

/** Octets of an answer's header. */
const maxHeader = 16_384
const redirected: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Whatever the network does is an answer. */
export async function httpsRequest(asked: HttpsRequest): Promise<HttpsAnswer> {
  const late = new AbortController()
  const callOff = asked.timer.after(asked.timeout, () => late.abort())
  const signal = asked.signal === undefined ? late.signal : AbortSignal.any([late.signal, asked.signal])
  try {
    const answer = await follow(asked, signal)
    return late.signal.aborted && answer.kind === "failed" ? failed("it did not answer in time") : answer
  } finally {
    callOff()
  }
}

async function follow(asked: HttpsRequest, signal: AbortSignal): Promise<HttpsAnswer> {
  let at = readUrl(asked.url)
  for (let left = asked.redirects ?? 0; ; left -= 1) {
    if (at === undefined) return failed("its address is no https address")
    const answer = await once(asked, at, signal)
    if (answer.kind !== "answer" || !redirected.has(answer.status) || asked.method === "POST") return answer
    const { location } = answer.headers
    const to = location === undefined ? undefined : readUrl(location, at)
    if (to === undefined || to.origin !== at.origin) return failed("it sends us to another server")
    if (left <= 0) return failed("it sends us elsewhere, again and again")
    at = to
  }
}

function readUrl(text: string, base?: URL): URL | undefined {
  if (!URL.canParse(text, base?.href)) return undefined
  const url = new URL(text, base?.href)
  return url.protocol === "https:" && url.username === "" && url.password === "" ? url : undefined
}

async function once(asked: HttpsRequest, url: URL, signal: AbortSignal): Promise<HttpsAnswer> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1")
  const found: Addresses =
    isIP(host) === 0 ? await asked.lookup(host, signal) : { kind: "found", addresses: [host] }
  if (found.kind === "failed") return found
  const { addresses } = found
  if (addresses.length === 0) return failed(`there is no address of ${host} in the DNS`)
  if (signal.aborted) return failed("it was called off")
  if (!(await mayGo(asked.egress, asked.recipient))) return { kind: "held-back" }
  return await exchange(asked, optionsFor(asked, url, host, addresses), signal)
}

function optionsFor(
  asked: HttpsRequest,
  url: URL,
  host: string,
  addresses: readonly string[],
): RequestOptions {
  const { body = "" } = asked
  const port = url.port === "" ? 443 : Number(url.port)
  return {
    path: `${url.pathname}${url.search}`,
    method: asked.method,
    headers: {
      host: url.host,
      "user-agent": "Letterkeep",
      ...asked.headers,
      ...(asked.method === "POST" ? { "content-length": String(Buffer.byteLength(body)) } : {}),
    },
    maxHeaderSize: maxHeader,
    // Without an agent: a connection for each request.
    createConnection: () =>
      connect({
        host,
        port,
        // Of several addresses Node tries one after the other (RFC 8305).
        lookup: lookupOf(addresses),
        // An IP address is no server name (RFC 6066 §3).
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ALPNProtocols: ["http/1.1"],
        secureContext: contextFor(asked.roots ?? machineRoots()),
      }),
  }
}

/** What Node asks the system for, from what our resolver has found. */
function lookupOf(addresses: readonly string[]): LookupFunction {
  const all = addresses.map(address => ({ address, family: isIP(address) }))
  return (_host, options, callback) => {
    const [first] = all
    if (first === undefined) callback(new Error("no address"), "", 4)
    else if (options.all === true) callback(null, all)
    else callback(null, first.address, first.family)
  }
}

function exchange(asked: HttpsRequest, options: RequestOptions, signal: AbortSignal): Promise<HttpsAnswer> {
  return new Promise(resolve => {
    const sent = request(options)
    const end = (answer: HttpsAnswer): void => {
      signal.removeEventListener("abort", abort)
      sent.destroy()
      resolve(answer)
    }
    const abort = (): void => end(failed("it was called off"))
    signal.addEventListener("abort", abort)
    // What comes after the end (a reset of what was destroyed) is heard and says nothing more.
    sent.on("error", error => end(failed(whyOf(error))))
    sent.on("response", response => readBody(response, asked.maxBytes, end))
    sent.end(asked.body)
  })
}

function readBody(response: IncomingMessage, maxBytes: number, end: (answer: HttpsAnswer) => void): void {
  const pieces: Buffer[] = []
  let length = 0
  response.on("error", error => end(failed(whyOf(error))))
  response.on("data", (piece: Buffer) => {
    length += piece.length
    if (length > maxBytes) end(failed("its answer is too long"))
    else pieces.push(piece)
  })
  response.on("close", () => end(failed("the connection broke")))
  response.on("end", () => {
    if (!response.complete) end(failed("the connection broke"))
    else
      end({
        kind: "answer",
        status: response.statusCode ?? 0,
        headers: headersOf(response),
        body: Buffer.concat(pieces),
      })
  })
}

function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : value?.[0]]),
  )
}

/** Codes of Node and OpenSSL in words; what has none keeps its code. */
const phrases: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection broke",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ETIMEDOUT: "it did not answer in time",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "nobody vouches for its certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "nobody whom we know vouches for its certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "nobody whom we know vouches for its certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "nobody whom we know vouches for its certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  HPE_HEADER_OVERFLOW: "its answer is too long",
}

function whyOf(error: Error): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error
  const code = inner instanceof Error && "code" in inner && typeof inner.code === "string" ? inner.code : ""
  return phrases[code] ?? (code === "" ? "the connection broke" : `the connection failed (${code})`)
}

function failed(why: string): Extract<HttpsAnswer, { kind: "failed" }> {
  return { kind: "failed", why }
}
