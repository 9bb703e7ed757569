import type { DnsAnswer, NamePart, Resolver } from "@letterkeep/dns"
import { type IpAddress, isInNetwork, parseIpAddress } from "./ip-address.ts"
import {
  expandMacros,
  expansionLimit,
  type MacroString,
  type MacroValues,
  namesDomain,
  partsOf,
} from "./macros.ts"
import type { SpfCheck, SpfLimits, SpfOutcome } from "./question.ts"

/**
 * One evaluation under way: what it was asked, what it has used up of its limits, and the questions to the DNS that
 * count against them (RFC 7208 §4.6.4).
 */
export interface Evaluation {
  readonly check: SpfCheck
  readonly ip: IpAddress
  readonly sender: string
  /** Its local part is none of a person's: the reverse-path had none. */
  readonly isPostmaster: boolean
  readonly limits: SpfLimits
  terms: number
  voids: number
  ptrNames: Promise<readonly string[]> | undefined
}

/** A name to ask for, or a domain to evaluate, and what of a person it was made of. */
export interface AskedName {
  readonly text: string
  readonly parts: ReadonlySet<NamePart>
}

const nobody: ReadonlySet<NamePart> = new Set()

/** A name that the DNS or the sender gave as it is. */
export function plainName(text: string): AskedName {
  return { text, parts: nobody }
}

/** Where a name is asked for: what it is made of has to be told to the resolver. */
export function resolverFor({ check: { resolver } }: Evaluation, { parts }: AskedName): Resolver {
  return parts.size === 0 ? resolver : resolver.naming(parts)
}

/** Ends an evaluation from any depth; never leaves this package. */
export class SpfStopError extends Error {
  readonly outcome: SpfOutcome
  readonly temporary: boolean
  constructor(result: "temperror" | "permerror", reason: string) {
    super(reason)
    this.outcome = { result, reason }
    this.temporary = result === "temperror"
  }
}

/** RFC 7208 §5.5: names of the client's address that lead back to it. A failing DNS means there are none. */
export function validatedNames(e: Evaluation): Promise<readonly string[]> {
  e.ptrNames ??= (async () => {
    const answer = await e.check.resolver.ptr(e.check.ip)
    if (answer.kind === "nothing") countVoid(e)
    const confirmed: string[] = []
    for (const name of answer.kind === "found" ? answer.records.slice(0, e.limits.names) : []) {
      const found = await lookup(e, e.ip.version === 4 ? "a" : "aaaa", plainName(name))
      if (found.kind !== "found") continue
      const isBack = found.records.some(text => {
        const address = parseIpAddress(text)
        return address !== undefined && isInNetwork(e.ip, address, e.ip.version === 4 ? 32 : 128)
      })
      if (isBack) confirmed.push(stripDot(name))
    }
    return confirmed
  })()
  return e.ptrNames
}

export function macroValues(e: Evaluation, domain: string): MacroValues {
  return {
    ip: e.ip,
    ipText: e.check.ip,
    sender: e.sender,
    domain,
    helo: e.check.helo,
    receiver: e.check.receiver ?? "unknown",
    time: Math.floor(e.check.now / 1000),
    // RFC 7208 §7.3: the domain itself if it is among the names, else one below it, else any, else "unknown".
    validatedName: async () => {
      const names = await validatedNames(e)
      const same = names.find(name => name.toLowerCase() === domain.toLowerCase())
      return same ?? names.find(name => isAtOrBelow(name, domain)) ?? names[0] ?? "unknown"
    },
  }
}

/** What a name that is made by this record's text would hold of a person, besides what its domain does. */
function partsFor(e: Evaluation, spec: MacroString): readonly NamePart[] {
  return [...partsOf(spec)].filter(part => part !== "sender-address" || !e.isPostmaster)
}

export async function isWithheld(e: Evaluation, spec: MacroString): Promise<boolean> {
  return partsFor(e, spec).includes("sender-address") && (await e.check.mayNameSender?.()) === false
}

/** RFC 7208 §7.3: a name of over 253 characters loses labels from the left until it fits. */
export async function expandDomain(e: Evaluation, domain: AskedName, spec: MacroString): Promise<AskedName> {
  // RFC 7208 §2.6.7: a record that cannot be interpreted. To go on as if the term did not match could end in a `fail`.
  if (await isWithheld(e, spec))
    throw new SpfStopError(
      "permerror",
      `The SPF record of ${domain.text} asks for the sender's address, which is told to nobody.`,
    )
  const expanded = await expandMacros(spec, macroValues(e, domain.text))
  if (expanded === undefined)
    throw new SpfStopError(
      "permerror",
      `The SPF record of ${domain.text} expands to more than ${expansionLimit} characters.`,
    )
  let name = stripDot(expanded)
  while (name.length > 253) {
    const dot = name.indexOf(".")
    if (dot === -1) break
    name = name.slice(dot + 1)
  }
  return { text: name, parts: new Set([...partsFor(e, spec), ...(namesDomain(spec) ? domain.parts : [])]) }
}

export async function ask<K extends "a" | "aaaa" | "mx">(e: Evaluation, type: K, name: AskedName) {
  const answer = await lookup(e, type, name)
  if (answer.kind === "failed")
    throw new SpfStopError("temperror", `The DNS did not answer for ${name.text} (${answer.why}).`)
  if (answer.kind === "found" && answer.records.length > 0) return answer.records
  countVoid(e)
  return []
}

type RecordOf = { a: string; aaaa: string; mx: { readonly preference: number; readonly exchange: string } }

async function lookup<K extends keyof RecordOf>(
  e: Evaluation,
  type: K,
  name: AskedName,
): Promise<DnsAnswer<RecordOf[K]>> {
  const bare = stripDot(name.text)
  if (!isDnsName(bare)) return { kind: "nothing", why: "nxdomain", ttl: 0 }
  // The resolver's methods differ only in the record type that K names.
  return resolverFor(e, name)[type](bare) as Promise<DnsAnswer<RecordOf[K]>>
}

export function countTerm(e: Evaluation): void {
  e.terms += 1
  if (e.terms > e.limits.terms)
    throw new SpfStopError("permerror", `The SPF record needs more than ${e.limits.terms} DNS look-ups.`)
}

function countVoid(e: Evaluation): void {
  e.voids += 1
  if (e.voids > e.limits.voids)
    throw new SpfStopError(
      "permerror",
      `The SPF record names more than ${e.limits.voids} hosts that do not exist.`,
    )
}

/** RFC 7208 §4.3: at least two labels, each of 1 to 63 characters. */
export function isMailDomain(name: string): boolean {
  const bare = stripDot(name)
  return bare.includes(".") && isDnsName(bare)
}

function isDnsName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= 253 &&
    name.split(".").every(label => label.length > 0 && label.length <= 63)
  )
}

export function isAtOrBelow(name: string, domain: string): boolean {
  const low = stripDot(name).toLowerCase()
  const top = stripDot(domain).toLowerCase()
  return low === top || low.endsWith(`.${top}`)
}

export const stripDot = (name: string) => (name.endsWith(".") ? name.slice(0, -1) : name)
