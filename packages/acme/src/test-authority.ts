/**
 * For tests: an authority in memory, as strict as the RFC lets it be. It checks every signature, takes each nonce once, and
 * issues real certificates; tests change what it does.
 */
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, verify } from "node:crypto"
import { selfSignedCertificate } from "@letterkeep/x509"
import type { Proof } from "./proof.ts"
import type { HttpAnswer, HttpRequest, Step, Work } from "./work.ts"

export const base = "https://ca.test"
export const token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ"

export interface Played {
  /** Each request in short, as it came. */
  readonly log: string[]
  /** Payloads by path. */
  readonly payloads: Map<string, unknown>
  readonly proofs: Proof[]
  readonly waits: number[]
}

type Reply = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown }
/** Comes before the authority's own answer; undefined lets that be. `count`: how often this path was asked, from 1 on. */
export type Twist = (path: string, payload: unknown, count: number) => Reply | "broken" | undefined

export interface Authority {
  readonly played: Played
  answer(request: HttpRequest): HttpAnswer
  run<T>(work: Work<T>): T
}

export const problem = (type: string, more: object = {}): Reply => ({
  status: 400,
  body: { type: `urn:ietf:params:acme:error:${type}`, detail: `about ${type}`, ...more },
})

export function playAuthority(
  options: {
    readonly twist?: Twist
    readonly names?: readonly string[]
    readonly meta?: object
    readonly renewalInfo?: boolean
    /** What comes for a request, PEM; `certificate` is one that is given whatever is asked for. */
    readonly issue?: (request: Buffer) => string
    readonly certificate?: string
    readonly macKey?: Buffer
  } = {},
): Authority {
  const played: Played = { log: [], payloads: new Map(), proofs: [], waits: [] }
  const names = options.names ?? ["mail.example"]
  const nonces = new Set<string>()
  const counts = new Map<string, number>()
  const ready = new Set<string>()
  let jwk: JsonWebKey | undefined
  let finalized = false
  let issued = options.certificate ?? ""

  const giveNonce = (): string => {
    const nonce = `n${nonces.size}-${counts.size}-${played.log.length}`
    nonces.add(nonce)
    return nonce
  }
  const order = () => ({
    status: finalized ? "valid" : ready.size === names.length ? "ready" : "pending",
    authorizations: names.map(name => `${base}/authz/${name}`),
    finalize: `${base}/finalize`,
    certificate: finalized ? `${base}/cert` : undefined,
  })
  const own = (path: string, payload: unknown): Reply => {
    const [, what, name = ""] = path.split("/")
    switch (what) {
      case "dir":
        return {
          body: {
            newNonce: `${base}/nonce`,
            newAccount: `${base}/account`,
            newOrder: `${base}/orders`,
            ...(options.renewalInfo === true ? { renewalInfo: `${base}/renewal` } : {}),
            meta: options.meta ?? {},
          },
        }
      case "nonce":
        return {}
      case "account":
        return { status: 201, headers: { location: `${base}/account/1` }, body: { status: "valid" } }
      case "orders":
        finalized = false
        return { status: 201, headers: { location: `${base}/order/1` }, body: order() }
      case "order":
        return { body: order() }
      case "authz":
        return {
          body: {
            status: ready.has(name) ? "valid" : "pending",
            identifier: { type: "dns", value: name },
            challenges: [
              { type: "http-01", url: `${base}/challenge/${name}`, token },
              { type: "dns-01", url: `${base}/challenge/${name}`, token },
              { type: "new-99", url: `${base}/challenge/${name}` },
            ],
          },
        }
      case "challenge":
        if (!played.proofs.some(proof => proof.name === name)) throw new Error(`${name} was not put in place`)
        ready.add(name)
        return { body: {} }
      case "finalize":
        if (ready.size < names.length) return problem("orderNotReady")
        finalized = true
        if (options.issue !== undefined)
          issued = options.issue(Buffer.from(String((payload as { csr?: unknown }).csr), "base64url"))
        return { body: order() }
      case "cert":
        return { body: issued }
      default:
        return { status: 404 }
    }
  }

  const answer = (request: HttpRequest): HttpAnswer => {
    const path = new URL(request.url).pathname
    const count = (counts.get(path) ?? 0) + 1
    counts.set(path, count)
    const signed = request.body === undefined ? undefined : read(request)
    played.log.push(`${request.method} ${path}`)
    if (signed !== undefined) played.payloads.set(path, signed.payload)
    const twisted = options.twist?.(path, signed?.payload, count)
    if (twisted === "broken") return { kind: "failed", why: "the connection broke" }
    const { status = 200, headers = {}, body = {} } = twisted ?? own(path, signed?.payload)
    return {
      kind: "answer",
      status,
      headers: { "replay-nonce": request.method === "GET" ? undefined : giveNonce(), ...headers },
      body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
    }
  }

  function read({ url, body }: HttpRequest): { readonly payload: unknown } {
    const { protected: head, payload, signature } = JSON.parse(body ?? "") as Record<string, string>
    const header = JSON.parse(decode(head)) as Record<string, unknown>
    if (header.url !== url || header.alg !== "ES256") throw new Error("signed for something else")
    if (typeof header.nonce !== "string" || !nonces.delete(header.nonce))
      throw new Error("a nonce came twice")
    if (header.jwk !== undefined) jwk = header.jwk as JsonWebKey
    else if (header.kid !== `${base}/account/1`) throw new Error("who signed this?")
    if (jwk === undefined) throw new Error("nobody has signed in")
    const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" } as const
    const isSigned = verify(
      "sha256",
      Buffer.from(`${head}.${payload}`),
      key,
      Buffer.from(signature ?? "", "base64url"),
    )
    if (!isSigned) throw new Error("the signature is wrong")
    const read = payload === "" ? undefined : (JSON.parse(decode(payload)) as Record<string, unknown>)
    const external = read?.externalAccountBinding as Record<string, string> | undefined
    if (external !== undefined) checkExternal(external, options.macKey ?? Buffer.alloc(0), header.jwk)
    return { payload: read }
  }

  return {
    played,
    answer,
    run<T>(work: Work<T>): T {
      let next = work.next()
      while (next.done !== true) next = work.next(doStep(next.value))
      return next.value
    },
  }

  function doStep(step: Step): HttpAnswer | undefined {
    if (step.kind === "request") return answer(step.request)
    if (step.kind === "wait") played.waits.push(step.ms)
    else played.proofs.push(...step.proofs)
    return undefined
  }
}

function checkExternal(external: Record<string, string>, macKey: Buffer, jwk: unknown): void {
  const header = JSON.parse(decode(external.protected)) as Record<string, unknown>
  const right = createHmac("sha256", macKey)
    .update(`${external.protected}.${external.payload}`)
    .digest("base64url")
  if (right !== external.signature || header.alg !== "HS256" || header.url !== `${base}/account`)
    throw new Error("the external account is not bound")
  if (JSON.stringify(JSON.parse(decode(external.payload))) !== JSON.stringify(jwk))
    throw new Error("another key is bound")
}

const decode = (text: string | undefined): string => Buffer.from(text ?? "", "base64url").toString()

/** A key, and a certificate of it that is good for a while around `now`. */
export function issueFor(names: readonly string[], notBefore: number, notAfter: number) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const serial = Buffer.alloc(16, 3)
  return { privateKey, pem: selfSignedCertificate({ names, notBefore, notAfter, serial, privateKey }) }
}
