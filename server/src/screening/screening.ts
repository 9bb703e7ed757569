import { type ArcVerifier, createArcVerifier } from "@letterkeep/arc"
import { claimsToBeFrom } from "@letterkeep/auth-results"
import {
  createBodyHashes,
  createDkimVerifier,
  createKeyCache,
  type DkimResult,
  type DkimVerifier,
  fieldValue,
  type HeaderField,
} from "@letterkeep/dkim"
import { beginDmarc, findAuthorDomain, type Identifier, type OngoingDmarc } from "@letterkeep/dmarc"
import type { NameResolver } from "@letterkeep/dns"
import type { Clock } from "../ports/clock.ts"
import type { Timer } from "../ports/timer.ts"
import { authResultsOf } from "./auth-results-of.ts"
import { createBudget } from "./budget.ts"
import { decide } from "./decide.ts"
import { type HeaderEvidence, lookAtHeader } from "./evidence/header-sanity.ts"
import type { Acquaintance, AuthEvidence } from "./evidence/index.ts"
import { askIprev, type IprevEvidence } from "./evidence/iprev.ts"
import { proveSender } from "./evidence/sender-proof.ts"
import { askSpf, type SpfEvidence } from "./evidence/spf.ts"
import { isChainTrusted } from "./evidence/trusted-chain.ts"
import type { Verdict } from "./reason.ts"

/**
 * Screening: is this message wanted? It watches a message come in, gathers evidence while it does, and gives each
 * recipient a verdict with reasons. Nothing here holds the body; nothing waits for the DNS beyond the budget.
 *
 *   begin (SPF, reverse name) ──> headers (keys, DMARC, ARC) ──> body (hashes) ──> finish ──> forRecipient
 */
export interface Screening<Account> {
  begin(envelope: ScreenedEnvelope): Ongoing<Account>
}

/** What screening needs of an SMTP envelope. */
export interface ScreenedEnvelope {
  readonly source: { readonly ip: string }
  readonly helo: string
  /** "" is the empty reverse-path. */
  readonly reversePath: string
}

export interface Ongoing<Account> {
  /** Once, before the body, with the fields as they came. */
  headers(fields: readonly HeaderField[]): HeaderFindings
  /** CRLF text after the empty line, cut anywhere; only looked at during the call. */
  body(chunk: Uint8Array): void
  /** Once, after all of the body. */
  finish(): Promise<Screened<Account>>
  /** Instead of `finish`, when the message will not come: lets go of the clock. */
  abandon(): void
}

export interface HeaderFindings {
  /**
   * Indices of fields that claim to be this server's own: Authentication-Results (RFC 8601 §5: they must be deleted), and
   * every verdict, which nobody else writes.
   * That is the one thing in which a kept message differs from what came in, and only a forger's message has it.
   */
  readonly forged: readonly number[]
}

export interface Screened<Account> {
  readonly shared: AuthEvidence
  /** This server's own field, with its final CRLF, to stand above the message. */
  readonly authResultsHeader: string
  forRecipient(account: Account): Promise<Verdict>
}

/** The account's own rules. `fromAddress` is "" when From cannot be read. */
export type SenderRules<Account> = (
  account: Account,
  fromAddress: string,
  envelopeFrom: string,
) => Promise<"allow" | "block" | "none">

/** Whether the account has had to do with an address before. */
export type History<Account> = (account: Account, fromAddress: string) => Promise<Acquaintance>

export interface ScreeningOptions<Account> {
  readonly resolver: NameResolver
  readonly rules: SenderRules<Account>
  /** Without it nothing is said of first contacts. */
  readonly history?: History<Account>
  /** This server's name: the authserv-id. */
  readonly hostname: string
  readonly clock: Clock
  readonly timer: Timer
  /** `false`: nothing is checked, and all results say so. */
  readonly authentication: boolean
  /** Is this domain (lower case, A-labels) one of ours? */
  readonly isOurDomain?: (domain: string) => Promise<boolean>
  /** Domains in lower case whose ARC seals can speak for a message. Empty unless the operator says otherwise. */
  readonly trustedSealers?: readonly string[]
  readonly limits?: ScreeningLimits
}

export interface ScreeningLimits {
  /** For all questions to the DNS about one message together. */
  readonly dnsMilliseconds: number
  /** Key records that are kept parsed. */
  readonly keys: number
}

export const screeningLimits: ScreeningLimits = { dnsMilliseconds: 10_000, keys: 2000 }

/**
 * Questions to the DNS that each check of one message may ask. More than mail as it is needs; fewer than the checks'
 * own limits multiply to (RFC 7208 §4.6.4 lets a record lead to more than a hundred, and a walk of DMARC takes eight
 * for each domain that signed). A check that would need more has no answer.
 */
const shares = { spf: 24, iprev: 4, keys: 8, policy: 16 }

export function createScreening<Account>(options: ScreeningOptions<Account>): Screening<Account> {
  const limits = options.limits ?? screeningLimits
  const keys = createKeyCache(limits.keys)
  const trustedSealers = new Set(options.trustedSealers ?? [])
  return {
    begin(envelope) {
      if (!options.authentication) return beginUnchecked(options, envelope)
      const now = options.clock.now()
      const budget = createBudget(options.resolver, options.timer, limits.dnsMilliseconds)
      const forKeys = budget.share(shares.keys)
      const forPolicy = budget.share(shares.policy)
      const { ip } = envelope.source
      const spf = heldUntilFinish(
        askSpf({
          ip,
          helo: envelope.helo,
          reversePath: envelope.reversePath,
          hostname: options.hostname,
          now,
          resolver: budget.share(shares.spf),
          isOurDomain: async domain => (await options.isOurDomain?.(domain)) === true,
        }),
      )
      const iprev = heldUntilFinish(askIprev(ip, budget.share(shares.iprev)))
      const hashes = createBodyHashes()
      const dkim = createDkimVerifier({ resolver: forKeys, now, keys, bodyHashes: hashes })
      const arc = createArcVerifier({ resolver: forKeys, now, keys }, hashes, sealer =>
        trustedSealers.has(sealer),
      )
      let fields: readonly HeaderField[] = []
      let dmarc: OngoingDmarc | undefined
      return {
        headers(given) {
          fields = given
          dkim.headers(fields)
          arc.headers(fields)
          dmarc = beginDmarc(fromValues(fields), forPolicy)
          return { forged: findForged(fields, options.hostname) }
        },
        body(chunk) {
          hashes.update(chunk)
        },
        async finish() {
          hashes.finish()
          const checks: Checks = {
            spf,
            iprev,
            dkim,
            arc,
            dmarc: dmarc ?? beginDmarc([], forPolicy),
            header: lookAtHeader(fields),
          }
          try {
            const shared = await gatherEvidence(checks, options, trustedSealers)
            return conclude(shared, fields, options, envelope)
          } finally {
            budget.end()
          }
        },
        abandon() {
          budget.end()
        },
      }
    },
  }
}

/**
 * A check that fails while the body still comes has nobody to tell until `finish`, and after `abandon` nobody at all:
 * Node would end the process over a bug of ours on a stranger's record. `finish` awaits the promise itself, so it
 * still sees the error. Keys and DMARC records are asked for in their packages, which hold theirs likewise.
 */
function heldUntilFinish<T>(check: Promise<T>): Promise<T> {
  check.catch(() => undefined)
  return check
}

interface Checks {
  readonly spf: Promise<SpfEvidence>
  readonly iprev: Promise<IprevEvidence | undefined>
  readonly dkim: DkimVerifier
  readonly arc: ArcVerifier
  readonly dmarc: OngoingDmarc
  readonly header: HeaderEvidence
}

async function gatherEvidence<Account>(
  checks: Checks,
  options: ScreeningOptions<Account>,
  trustedSealers: ReadonlySet<string>,
): Promise<AuthEvidence> {
  const [spf, iprev, dkim, arc] = await Promise.all([
    checks.spf,
    checks.iprev,
    checks.dkim.finish(),
    checks.arc.finish(),
  ])
  const dmarc = await checks.dmarc.finish(identifiersOf(spf, dkim))
  const proof = proveSender(dmarc, dkim, spf)
  // Asked only about what could be forged: most mail is not.
  const claimed = proof === "unproven" && dmarc.author.kind === "one" ? dmarc.author.domain : undefined
  const forgesOurDomain = claimed !== undefined && (await options.isOurDomain?.(claimed)) === true
  return {
    authentication: "checked",
    spf,
    dkim,
    dmarc,
    arc,
    iprev,
    header: checks.header,
    proof,
    isChainTrusted: isChainTrusted(arc, trustedSealers),
    forgesOurDomain,
  }
}

function identifiersOf(spf: SpfEvidence, dkim: readonly DkimResult[]): Identifier[] {
  const nameResult = (result: string) => (result === "pass" || result === "temperror" ? result : "other")
  const identifiers: Identifier[] = [{ method: "spf", domain: spf.domain, result: nameResult(spf.result) }]
  for (const { domain, result } of dkim) {
    if (domain !== undefined) identifiers.push({ method: "dkim", domain, result: nameResult(result) })
  }
  return identifiers
}

/** With the checks off the rules of the recipients still hold, on the address as it is written. */
function beginUnchecked<Account>(
  options: ScreeningOptions<Account>,
  envelope: ScreenedEnvelope,
): Ongoing<Account> {
  let fields: readonly HeaderField[] = []
  return {
    headers(given) {
      fields = given
      return { forged: findForged(fields, options.hostname) }
    },
    body() {
      // Nothing is hashed.
    },
    finish: async () =>
      conclude({ authentication: "off", header: lookAtHeader(fields) }, fields, options, envelope),
    abandon() {
      // Nothing is under way.
    },
  }
}

function conclude<Account>(
  shared: AuthEvidence,
  fields: readonly HeaderField[],
  options: ScreeningOptions<Account>,
  envelope: ScreenedEnvelope,
): Screened<Account> {
  const author =
    shared.authentication === "checked" ? shared.dmarc.author : findAuthorDomain(fromValues(fields))
  const fromAddress = author.kind === "one" ? author.address : ""
  const { helo, reversePath } = envelope
  return {
    shared,
    authResultsHeader: authResultsOf(options.hostname, shared, { ip: envelope.source.ip, helo, reversePath }),
    async forRecipient(account) {
      const [rule, history] = await Promise.all([
        options.rules(account, fromAddress, reversePath),
        (fromAddress === "" ? undefined : options.history?.(account, fromAddress)) ?? unknown,
      ])
      return decide(shared, { rule, history })
    },
  }
}

const unknown: Acquaintance = "unknown"

function fromValues(fields: readonly HeaderField[]): string[] {
  return fields.filter(({ name }) => name.toLowerCase() === "from").map(fieldValue)
}

/** Ours alone, and told to nobody who could write it. */
const verdictName = "x-letterkeep-screening"

function findForged(fields: readonly HeaderField[], hostname: string): number[] {
  const forged: number[] = []
  for (const [index, field] of fields.entries()) {
    const name = field.name.trim().toLowerCase()
    if (name === verdictName) forged.push(index)
    if (name === "authentication-results" && claimsToBeFrom(fieldValue(field), hostname)) forged.push(index)
  }
  return forged
}
