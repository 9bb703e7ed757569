import { domainToASCII } from "node:url"
import {
  type AskedType,
  type CaaRecord,
  type DnsAnswer,
  encodeQuery,
  foldName,
  type MxRecord,
  type RecordData,
  reverseName,
  type SetUpResolver,
  type SrvRecord,
  type TlsaRecord,
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
  /** Minted for "dns", for questions that are not asked `over` another. Where nothing may go there, they fail as "refused". */
  readonly egress: Egress
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly timer?: Timer
  /** Milliseconds for one exchange with one server. */
  readonly timeout: number
  /** Questions that are out at the same time; `maxAsking` unless said. */
  readonly atOnce?: number
}

/** Rounds through the servers before giving up. */
export const rounds = 2
/** Questions that are out at the same time; more wait, up to `maxWaiting`, beyond which they fail. */
const maxAsking = 200
export const maxWaiting = 5000
/** Seconds that a failure is kept; RFC 9520 §3.2 asks for at least one. */
const failureTtl = 1
/** Milliseconds for which a server that failed is asked last. */
const unwellFor = 10_000
/**
 * Domains (their last two labels) in a row that a server must fail for to count as unwell: strangers choose what we
 * ask, and one silent zone says nothing about the server that asked it for us.
 */
const unwellAfter = 3

type Failure = Extract<DnsAnswer<never>, { kind: "failed" }>

export interface OwnResolver extends SetUpResolver {
  /**
   * The same resolver, with the same answers kept, whose questions leave by `egress`: it is asked when a question's
   * turn has come, so that what may be told is decided then. Who asks over one never waits for a question that went
   * over another: each is called for once, and kept as long as its questions run.
   */
  over(egress: Egress): SetUpResolver
  /** Ends all questions, over whatever. */
  close(): void
}

/** By what questions leave, and those that are on their way by it. */
interface Way {
  readonly egress: Egress
  readonly inFlight: Map<string, Question<unknown>>
}

/** A question on its way. When all who wait for it have gone, it loses its place, in line or with a server. */
interface Question<T> {
  join(asker: AbortSignal | undefined): Promise<DnsAnswer<T>>
  end(): void
}

export function createResolver(options: ResolverOptions): OwnResolver {
  const cache: AnswerCache = createAnswerCache(options.clock)
  const running = new Set<Question<unknown>>()
  const turnstile = createTurnstile(options.atOnce ?? maxAsking, maxWaiting)
  let isClosed = false
  const unwellUntil = new Map<DnsServer, number>()
  /** The domains, of those asked about since the last answer, that it failed for. */
  const failedFor = new Map<DnsServer, Set<string>>()

  const note = (server: DnsServer, name: string, failed: Failure["why"] | undefined): void => {
    if (failed === undefined) {
      unwellUntil.delete(server)
      failedFor.delete(server)
      return
    }
    const domains = failedFor.get(server) ?? new Set()
    failedFor.set(server, domains)
    if (domains.size < unwellAfter) domains.add(name.split(".").slice(-2).join("."))
    if (domains.size < unwellAfter) return
    if (!unwellUntil.has(server))
      options.log.event("dns.server-unwell", { server: own(`${server.host}:${server.port}`), why: failed })
    unwellUntil.set(server, options.clock.now() + unwellFor)
  }
  /** In the given order, those that failed lately last. */
  const inTurn = (): readonly DnsServer[] => {
    const isUnwell = (server: DnsServer) => (unwellUntil.get(server) ?? 0) > options.clock.now()
    return [...options.servers.filter(server => !isUnwell(server)), ...options.servers.filter(isUnwell)]
  }

  const askAll = async (
    egress: Egress,
    name: string,
    type: AskedType,
    signal: AbortSignal,
  ): Promise<Attempt> => {
    let last: Attempt = { kind: "failed", why: "unreachable" }
    for (let round = 0; round < rounds; round += 1)
      for (const server of inTurn()) {
        if (signal.aborted) return last
        const timer = options.timer ?? systemTimer
        const { chance, timeout, log } = options
        last = await askServer({
          server,
          name,
          type,
          egress,
          chance,
          timeout,
          log,
          timer,
          signal,
        })
        if (signal.aborted) return last
        note(server, name, last.kind === "failed" ? last.why : undefined)
        if (last.kind === "answered") return last
      }
    return last
  }

  const resolve = async <T>(
    egress: Egress,
    asked: string,
    type: AskedType,
    take: (data: RecordData) => T | undefined,
    signal: AbortSignal,
  ): Promise<DnsAnswer<T>> => {
    let name = asked
    let ttl = Number.POSITIVE_INFINITY
    let authentic = true
    for (let hop = 0; hop < maxChain; hop += 1) {
      const attempt = await askAll(egress, name, type, signal)
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
          ...(read.name === asked ? {} : { canonical: read.name }),
        }
      name = read.name
    }
    return { kind: "failed", why: "malformed" }
  }

  /** Asks, and goes on while anybody waits for the answer. */
  const begin = <T>(
    { egress, inFlight }: Way,
    key: string,
    asked: string,
    type: AskedType,
    take: (data: RecordData) => T | undefined,
  ): Question<T> => {
    const unwanted = new AbortController()
    const { signal } = unwanted
    const leaving = new Set<AbortSignal>()
    let waiting = 0
    let isHeldBack = false
    const forget = (): void => {
      if (inFlight.get(key) === question) inFlight.delete(key)
    }
    const leave = (): void => {
      waiting -= 1
      if (waiting > 0) return
      forget()
      unwanted.abort()
    }
    const answer = turnstile
      .pass<DnsAnswer<T>>(() => resolve(egress, asked, type, take, signal), signal)
      .catch((error: unknown): DnsAnswer<T> => {
        if (!(error instanceof EgressError)) throw error
        isHeldBack = true
        options.log.event("gate.refused", { purpose: own("dns"), why: error.why })
        return { kind: "failed", why: "refused" }
      })
      .then((given): DnsAnswer<T> => {
        const answer = given ?? { kind: "failed", why: "timeout" }
        // What was broken off says nothing about the name, nor does what was not asked; over another way it may be.
        if (!signal.aborted && !isHeldBack)
          cache.set(key, answer, answer.kind === "failed" ? failureTtl : answer.ttl)
        return answer
      })
      .finally(() => {
        forget()
        running.delete(question)
        for (const each of leaving) each.removeEventListener("abort", leave)
      })
    const question: Question<T> = {
      join(asker) {
        waiting += 1
        if (asker !== undefined) {
          leaving.add(asker)
          asker.addEventListener("abort", leave, { once: true })
        }
        return answer
      },
      end: () => unwanted.abort(),
    }
    inFlight.set(key, question)
    running.add(question)
    return question
  }

  const lookUp = async <T>(
    way: Way,
    name: string,
    type: AskedType,
    take: (data: RecordData) => T | undefined,
    signal: AbortSignal | undefined,
  ): Promise<DnsAnswer<T>> => {
    const asked = askable(name, type)
    if (asked === undefined) return { kind: "nothing", why: "nxdomain", ttl: 0 }
    const local = answerLocally(asked, type)
    if (local !== undefined) return local as DnsAnswer<T> // addresses for A and AAAA, and no records else
    const key = `${type} ${asked}`
    const kept = cache.get(key)
    if (kept !== undefined) return kept as DnsAnswer<T> // what is kept under a type was made by its `take`
    if (isClosed) return { kind: "failed", why: "unreachable" }
    if (signal?.aborted === true) return { kind: "failed", why: "timeout" }
    const asking = way.inFlight.get(key) as Question<T> | undefined // as with what is kept
    return (asking ?? begin(way, key, asked, type, take)).join(signal)
  }

  const address = (data: RecordData) => (data.type === "A" || data.type === "AAAA" ? data.address : undefined)
  const exchanger = (data: RecordData): MxRecord | undefined =>
    data.type === "MX" ? { preference: data.preference, exchange: data.exchange } : undefined
  const tlsaRecord = (data: RecordData): TlsaRecord | undefined => (data.type === "TLSA" ? data : undefined)
  const alias = (data: RecordData): string | undefined =>
    data.type === "CNAME" ? foldName(data.target) : undefined
  const service = (data: RecordData): SrvRecord | undefined => (data.type === "SRV" ? data : undefined)
  const authority = (data: RecordData): CaaRecord | undefined => (data.type === "CAA" ? data : undefined)
  const over = (egress: Egress): SetUpResolver => {
    const way: Way = { egress, inFlight: new Map() }
    return {
      txt: (name, signal) =>
        lookUp(way, name, "TXT", data => (data.type === "TXT" ? data.text : undefined), signal),
      a: (name, signal) => lookUp(way, name, "A", address, signal),
      aaaa: (name, signal) => lookUp(way, name, "AAAA", address, signal),
      mx: (name, signal) => lookUp(way, name, "MX", exchanger, signal),
      async ptr(ip, signal) {
        const name = reverseName(ip) ?? ""
        return lookUp(way, name, "PTR", data => (data.type === "PTR" ? data.target : undefined), signal)
      },
      cname: (name, signal) => lookUp(way, name, "CNAME", alias, signal),
      tlsa: (name, signal) => lookUp(way, name, "TLSA", tlsaRecord, signal),
      srv: (name, signal) => lookUp(way, name, "SRV", service, signal),
      caa: (name, signal) => lookUp(way, name, "CAA", authority, signal),
    }
  }
  return {
    ...over(options.egress),
    over,
    close() {
      isClosed = true
      for (const question of running) question.end()
    },
  }
}

/** The name as it is asked for: folded, A-labels (RFC 5890 §2.3.2.1), no final dot; undefined for what is no name. */
function askable(name: string, type: AskedType): string | undefined {
  const ascii = /^[\u0000-\u007f]*$/.test(name) ? name : domainToASCII(name)
  if (encodeQuery({ id: 0, name: ascii, type, udpPayload: undefined }) === undefined) return undefined
  const folded = foldName(ascii.replace(/\.$/, ""))
  return folded === "" ? undefined : folded // the root has nothing that mail asks for
}

/**
 * What no server needs to be asked about, so that a machine without the DNS knows it too: no name ends in `invalid`
 * (RFC 6761 §6.4), and `localhost` is this machine (RFC 6761 §6.3).
 */
function answerLocally(asked: string, type: AskedType): DnsAnswer<string> | undefined {
  if (/(?:^|\.)invalid$/.test(asked)) return { kind: "nothing", why: "nxdomain", ttl: 0 }
  if (!/(?:^|\.)localhost$/.test(asked)) return undefined
  const loopback = type === "A" ? "127.0.0.1" : type === "AAAA" ? "::1" : undefined
  if (loopback === undefined) return { kind: "nothing", why: "nodata", ttl: 0 }
  return { kind: "found", records: [loopback], authentic: false, ttl: 0 }
}
