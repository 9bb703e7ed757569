import type { DnsAnswer, Resolver } from "@letterkeep/dns"
import { type IpAddress, isInNetwork, parseIpAddress } from "./ip-address.ts"
import { expandMacros, type MacroString, type MacroValues, parseMacroString } from "./macros.ts"
import { type Directive, isSpfRecord, type Mechanism, parseSpfRecord, type SpfRecord } from "./record.ts"

/**
 * `check_host()` of RFC 7208 §4: may this address send mail for this domain? Complete: every mechanism, macros,
 * redirect, include, explanation. It asks the DNS one question after another, because each answer may end the
 * search, and never more than the limits below allow.
 */
export type SpfResult = "none" | "neutral" | "pass" | "fail" | "softfail" | "temperror" | "permerror"

export interface SpfCheck {
  /** IPv4 or IPv6 text of the client. */
  readonly ip: string
  /** The domain whose record is asked: that of the reverse-path, or the HELO name for an empty one (§2.4). */
  readonly domain: string
  /** The reverse-path, or "" for the empty one, which means postmaster at the HELO name. */
  readonly sender: string
  readonly helo: string
  /** This server's name, for the `r` macro. */
  readonly receiver?: string
  /** Milliseconds since 1970, for the `t` macro. */
  readonly now: number
  readonly resolver: Resolver
  readonly limits?: SpfLimits
  /** Ask for the domain's own explanation of a `fail` (§6.2): one more DNS question, and a stranger's text. */
  readonly explain?: boolean
}

export interface SpfLimits {
  /** Terms that ask the DNS (§4.6.4). */
  readonly terms: number
  /** Questions without an answer (§4.6.4). */
  readonly voids: number
  /** Mail exchangers of one `mx`, and names of one `ptr` (§4.6.4). */
  readonly names: number
}

export const spfLimits: SpfLimits = { terms: 10, voids: 2, names: 10 }

export interface SpfOutcome {
  readonly result: SpfResult
  /** One English sentence. */
  readonly reason: string
  /** The term that decided, as the domain wrote it. */
  readonly term?: string
  /** The domain's own words about a `fail`, printable ASCII; only when asked for. */
  readonly explanation?: string
}

interface Evaluation {
  readonly check: SpfCheck
  readonly ip: IpAddress
  readonly sender: string
  readonly limits: SpfLimits
  terms: number
  voids: number
  ptrNames: Promise<readonly string[]> | undefined
}

/** Ends an evaluation from any depth; never leaves this file. */
class SpfStopError extends Error {
  readonly outcome: SpfOutcome
  readonly temporary: boolean
  constructor(result: "temperror" | "permerror", reason: string) {
    super(reason)
    this.outcome = { result, reason }
    this.temporary = result === "temperror"
  }
}

/** Never rejects for what the DNS or a record says; a resolver that throws is a broken one, and its error passes. */
export async function checkHost(check: SpfCheck): Promise<SpfOutcome> {
  const ip = parseIpAddress(check.ip)
  if (ip === undefined) return { result: "none", reason: "The client has no IP address." }
  const bare = check.sender === "" ? check.helo : check.sender
  const at = bare.lastIndexOf("@")
  // RFC 7208 §4.3: no local part means postmaster.
  const sender = at > 0 ? bare : `postmaster@${bare.slice(at + 1)}`
  const evaluation: Evaluation = {
    check,
    ip,
    sender,
    limits: check.limits ?? spfLimits,
    terms: 0,
    voids: 0,
    ptrNames: undefined,
  }
  try {
    return await evaluateDomain(evaluation, check.domain, true)
  } catch (error) {
    if (error instanceof SpfStopError) return error.outcome
    throw error
  }
}

async function evaluateDomain(e: Evaluation, domain: string, isTop: boolean): Promise<SpfOutcome> {
  if (!isMailDomain(domain)) return { result: "none", reason: `"${domain}" is not a domain name.` }
  const answer = await e.check.resolver.txt(stripDot(domain))
  // RFC 7208 §4.4
  if (answer.kind === "failed")
    throw new SpfStopError("temperror", `The DNS did not answer for ${domain} (${answer.why}).`)
  const texts = answer.kind === "found" ? answer.records.filter(isSpfRecord) : []
  const [text] = texts
  if (text === undefined) return { result: "none", reason: `${domain} publishes no SPF record.` }
  if (texts.length > 1)
    throw new SpfStopError("permerror", `${domain} publishes ${texts.length} SPF records.`)
  const parsed = parseSpfRecord(text)
  if (parsed.kind === "wrong")
    throw new SpfStopError("permerror", `The SPF record of ${domain} is wrong: ${parsed.why}.`)
  return evaluateRecord(e, domain, parsed.record, isTop)
}

async function evaluateRecord(
  e: Evaluation,
  domain: string,
  record: SpfRecord,
  isTop: boolean,
): Promise<SpfOutcome> {
  for (const directive of record.directives) {
    if (!(await isMatch(e, domain, directive.mechanism))) continue
    return explained(e, domain, record, directive, isTop)
  }
  if (record.redirect === undefined) {
    return { result: "neutral", reason: `${domain} says nothing about ${e.check.ip}.` }
  }
  // RFC 7208 §6.1
  countTerm(e)
  const target = await expandDomain(e, domain, record.redirect)
  const outcome = await evaluateDomain(e, target, isTop)
  if (outcome.result !== "none") return outcome
  throw new SpfStopError("permerror", `${domain} refers to ${target}, which has no SPF record.`)
}

async function explained(
  e: Evaluation,
  domain: string,
  record: SpfRecord,
  directive: Directive,
  isTop: boolean,
): Promise<SpfOutcome> {
  const verb = { pass: "allows", fail: "forbids", softfail: "doubts", neutral: "does not judge" }[
    directive.qualifier
  ]
  const reason = `${domain} ${verb} ${e.check.ip} by "${directive.text}".`
  const outcome: SpfOutcome = { result: directive.qualifier, reason, term: directive.text }
  if (
    directive.qualifier !== "fail" ||
    e.check.explain !== true ||
    !isTop ||
    record.explanation === undefined
  )
    return outcome
  const explanation = await readExplanation(e, domain, record.explanation)
  return explanation === undefined ? outcome : { ...outcome, explanation }
}

async function isMatch(e: Evaluation, domain: string, mechanism: Mechanism): Promise<boolean> {
  switch (mechanism.kind) {
    case "all":
      return true
    case "ip":
      return isInNetwork(e.ip, mechanism.network, mechanism.bits)
    case "include":
      return isIncluded(e, domain, mechanism.domain)
    case "exists": {
      countTerm(e)
      // RFC 7208 §5.7: the type is A even when the client came by IPv6.
      return (await ask(e, "a", await expandDomain(e, domain, mechanism.domain))).length > 0
    }
    case "a": {
      countTerm(e)
      const name = mechanism.domain === undefined ? domain : await expandDomain(e, domain, mechanism.domain)
      return isHostOf(e, name, mechanism.bits4, mechanism.bits6)
    }
    case "mx": {
      countTerm(e)
      const name = mechanism.domain === undefined ? domain : await expandDomain(e, domain, mechanism.domain)
      return isExchangerOf(e, name, mechanism.bits4, mechanism.bits6)
    }
    case "ptr": {
      countTerm(e)
      const name = mechanism.domain === undefined ? domain : await expandDomain(e, domain, mechanism.domain)
      return (await validatedNames(e)).some(host => isAtOrBelow(host, name))
    }
  }
}

/** RFC 7208 §5.2: only a pass of the other record matches; no record there is our domain's mistake. */
async function isIncluded(e: Evaluation, domain: string, spec: MacroString): Promise<boolean> {
  countTerm(e)
  const target = await expandDomain(e, domain, spec)
  const { result } = await evaluateDomain(e, target, false)
  if (result === "none")
    throw new SpfStopError("permerror", `${domain} includes ${target}, which has no SPF record.`)
  return result === "pass"
}

async function isHostOf(e: Evaluation, name: string, bits4: number, bits6: number): Promise<boolean> {
  const addresses = await ask(e, e.ip.version === 4 ? "a" : "aaaa", name)
  return addresses.some(text => {
    const address = parseIpAddress(text)
    return address !== undefined && isInNetwork(e.ip, address, e.ip.version === 4 ? bits4 : bits6)
  })
}

async function isExchangerOf(e: Evaluation, name: string, bits4: number, bits6: number): Promise<boolean> {
  const exchangers = await ask(e, "mx", name)
  // RFC 7208 §4.6.4
  if (exchangers.length > e.limits.names)
    throw new SpfStopError("permerror", `${name} has more than ${e.limits.names} mail exchangers.`)
  for (const { exchange } of [...exchangers].sort((a, b) => a.preference - b.preference)) {
    if (await isHostOf(e, exchange, bits4, bits6)) return true
  }
  return false
}

/** RFC 7208 §5.5: names of the client's address that lead back to it. A failing DNS means there are none. */
function validatedNames(e: Evaluation): Promise<readonly string[]> {
  e.ptrNames ??= (async () => {
    const answer = await e.check.resolver.ptr(e.check.ip)
    if (answer.kind === "nothing") countVoid(e)
    const confirmed: string[] = []
    for (const name of answer.kind === "found" ? answer.records.slice(0, e.limits.names) : []) {
      const found = await lookup(e, e.ip.version === 4 ? "a" : "aaaa", name)
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

/** RFC 7208 §6.2: any trouble on the way means no explanation, never another result. */
async function readExplanation(
  e: Evaluation,
  domain: string,
  spec: MacroString,
): Promise<string | undefined> {
  const name = await expandDomain(e, domain, spec)
  const answer = isMailDomain(name) ? await e.check.resolver.txt(stripDot(name)) : undefined
  if (answer?.kind !== "found" || answer.records.length !== 1) return undefined
  const [text = ""] = answer.records
  const pieces = /^[\x20-\x7e]*$/.test(text) ? parseMacroString(text, true) : undefined
  return pieces === undefined ? undefined : expandMacros(pieces, macroValues(e, domain))
}

function macroValues(e: Evaluation, domain: string): MacroValues {
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

/** RFC 7208 §7.3: a name of over 253 characters loses labels from the left until it fits. */
async function expandDomain(e: Evaluation, domain: string, spec: MacroString): Promise<string> {
  let name = stripDot(await expandMacros(spec, macroValues(e, domain)))
  while (name.length > 253) {
    const dot = name.indexOf(".")
    if (dot === -1) break
    name = name.slice(dot + 1)
  }
  return name
}

async function ask<K extends "a" | "aaaa" | "mx">(e: Evaluation, type: K, name: string) {
  const answer = await lookup(e, type, name)
  if (answer.kind === "failed")
    throw new SpfStopError("temperror", `The DNS did not answer for ${name} (${answer.why}).`)
  if (answer.kind === "found" && answer.records.length > 0) return answer.records
  countVoid(e)
  return []
}

type RecordOf = { a: string; aaaa: string; mx: { readonly preference: number; readonly exchange: string } }

async function lookup<K extends keyof RecordOf>(
  e: Evaluation,
  type: K,
  name: string,
): Promise<DnsAnswer<RecordOf[K]>> {
  const bare = stripDot(name)
  if (!isDnsName(bare)) return { kind: "nothing", why: "nxdomain", ttl: 0 }
  // The resolver's methods differ only in the record type that K names.
  return e.check.resolver[type](bare) as Promise<DnsAnswer<RecordOf[K]>>
}

function countTerm(e: Evaluation): void {
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
function isMailDomain(name: string): boolean {
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

function isAtOrBelow(name: string, domain: string): boolean {
  const low = stripDot(name).toLowerCase()
  const top = stripDot(domain).toLowerCase()
  return low === top || low.endsWith(`.${top}`)
}

const stripDot = (name: string) => (name.endsWith(".") ? name.slice(0, -1) : name)
