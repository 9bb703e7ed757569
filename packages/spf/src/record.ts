import { type IpAddress, parseIpAddress } from "./ip-address.ts"
import { type MacroString, parseMacroString } from "./macros.ts"

/**
 * An SPF record read into terms. All of it is read before any of it is obeyed: a syntax error anywhere is a
 * permanent error (RFC 7208 §4.6).
 *
 *     record    = "v=spf1" *( 1*SP ( directive / modifier ) ) *SP
 *     directive = [ "+" / "-" / "?" / "~" ] mechanism
 *     modifier  = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ) "=" macro-string
 */
export type Qualifier = "pass" | "fail" | "softfail" | "neutral"

export type Mechanism =
  | { readonly kind: "all" }
  | { readonly kind: "include" | "exists"; readonly domain: MacroString }
  | { readonly kind: "ptr"; readonly domain: MacroString | undefined }
  | {
      readonly kind: "a" | "mx"
      readonly domain: MacroString | undefined
      readonly bits4: number
      readonly bits6: number
    }
  | { readonly kind: "ip"; readonly network: IpAddress; readonly bits: number }

export interface Directive {
  readonly qualifier: Qualifier
  readonly mechanism: Mechanism
  /** As it stands in the record, for reasons that a person reads. */
  readonly text: string
}

export interface SpfRecord {
  readonly directives: readonly Directive[]
  readonly redirect: MacroString | undefined
  readonly explanation: MacroString | undefined
}

export type ParsedSpfRecord =
  | { readonly kind: "record"; readonly record: SpfRecord }
  | { readonly kind: "wrong"; readonly why: string }

/** Characters of the longest record that is read; RFC 7208 §3.4 asks for less than 450. */
const recordLimit = 16_384

const qualifiers: Readonly<Record<string, Qualifier>> = {
  "+": "pass",
  "-": "fail",
  "~": "softfail",
  "?": "neutral",
}

/** RFC 7208 §4.5: exactly `v=spf1`, then a space or the end. */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

export function parseSpfRecord(text: string): ParsedSpfRecord {
  if (!/^[\x20-\x7e]*$/.test(text)) return wrong("the record has characters outside printable ASCII")
  if (text.length > recordLimit) return wrong("the record is too long")
  const directives: Directive[] = []
  let redirect: MacroString | undefined
  let explanation: MacroString | undefined
  for (const term of text.split(" ").slice(1)) {
    if (term === "") continue
    const modifier = /^([a-z][a-z0-9\-_.]*)=(.*)$/i.exec(term)
    if (modifier === null) {
      const directive = parseDirective(term)
      if (directive === undefined) return wrong(`"${term}" is not a term of SPF`)
      directives.push(directive)
      continue
    }
    const [, name = "", value = ""] = modifier
    const low = name.toLowerCase()
    if (low === "redirect" || low === "exp") {
      const domain = parseDomainSpec(value)
      // RFC 7208 §6: these two modifiers must not appear more than once each.
      const isSecond = (low === "redirect" ? redirect : explanation) !== undefined
      if (domain === undefined || isSecond) return wrong(`"${term}" is wrong or there twice`)
      if (low === "redirect") redirect = domain
      else explanation = domain
    } else if (parseMacroString(value) === undefined) return wrong(`"${term}" has a wrong macro`)
  }
  return { kind: "record", record: { directives, redirect, explanation } }
}

const wrong = (why: string): ParsedSpfRecord => ({ kind: "wrong", why })

function parseDirective(term: string): Directive | undefined {
  const sign = qualifiers[term[0] ?? ""]
  const parts = /^([a-z0-9]+)(:?)(.*)$/i.exec(sign === undefined ? term : term.slice(1))
  if (parts === null) return undefined
  const [, name = "", colon = "", rest = ""] = parts
  const mechanism = parseMechanism(name.toLowerCase(), colon !== "", rest)
  return mechanism === undefined ? undefined : { qualifier: sign ?? "pass", mechanism, text: term }
}

/** `rest` is what follows the name and its colon: a domain, an address, a prefix length, or nothing. */
function parseMechanism(name: string, hasColon: boolean, rest: string): Mechanism | undefined {
  if (hasColon && rest === "") return undefined
  switch (name) {
    case "all":
      return rest === "" && !hasColon ? { kind: "all" } : undefined
    case "include":
    case "exists": {
      const domain = hasColon ? parseDomainSpec(rest) : undefined
      return domain === undefined ? undefined : { kind: name, domain }
    }
    case "ptr": {
      if (!hasColon) return rest === "" ? { kind: "ptr", domain: undefined } : undefined
      const domain = parseDomainSpec(rest)
      return domain === undefined ? undefined : { kind: "ptr", domain }
    }
    case "a":
    case "mx":
      return parseHostMechanism(name, hasColon, rest)
    case "ip4":
    case "ip6":
      return hasColon ? parseIpMechanism(name === "ip4" ? 4 : 6, rest) : undefined
    default:
      return undefined
  }
}

/** RFC 7208 §5.3, §5.4: `[ ":" domain-spec ] [ dual-cidr-length ]`, where the second length follows `//`. */
function parseHostMechanism(kind: "a" | "mx", hasColon: boolean, rest: string): Mechanism | undefined {
  const found = /^(.*?)(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(rest)
  if (found === null) return undefined
  const [, spec = "", length4, length6] = found
  if (hasColon ? spec === "" : spec !== "") return undefined
  const domain = hasColon ? parseDomainSpec(spec) : undefined
  if (hasColon && domain === undefined) return undefined
  const bits4 = parseLength(length4, 32)
  const bits6 = parseLength(length6, 128)
  return bits4 === undefined || bits6 === undefined ? undefined : { kind, domain, bits4, bits6 }
}

function parseIpMechanism(version: 4 | 6, text: string): Mechanism | undefined {
  const slash = text.indexOf("/")
  const address = slash === -1 ? text : text.slice(0, slash)
  // A mapped address in ip6 counts as IPv6 here by its spelling, and as IPv4 by its meaning; see parseIpAddress.
  if (address.includes(":") !== (version === 6)) return undefined
  const network = parseIpAddress(address)
  const bits = parseLength(slash === -1 ? undefined : text.slice(slash + 1), version === 4 ? 32 : 128)
  if (network === undefined || bits === undefined) return undefined
  return { kind: "ip", network, bits: version === 6 && network.version === 4 ? Math.max(0, bits - 96) : bits }
}

/** No leading zeros (RFC 7208 §5.3); a missing length means the whole address. */
function parseLength(digits: string | undefined, most: number): number | undefined {
  if (digits === undefined) return most
  return /^(?:0|[1-9]\d{0,2})$/.test(digits) && Number(digits) <= most ? Number(digits) : undefined
}

/**
 * RFC 7208 §7.1: `domain-spec = macro-string domain-end`, `domain-end = ( "." toplabel [ "." ] ) / macro-expand`;
 * a top label has a letter or a hyphen inside, so that an address is not taken for a name.
 */
function parseDomainSpec(text: string): MacroString | undefined {
  const pieces = parseMacroString(text)
  const last = pieces?.at(-1)
  if (pieces === undefined || last === undefined) return undefined
  if (text.endsWith("}") || /%[%_-]$/.test(text)) return pieces
  if (typeof last !== "string") return undefined
  const top = /\.([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.?$/i.exec(last)
  return top !== null && /[a-z-]/i.test(top[1] ?? "") ? pieces : undefined
}
