import { printable } from "@letterkeep/dns"
import {
  type AskedName,
  ask,
  countTerm,
  type Evaluation,
  expandDomain,
  isAtOrBelow,
  isMailDomain,
  isWithheld,
  macroValues,
  plainName,
  resolverFor,
  SpfStopError,
  stripDot,
  validatedNames,
} from "./evaluation.ts"
import { isInNetwork, parseIpAddress } from "./ip-address.ts"
import { expandMacros, type MacroString, parseMacroString } from "./macros.ts"
import { type SpfCheck, type SpfOutcome, spfLimits } from "./question.ts"
import { type Directive, isSpfRecord, type Mechanism, parseSpfRecord, type SpfRecord } from "./record.ts"

/**
 * `check_host()` of RFC 7208 §4: may this address send mail for this domain? Complete: every mechanism, macros,
 * redirect, include, explanation. It asks the DNS one question after another, because each answer may end the
 * search, and never more than the limits allow.
 */

/** Never rejects for what the DNS or a record says; a resolver that throws is a broken one, and its error passes. */
export async function checkHost(check: SpfCheck): Promise<SpfOutcome> {
  const outcome = await evaluate(check)
  return { ...outcome, reason: printable(outcome.reason) }
}

async function evaluate(check: SpfCheck): Promise<SpfOutcome> {
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
    isPostmaster: at <= 0,
    limits: check.limits ?? spfLimits,
    terms: 0,
    voids: 0,
    ptrNames: undefined,
  }
  try {
    return await evaluateDomain(evaluation, plainName(check.domain), true)
  } catch (error) {
    if (error instanceof SpfStopError) return error.outcome
    throw error
  }
}

async function evaluateDomain(e: Evaluation, domain: AskedName, isTop: boolean): Promise<SpfOutcome> {
  if (!isMailDomain(domain.text)) return { result: "none", reason: `"${domain.text}" is not a domain name.` }
  const answer = await resolverFor(e, domain).txt(stripDot(domain.text))
  // RFC 7208 §4.4
  if (answer.kind === "failed")
    throw new SpfStopError("temperror", `The DNS did not answer for ${domain.text} (${answer.why}).`)
  const texts = answer.kind === "found" ? answer.records.filter(isSpfRecord) : []
  const [text] = texts
  if (text === undefined) return { result: "none", reason: `${domain.text} publishes no SPF record.` }
  if (texts.length > 1)
    throw new SpfStopError("permerror", `${domain.text} publishes ${texts.length} SPF records.`)
  const parsed = parseSpfRecord(text)
  if (parsed.kind === "wrong")
    throw new SpfStopError("permerror", `The SPF record of ${domain.text} is wrong: ${parsed.why}.`)
  return evaluateRecord(e, domain, parsed.record, isTop)
}

async function evaluateRecord(
  e: Evaluation,
  domain: AskedName,
  record: SpfRecord,
  isTop: boolean,
): Promise<SpfOutcome> {
  for (const directive of record.directives) {
    if (!(await isMatch(e, domain, directive.mechanism))) continue
    return explained(e, domain, record, directive, isTop)
  }
  if (record.redirect === undefined) {
    return { result: "neutral", reason: `${domain.text} says nothing about ${e.check.ip}.` }
  }
  // RFC 7208 §6.1
  countTerm(e)
  const target = await expandDomain(e, domain, record.redirect)
  const outcome = await evaluateDomain(e, target, isTop)
  if (outcome.result !== "none") return outcome
  throw new SpfStopError("permerror", `${domain.text} refers to ${target.text}, which has no SPF record.`)
}

async function explained(
  e: Evaluation,
  domain: AskedName,
  record: SpfRecord,
  directive: Directive,
  isTop: boolean,
): Promise<SpfOutcome> {
  const verb = { pass: "allows", fail: "forbids", softfail: "doubts", neutral: "does not judge" }[
    directive.qualifier
  ]
  const reason = `${domain.text} ${verb} ${e.check.ip} by "${directive.text}".`
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

async function isMatch(e: Evaluation, domain: AskedName, mechanism: Mechanism): Promise<boolean> {
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
      return (await validatedNames(e)).some(host => isAtOrBelow(host, name.text))
    }
  }
}

/** RFC 7208 §5.2: only a pass of the other record matches; no record there is our domain's mistake. */
async function isIncluded(e: Evaluation, domain: AskedName, spec: MacroString): Promise<boolean> {
  countTerm(e)
  const target = await expandDomain(e, domain, spec)
  const { result } = await evaluateDomain(e, target, false)
  if (result === "none")
    throw new SpfStopError("permerror", `${domain.text} includes ${target.text}, which has no SPF record.`)
  return result === "pass"
}

async function isHostOf(e: Evaluation, name: AskedName, bits4: number, bits6: number): Promise<boolean> {
  const addresses = await ask(e, e.ip.version === 4 ? "a" : "aaaa", name)
  return addresses.some(text => {
    const address = parseIpAddress(text)
    return address !== undefined && isInNetwork(e.ip, address, e.ip.version === 4 ? bits4 : bits6)
  })
}

async function isExchangerOf(e: Evaluation, name: AskedName, bits4: number, bits6: number): Promise<boolean> {
  const exchangers = await ask(e, "mx", name)
  // RFC 7208 §4.6.4
  if (exchangers.length > e.limits.names)
    throw new SpfStopError("permerror", `${name.text} has more than ${e.limits.names} mail exchangers.`)
  for (const { exchange } of [...exchangers].sort((a, b) => a.preference - b.preference)) {
    if (await isHostOf(e, plainName(exchange), bits4, bits6)) return true
  }
  return false
}

/** RFC 7208 §6.2: any trouble on the way means no explanation, never another result. */
async function readExplanation(
  e: Evaluation,
  domain: AskedName,
  spec: MacroString,
): Promise<string | undefined> {
  if (await isWithheld(e, spec)) return undefined
  const name = await expandDomain(e, domain, spec)
  const answer = isMailDomain(name.text) ? await resolverFor(e, name).txt(stripDot(name.text)) : undefined
  if (answer?.kind !== "found" || answer.records.length !== 1) return undefined
  const [text = ""] = answer.records
  const pieces = /^[\x20-\x7e]*$/.test(text) ? parseMacroString(text, true) : undefined
  return pieces === undefined ? undefined : expandMacros(pieces, macroValues(e, domain.text))
}
