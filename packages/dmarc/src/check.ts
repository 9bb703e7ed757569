import type { Resolver } from "@letterkeep/dns"
import { type AuthorDomain, findAuthorDomain } from "./author-domain.ts"
import type { Policy, PolicyRecord } from "./policy-record.ts"
import { createRecordLookup, type RecordAt, type RecordLookup, walkTree } from "./tree-walk.ts"

/**
 * DMARC (RFC 9989): does a domain that stands behind this message belong with the domain that the reader sees in
 * From, and what does that domain ask for if not? The record is asked for when the fields are known; the answer is
 * put together when SPF and DKIM have theirs.
 */
export type DmarcResult = "none" | "pass" | "fail" | "temperror" | "permerror"

export interface DmarcOutcome {
  readonly result: DmarcResult
  /** One English sentence. */
  readonly reason: string
  readonly author: AuthorDomain
  /** What the domain asks to be done with this very message: "none" unless the result is a fail. */
  readonly disposition: Policy
  /** The policy that applies, before test mode lowers it. */
  readonly policy?: Policy
  /** Where the record was found. */
  readonly policyDomain?: string
  readonly isTest?: boolean
  /** What stands there. */
  readonly record?: PolicyRecord
  /** What made it pass. */
  readonly aligned?: readonly Identifier[]
}

export interface Identifier {
  readonly method: "spf" | "dkim"
  readonly domain: string
  readonly result: "pass" | "temperror" | "other"
}

export interface OngoingDmarc {
  /** The domains of the checks, whatever came of them. */
  finish(identifiers: readonly Identifier[]): Promise<DmarcOutcome>
}

/** `fromValues`: what follows the colon of each From field, one character for each byte. */
export function beginDmarc(fromValues: readonly string[], resolver: Resolver): OngoingDmarc {
  const author = findAuthorDomain(fromValues)
  if (author.kind !== "one") {
    // RFC 9989 §5.3.1: without exactly one domain there is nothing to check.
    return {
      finish: async () => ({
        result: "permerror",
        reason: unclearReasons[author.why],
        author,
        disposition: "none",
      }),
    }
  }
  const lookup = createRecordLookup(resolver)
  const own = lookup.at(author.domain)
  // Awaited at the end, or never: until then a rejection must not count as unhandled, which ends the process.
  own.catch(() => undefined)
  return { finish: async identifiers => conclude(author, await own, lookup, identifiers) }
}

const unclearReasons: Readonly<Record<Exclude<AuthorDomain, { kind: "one" }>["why"], string>> = {
  "no-from": "The message has no From field.",
  "no-address": "The From field holds no address.",
  "several-fields": "The message has more than one From field.",
  "several-domains": "The From field names more than one domain.",
  malformed: "The From field cannot be read.",
}

type Author = Extract<AuthorDomain, { kind: "one" }>

async function conclude(
  author: Author,
  own: RecordAt,
  lookup: RecordLookup,
  identifiers: readonly Identifier[],
): Promise<DmarcOutcome> {
  const policy = await discoverPolicy(author.domain, own, lookup)
  if (policy.kind !== "policy")
    return { result: policy.kind, reason: policy.why, author, disposition: "none" }
  const { record, domain: policyDomain } = policy
  const common = {
    ...{ author, policy: policy.applies, policyDomain, record },
    ...(record.isTest ? { isTest: true } : {}),
  }

  const alignment = await align(author.domain, record, lookup, identifiers)
  if (alignment.aligned.length > 0) {
    const by = alignment.aligned
      .map(({ method, domain }) => `${method.toUpperCase()} of ${domain}`)
      .join(" and ")
    return {
      result: "pass",
      reason: `${author.domain} is confirmed by ${by}.`,
      disposition: "none",
      aligned: alignment.aligned,
      ...common,
    }
  }
  // RFC 9989 §5.3.6: with an answer missing, it neither passes nor fails.
  if (alignment.missing !== undefined)
    return { result: "temperror", reason: alignment.missing, disposition: "none", ...common }
  const disposition = record.isTest ? lowered[policy.applies] : policy.applies
  return {
    result: "fail",
    reason: `Nothing confirms that ${author.domain} sent this.`,
    disposition,
    ...common,
  }
}

/** RFC 9989 §4.7, t */
const lowered: Readonly<Record<Policy, Policy>> = { reject: "quarantine", quarantine: "none", none: "none" }

type DiscoveredPolicy =
  | {
      readonly kind: "policy"
      readonly record: PolicyRecord
      readonly applies: Policy
      readonly domain: string
    }
  | { readonly kind: "none" | "temperror"; readonly why: string }

/** RFC 9989 §4.10.1: the record of the domain itself, else of its Organizational Domain, else of its public suffix. */
async function discoverPolicy(
  author: string,
  own: RecordAt,
  lookup: RecordLookup,
): Promise<DiscoveredPolicy> {
  const nothing: DiscoveredPolicy = { kind: "none", why: `${author} publishes no DMARC policy.` }
  if (own.kind === "failed") return { kind: "temperror", why: own.why }
  if (own.kind === "found") {
    if (own.found.kind === "empty") return nothing
    return { kind: "policy", record: own.found.record, applies: own.found.record.policy, domain: author }
  }
  const walk = await walkTree(author, lookup)
  if (walk.kind === "failed") return { kind: "temperror", why: walk.why }
  const atOrganization = walk.records.find(({ domain }) => domain === walk.organizational)
  const last = walk.records.at(-1)
  const isSuffix = last?.found.kind === "record" && last.found.record.publicSuffix === "yes"
  const chosen = atOrganization ?? (isSuffix ? last : undefined)
  if (chosen === undefined || chosen.found.kind === "empty") return nothing
  const { record } = chosen.found
  return {
    kind: "policy",
    record,
    applies: await inheritedPolicy(author, record, lookup),
    domain: chosen.domain,
  }
}

async function inheritedPolicy(author: string, record: PolicyRecord, lookup: RecordLookup): Promise<Policy> {
  const forExisting = record.subdomainPolicy ?? record.policy
  const forNonexistent = record.nonexistentPolicy ?? forExisting
  if (forNonexistent === forExisting) return forExisting
  const exists = await lookup.exists(author)
  if (exists === "yes") return forExisting
  if (exists === "no") return forNonexistent
  // Not knowing which of the two applies, the milder one does the least harm.
  return strength[forExisting] < strength[forNonexistent] ? forExisting : forNonexistent
}

const strength: Readonly<Record<Policy, number>> = { none: 0, quarantine: 1, reject: 2 }

/** `missing`: why an identifier that might have aligned could not be judged. */
interface Alignment {
  readonly aligned: readonly Identifier[]
  readonly missing: string | undefined
}

/** RFC 9989 §4.10.2. Equal domains need no walk; unrelated ones cannot align, whatever a walk says. */
async function align(
  author: string,
  record: PolicyRecord,
  lookup: RecordLookup,
  identifiers: readonly Identifier[],
): Promise<Alignment> {
  const aligned = identifiers.filter(({ domain, result }) => result === "pass" && domain === author)
  if (aligned.length > 0) return { aligned, missing: undefined }
  let missing: string | undefined
  const relaxed: Identifier[] = []
  for (const identifier of identifiers) {
    if (identifier.result === "other") continue
    const isStrict = (identifier.method === "spf" ? record.spfAlignment : record.dkimAlignment) === "strict"
    const answer = await isAligned(author, identifier.domain, isStrict, lookup)
    if (answer.kind === "failed") missing = answer.why
    else if (answer.kind === "no") continue
    else if (identifier.result === "pass") relaxed.push(identifier)
    else
      missing = `The ${identifier.method.toUpperCase()} check of ${identifier.domain} got no answer from the DNS.`
  }
  return { aligned: relaxed, missing }
}

type IsAligned = { readonly kind: "yes" | "no" } | { readonly kind: "failed"; readonly why: string }

async function isAligned(
  author: string,
  domain: string,
  isStrict: boolean,
  lookup: RecordLookup,
): Promise<IsAligned> {
  if (domain === author) return { kind: "yes" }
  if (isStrict || !shareParent(author, domain)) return { kind: "no" }
  const [mine, theirs] = await Promise.all([walkTree(author, lookup), walkTree(domain, lookup)])
  if (mine.kind === "failed") return mine
  if (theirs.kind === "failed") return theirs
  return { kind: mine.organizational === theirs.organizational ? "yes" : "no" }
}

/** An Organizational Domain is a name at or above the domain: two domains with one have their last label in common. */
function shareParent(a: string, b: string): boolean {
  return a.slice(a.lastIndexOf(".") + 1) === b.slice(b.lastIndexOf(".") + 1)
}
