import { domainToASCII } from "node:url"
import {
  type AskedType,
  type DnsAnswer,
  encodeQuery,
  foldName,
  type MxRecord,
  type RecordData,
  type Resolver,
  reverseName,
} from "@letterkeep/dns"
import type { Chance } from "../chance.ts"
import type { Clock } from "../clock.ts"
import type { Log } from "../log.ts"
import { own } from "../log-fields.ts"
import { systemTimer, type Timer } from "../timer.ts"
import { type AnswerCache, createAnswerCache } from "./answer-cache.ts"
import { type Attempt, askServer } from "./ask-server.ts"
import type { DnsServer } from "./dns-servers.ts"
import { type Egress, EgressError } from "./egress.ts"
import { maxChain, readAnswer } from "./read-answer.ts"
import { createTurnstile } from "./turnstile.ts"

/**
 * Our stub resolver (RFC 1034 §5.3.1): asks the servers that it is given, believes only what answers its
 * question, keeps answers and absences for as long as they say, and asks the same question once at a time.
 * It never rejects for what the network does; everything that can go wrong is an answer of kind "failed".
 */
export interface ResolverOptions {
  readonly servers: readonly DnsServer[]
  /** Minted for "dns". Where it has ended, every question fails as "refused". */
  readonly egress: Egress
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly timer?: Timer
  /** Milliseconds for one exchange with one server. */
  readonly timeout: number
}

/** Rounds through the servers before giving up. */
export const rounds = 2
/** Questions that are out at the same time; more wait, up to `maxWaiting`, beyond which they fail. */
export const maxAsking = 200
export const maxWaiting = 5000
/** Seconds that a failure is kept; RFC 9520 §3.2 asks for at least one. */
const failureTtl = 1
/** Milliseconds for which a server that failed is asked last. */
const unwellFor = 10_000

type Failure = Extract<DnsAnswer<never>, { kind: "failed" }>

export function createResolver(options: ResolverOptions): Resolver & { close(): void } {
  const cache: AnswerCache = createAnswerCache(options.clock)
  const inFlight = new Map<string, Promise<DnsAnswer<unknown>>>()
  const turnstile = createTurnstile(maxAsking, maxWaiting)
  const closing = new AbortController()
  const unwellUntil = new Map<DnsServer, number>()

  const note = (server: DnsServer, failed: Failure["why"] | undefined): void => {
    if (failed === undefined) unwellUntil.delete(server)
    else {
      if (!unwellUntil.has(server))
        options.log.event("dns.server-unwell", { server: own(`${server.host}:${server.port}`), why: failed })
      unwellUntil.set(server, options.clock.now() + unwellFor)
    }
  }
  /** In the given order, those that failed lately last. */
  const inTurn = (): readonly DnsServer[] => {
    const isUnwell = (server: DnsServer) => (unwellUntil.get(server) ?? 0) > options.clock.now()
    return [...options.servers.filter(server => !isUnwell(server)), ...options.servers.filter(isUnwell)]
  }

  const askAll = async (name: string, type: AskedType): Promise<Attempt> => {
    let last: Attempt = { kind: "failed", why: "unreachable" }
    for (let round = 0; round < rounds; round += 1)
      for (const server of inTurn()) {
        if (closing.signal.aborted) return last
        const timer = options.timer ?? systemTimer
        const { egress, chance, timeout, log } = options
        last = await askServer({
          server,
          name,
          type,
          egress,
          chance,
          timeout,
          log,
          timer,
          signal: closing.signal,
        })
        if (closing.signal.aborted) return last
        note(server, last.kind === "failed" ? last.why : undefined)
        if (last.kind === "answered") return last
      }
    return last
  }

  const resolve = async <T>(
    asked: string,
    type: AskedType,
    take: (data: RecordData) => T | undefined,
  ): Promise<DnsAnswer<T>> => {
    let name = asked
    let ttl = Number.POSITIVE_INFINITY
    let authentic = true
    for (let hop = 0; hop < maxChain; hop += 1) {
      const attempt = await askAll(name, type)
      if (attempt.kind === "failed") return attempt
      authentic &&= attempt.authentic
      const read = readAnswer(attempt.message, name, type)
      if (read.kind === "malformed") break
      ttl = Math.min(ttl, read.ttl)
      if (read.kind === "nothing") return { ...read, ttl }
      if (read.kind === "found")
        return {
          kind: "found",
          records: read.data.map(take).filter(one => one !== undefined),
          authentic,
          ttl,
        }
      name = read.name
    }
    return { kind: "failed", why: "malformed" }
  }

  const lookUp = async <T>(
    name: string,
    type: AskedType,
    take: (data: RecordData) => T | undefined,
  ): Promise<DnsAnswer<T>> => {
    const asked = askable(name, type)
    if (asked === undefined) return { kind: "nothing", why: "nxdomain", ttl: 0 }
    const key = `${type} ${asked}`
    const kept = cache.get(key)
    if (kept !== undefined) return kept as DnsAnswer<T> // what is kept under a type was made by its `take`
    const running = inFlight.get(key)
    if (running !== undefined) return running as Promise<DnsAnswer<T>>
    const work = turnstile
      .pass<DnsAnswer<T>>(() => resolve(asked, type, take))
      .catch((error: unknown): DnsAnswer<T> => {
        if (!(error instanceof EgressError)) throw error
        options.log.event("gate.refused", { purpose: own("dns"), why: "ended" })
        return { kind: "failed", why: "refused" }
      })
      .then(answer => answer ?? { kind: "failed" as const, why: "timeout" as const })
      .finally(() => inFlight.delete(key))
    inFlight.set(key, work)
    const answer = await work
    cache.set(key, answer, answer.kind === "failed" ? failureTtl : answer.ttl)
    return answer
  }

  const address = (data: RecordData) => (data.type === "A" || data.type === "AAAA" ? data.address : undefined)
  return {
    txt: name => lookUp(name, "TXT", data => (data.type === "TXT" ? data.text : undefined)),
    a: name => lookUp(name, "A", address),
    aaaa: name => lookUp(name, "AAAA", address),
    mx: name =>
      lookUp(name, "MX", (data): MxRecord | undefined =>
        data.type === "MX" ? { preference: data.preference, exchange: data.exchange } : undefined,
      ),
    async ptr(ip) {
      const name = reverseName(ip)
      return lookUp(name ?? "", "PTR", data => (data.type === "PTR" ? data.target : undefined))
    },
    close: () => closing.abort(),
  }
}

/** The name as it is asked for: folded, A-labels (RFC 5890 §2.3.2.1), no final dot; undefined for what is no name. */
function askable(name: string, type: AskedType): string | undefined {
  const ascii = /^[\u0000-\u007f]*$/.test(name) ? name : domainToASCII(name)
  if (encodeQuery({ id: 0, name: ascii, type, udpPayload: undefined }) === undefined) return undefined
  const folded = foldName(ascii.replace(/\.$/, ""))
  return folded === "" ? undefined : folded // the root has nothing that mail asks for
}
