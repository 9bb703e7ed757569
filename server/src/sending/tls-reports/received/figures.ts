import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import { type FailureDetail, type PolicyReport, type PolicySeen, readReport } from "@letterkeep/tls-rpt"

/**
 * What a report about TLS comes to (RFC 8460 §4): how often a domain's mail servers were reached as it asks for, and what
 * went wrong how often. No more is kept of a report than this: no address of a machine, and no word of the reporter's but
 * its names.
 */
export interface Figures {
  /** The domain that it is about, as the report says; lower case. */
  readonly domain: string
  /** What the reporter calls itself, at most 100 characters, and its name for the report: strangers' words. */
  readonly organization: string
  readonly id: string
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** Each kind of policy once. */
  readonly policies: readonly PolicyFigures[]
  /** The most frequent first, at most `failuresLimit`. */
  readonly failures: readonly FailureFigures[]
}

export interface PolicyFigures {
  readonly kind: PolicySeen["kind"]
  readonly successful: number
  readonly failed: number
}

export interface FailureFigures {
  readonly result: FailureDetail["result"]
  /** The server that was connected to, lower case; undefined where the report does not say, or says no name. */
  readonly host: string | undefined
  readonly sessions: number
}

export type ReadFigures =
  /** One for each domain of the report, at most `domainsLimit`. */
  | { readonly kind: "read"; readonly figures: readonly Figures[] }
  | { readonly kind: "unread"; readonly why: WhyUnread }

export type WhyUnread = "too-large" | "damaged" | "no-report" | "not-of-these-days"

/** Octets once it is unpacked: what can be read while others wait, in a hundredth of a second or two. */
const unpackedLimit = 512 * 1024
const failuresLimit = 100
/** Reports are about one domain; some put one under it with it. */
const domainsLimit = 10
/** Sessions of one count: nobody has more in a day. */
const countLimit = 1_000_000_000
const wordLimit = 100
const idLimit = 200
const day = 24 * 60 * 60 * 1000
/** A report is about a day or so, and comes soon after it. */
const longestSpan = 32 * day
const oldest = 60 * day
const mostAhead = 2 * day

const unpack = promisify(gunzip)

/** `bytes`: the attachment, decoded; `now`: milliseconds since 1970. */
export async function readFigures(bytes: Buffer, now: number): Promise<ReadFigures> {
  const unpacked = await unpackedOf(bytes)
  if (typeof unpacked === "string") return unread(unpacked)
  const read = readReport(unpacked)
  if (read.kind === "invalid") return unread("no-report")
  const { from, to, policies, organization, id } = read.report
  if (to - from > longestSpan || from < now - oldest || to > now + mostAhead)
    return unread("not-of-these-days")
  const byDomain = Map.groupBy(policies.filter(makesSense), ({ policy }) => policy.domain.toLowerCase())
  if (byDomain.size === 0) return unread("no-report")
  const figures = [...byDomain].slice(0, domainsLimit).map(([domain, all]) => ({
    ...{ domain, from, to },
    organization: plainWords(organization).slice(0, wordLimit),
    id: id.slice(0, idLimit),
    policies: policiesOf(all),
    failures: failuresOf(all),
  }))
  return { kind: "read", figures }
}

async function unpackedOf(bytes: Buffer): Promise<Buffer | WhyUnread> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.length > unpackedLimit ? "too-large" : bytes
  try {
    return await unpack(bytes, { maxOutputLength: unpackedLimit })
  } catch (error) {
    // How zlib says that it is no gzip, or one that grows beyond the limit.
    if (!(error instanceof Error)) throw error
    return "code" in error && error.code === "ERR_BUFFER_TOO_LARGE" ? "too-large" : "damaged"
  }
}

function makesSense({ policy, successful, failed }: PolicyReport): boolean {
  return successful <= countLimit && failed <= countLimit && isName(policy.domain.toLowerCase())
}

function policiesOf(reports: readonly PolicyReport[]): readonly PolicyFigures[] {
  const kinds = Map.groupBy(reports, ({ policy }) => policy.kind)
  return [...kinds].map(([kind, all]) => ({
    kind,
    successful: all.reduce((sum, one) => sum + one.successful, 0),
    failed: all.reduce((sum, one) => sum + one.failed, 0),
  }))
}

function failuresOf(reports: readonly PolicyReport[]): readonly FailureFigures[] {
  const sums = new Map<string, FailureFigures>()
  for (const { failures } of reports)
    for (const { result, host: said, sessions } of failures) {
      if (sessions > countLimit) continue
      const name = said?.toLowerCase().replace(/\.$/, "")
      const host = name !== undefined && isName(name) ? name : undefined
      const key = JSON.stringify([result, host])
      sums.set(key, { result, host, sessions: (sums.get(key)?.sessions ?? 0) + sessions })
    }
  return [...sums.values()].toSorted((a, b) => b.sessions - a.sessions).slice(0, failuresLimit)
}

function isName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+$/.test(text)
}

function plainWords(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, " ").trim()
}

function unread(why: WhyUnread): ReadFigures {
  return { kind: "unread", why }
}
