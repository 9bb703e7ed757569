import { foldName, type MxRecord, type SendingResolver } from "@letterkeep/dns"
import type { Chance } from "../../ports/chance.ts"

/**
 * Which mail servers a domain has, in the order in which they are tried (RFC 5321 §5.1): by preference, those of one
 * preference in an order that chance makes; without MX records the domain itself; with the null MX of RFC 7505 none. Where
 * one is we ourselves, it and those behind it are left out, so that no mail goes round in a circle.
 */
export type FoundHosts =
  /** One at least, `maxHosts` at most. */
  | { readonly kind: "hosts"; readonly hosts: readonly MailHost[] }
  | { readonly kind: "never"; readonly why: "null-mx" | "no-such-domain" | "loops-back" }
  | { readonly kind: "not-now"; readonly why: "dns-failed" | "unreachable" }

export interface MailHost {
  /** Lower case, no final dot. */
  readonly name: string
  /**
   * Is it sure, by a validated answer, that this host is meant? True for the domain itself, and for one that the operator
   * names: nobody else had a say in it.
   */
  readonly authentic: boolean
  /** What the domain is an alias of, by a validated answer. */
  readonly domainAlias?: string
}

export interface HostSearch {
  readonly resolver: Pick<SendingResolver, "mx" | "a" | "aaaa">
  readonly chance: Chance
  /** Is this a name of ours, in lower case? */
  isOurs(host: string): boolean
}

/** Hosts of a domain that are tried. */
export const maxHosts = 10

/** `domain`: lower case, A-labels; an address literal has no hosts here. */
export async function findHosts(
  domain: string,
  { resolver, chance, isOurs }: HostSearch,
  signal: AbortSignal,
): Promise<FoundHosts> {
  if (domain.startsWith("[")) return { kind: "never", why: "no-such-domain" }
  const answer = await resolver.mx(domain, signal)
  if (answer.kind === "failed") return { kind: "not-now", why: "dns-failed" }
  if (answer.kind === "nothing" && answer.why === "nxdomain") return { kind: "never", why: "no-such-domain" }
  const records = answer.kind === "found" ? answer.records : []
  if (records.length === 0) return implicitHost(domain, { resolver, chance, isOurs }, signal)
  const named = records
    .map(({ preference, exchange }) => ({ preference, exchange: foldName(exchange).replace(/\.$/, "") }))
    .filter(({ exchange }) => exchange !== "")
  if (named.length === 0) return { kind: "never", why: "null-mx" } // RFC 7505 §3
  const usable = named.filter(({ exchange }) => isHostName(exchange))
  // Somebody may mend that before the mail runs out.
  if (usable.length === 0) return { kind: "not-now", why: "unreachable" }
  const ours = usable.filter(({ exchange }) => isOurs(exchange)).map(({ preference }) => preference)
  const before = usable.filter(({ preference }) => preference < Math.min(...ours))
  if (before.length === 0) return { kind: "never", why: "loops-back" }
  const authentic = answer.kind === "found" && answer.authentic
  const domainAlias = answer.kind === "found" && authentic ? answer.canonical : undefined
  const sure = { authentic, ...(domainAlias === undefined ? {} : { domainAlias }) }
  return { kind: "hosts", hosts: inOrder(before, chance).map(name => ({ name, ...sure })) }
}

/** RFC 5321 §5.1: a domain without MX records is its own mail server, where it has an address. */
async function implicitHost(
  domain: string,
  { resolver, isOurs }: HostSearch,
  signal: AbortSignal,
): Promise<FoundHosts> {
  if (isOurs(domain)) return { kind: "never", why: "loops-back" }
  const answers = await Promise.all([resolver.a(domain, signal), resolver.aaaa(domain, signal)])
  if (answers.some(({ kind }) => kind === "found"))
    return { kind: "hosts", hosts: [{ name: domain, authentic: true }] }
  return answers.some(({ kind }) => kind === "failed")
    ? { kind: "not-now", why: "dns-failed" }
    : { kind: "never", why: "no-such-domain" }
}

/**
 * Letters, digits, hyphens and underscores in labels, the last with a letter: an address where a name belongs is none
 * (RFC 5321 §5.1). What a stranger writes there is shown to people, and to TLS.
 */
export function isHostName(name: string): boolean {
  const labels = name.split(".")
  return (
    name.length <= 253 &&
    labels.every(label => /^[a-z0-9_-]{1,63}$/.test(label)) &&
    /[a-z]/.test(labels.at(-1) ?? "")
  )
}

/** RFC 5321 §5.1: equals in random order. A host that is named twice is tried once. */
function inOrder(records: readonly MxRecord[], chance: Chance): readonly string[] {
  const drawn = records.map(record => ({ record, lot: chance.bytes(4).readUInt32BE() }))
  drawn.sort((a, b) => a.record.preference - b.record.preference || a.lot - b.lot)
  return [...new Set(drawn.map(({ record }) => record.exchange))].slice(0, maxHosts)
}
