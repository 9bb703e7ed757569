import type { SendingResolver } from "@letterkeep/dns"
import {
  acceptPolicy,
  afterFetching,
  planRefresh,
  policyBytesLimit,
  policyUrl,
  type ReadPolicy,
  readRecords,
  recordName,
} from "@letterkeep/mta-sts"
import type { ResultType, SeenSession } from "@letterkeep/tls-rpt"
import { type BoundedMap, createBoundedMap } from "../../ports/bounded-map.ts"
import type { Clock } from "../../ports/clock.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import { type Egress, fetchPolicy, type PolicyAnswer, type Roots } from "../../ports/network/index.ts"
import type { Timer } from "../../ports/timer.ts"
import { isNotPublic } from "../not-public.ts"
import type { KeptPolicies, KeptPolicy } from "./kept-policies.ts"
import type { DomainPolicy } from "./tls-rules.ts"

/**
 * The MTA-STS policies of the domains that we send to (RFC 8461): asked for when a mail needs one, kept for as long as they
 * say, over a restart too, and fetched anew before they run out. In memory is a bounded number of them.
 */
export interface Policies {
  /**
   * What holds for the domain now; undefined where it has no policy. Waits for the web only where nothing is kept. Rejects
   * as the store does, and where what is kept does not open and cannot be fetched anew: there mail has to wait.
   */
  of(domain: string, signal: AbortSignal): Promise<DomainPolicy | undefined>
  /** Resolves when nothing is being fetched any more; fetches are broken off. */
  close(): Promise<void>
}

export interface PoliciesParts {
  readonly resolver: Pick<SendingResolver, "txt" | "a" | "aaaa">
  /** Minted for "policy-host". */
  readonly egress: Egress
  readonly clock: Clock
  readonly timer: Timer
  /** Where they are kept. */
  readonly kept: KeptPolicies
  readonly log: Log
  /** Told of a policy that could not be had. */
  readonly seen: (session: SeenSession) => void
  /** The machine's unless said. */
  readonly roots?: Roots
  /** 443 unless a test says otherwise. */
  readonly port?: number
}

const maxPolicies = 10_000
/** Milliseconds for one fetch (RFC 8461 §3.3 suggests a minute). */
export const fetchMs = 60_000
/** Addresses of the web server that are tried. Where it stands is for strangers to say: public ones alone. */
const maxAddresses = 2

interface Entry {
  readonly kept: KeptPolicy | undefined
  readonly failedAt: number | undefined
  /** Something was kept, and nobody knows what. */
  readonly isUnreadable?: boolean
}

/** A policy holds that cannot be read here, and the domain's web server does not say it again. */
class PolicyUnknownError extends Error {
  override readonly name = "PolicyUnknownError"
  readonly temporary = true
}

export function createPolicies(parts: PoliciesParts): Policies {
  const entries: BoundedMap<string, Entry> = createBoundedMap(maxPolicies)
  const fetching = new Map<string, Promise<void>>()
  const closing = new AbortController()

  const toldOf = (task: string) => (error: unknown) =>
    parts.log.event("task.failed", { task: own(task), error: failure(error) })
  const refresh = async (domain: string, id: string): Promise<void> => {
    const { read, lines, wrong } = await fetchFor(parts, domain, closing.signal)
    if (closing.signal.aborted) return
    const before = entries.get(domain)
    const after = afterFetching(before?.kept, read, id, parts.clock.now())
    const kept =
      after.kept === before?.kept || after.kept === undefined ? before?.kept : { ...after.kept, lines }
    const isUnreadable = kept === undefined && before?.isUnreadable === true
    entries.set(domain, { kept, failedAt: after.failedAt, isUnreadable })
    if (kept !== undefined && kept !== before?.kept)
      await parts.kept.keep(domain, kept).catch(toldOf("keep an MTA-STS policy"))
    if (wrong !== undefined)
      parts.seen({
        policy: { kind: "sts", domain, lines: [], hosts: [] },
        outcome: { kind: "failed", result: wrong },
      })
  }
  /** One fetch at a time for a domain, however many mails want its policy. */
  const fetchOnce = (domain: string, id: string): Promise<void> => {
    const running = fetching.get(domain)
    if (running !== undefined) return running
    const refreshing = refresh(domain, id).finally(() => fetching.delete(domain))
    fetching.set(domain, refreshing)
    return refreshing
  }
  const loading = new Map<string, Promise<void>>()
  /** What an earlier process kept, or another one: looked for once, as long as it is remembered here. */
  const load = (domain: string): Promise<void> => {
    if (entries.get(domain) !== undefined) return Promise.resolve()
    const running = loading.get(domain)
    if (running !== undefined) return running
    const looking = parts.kept
      .find(domain)
      .then(kept =>
        entries.set(
          domain,
          kept === "unreadable"
            ? { kept: undefined, failedAt: undefined, isUnreadable: true }
            : { kept, failedAt: undefined },
        ),
      )
      .finally(() => loading.delete(domain))
    loading.set(domain, looking)
    return looking
  }
  const heldNow = (domain: string): DomainPolicy | undefined => {
    const { policy } = planRefresh({ ...stateOf(domain), record: undefined })
    const lines = entries.get(domain)?.kept?.lines ?? []
    return policy === undefined ? undefined : { policy, lines }
  }
  const stateOf = (domain: string) => {
    const entry = entries.get(domain)
    return { kept: entry?.kept, failedAt: entry?.failedAt, now: parts.clock.now() }
  }

  return {
    async of(domain, signal) {
      const [answer] = await Promise.all([parts.resolver.txt(recordName(domain), signal), load(domain)])
      const record =
        answer.kind === "failed" ? undefined : readRecords(answer.kind === "found" ? answer.records : [])
      const plan = planRefresh({ ...stateOf(domain), record })
      if (record?.kind === "policy" && plan.fetch !== "no") {
        const refreshing = fetchOnce(domain, record.id)
        if (plan.fetch === "first") await refreshing
        else refreshing.catch(toldOf("fetch an MTA-STS policy"))
      }
      // Who has ended it altogether has no record either.
      if (entries.get(domain)?.isUnreadable === true && record?.kind !== "none")
        throw new PolicyUnknownError("an MTA-STS policy that does not open, and cannot be fetched now")
      return heldNow(domain)
    },
    async close() {
      closing.abort()
      await Promise.allSettled(fetching.values())
    },
  }
}

interface Fetched {
  readonly read: ReadPolicy
  readonly lines: readonly string[]
  /** RFC 8460 §4.3.2. */
  readonly wrong: ResultType | undefined
}

async function fetchFor(parts: PoliciesParts, domain: string, signal: AbortSignal): Promise<Fetched> {
  const url = new URL(policyUrl(domain))
  const answer = await askWeb(parts, url, signal)
  const read: ReadPolicy =
    answer.kind === "answered" ? acceptPolicy(answer) : { kind: "invalid", why: "The file was not fetched." }
  if (read.kind === "policy" && answer.kind === "answered")
    return { read, lines: linesOf(answer.body), wrong: undefined }
  return { read, lines: [], wrong: wrongOf(answer) }
}

/** What a report calls it; nothing where it was we who did not ask. */
function wrongOf(answer: PolicyAnswer): ResultType | undefined {
  switch (answer.kind) {
    case "held-back":
      return undefined
    case "failed":
      return answer.why === "unverified" ? "sts-webpki-invalid" : "sts-policy-fetch-error"
    case "answered":
      return answer.status === 200 ? "sts-policy-invalid" : "sts-policy-fetch-error"
  }
}

async function askWeb(parts: PoliciesParts, url: URL, signal: AbortSignal): Promise<PolicyAnswer> {
  const { resolver, egress, timer, roots, port } = parts
  const host = url.hostname
  const found = await Promise.all([resolver.a(host, signal), resolver.aaaa(host, signal)])
  const ips = found.flatMap(one => {
    if (one.kind !== "found") return []
    return one.records.filter(ip => port !== undefined || !isNotPublic(ip)).slice(0, 1)
  })
  let answer: PolicyAnswer = { kind: "failed", why: "unreachable" }
  for (const ip of ips.slice(0, maxAddresses)) {
    answer = await fetchPolicy({
      egress,
      host,
      path: url.pathname,
      ip,
      timer,
      timeout: fetchMs,
      maxBytes: policyBytesLimit,
      signal,
      ...(roots === undefined ? {} : { roots }),
      ...(port === undefined ? {} : { port }),
    })
    if (answer.kind !== "failed" || answer.why === "unverified") return answer
  }
  return answer
}

/** As a report shows them; the file was read as a policy, so its size is bounded. */
function linesOf(body: Buffer): readonly string[] {
  return body
    .toString("utf8")
    .split("\n")
    .map(line => line.trim())
    .filter(line => line !== "")
}
