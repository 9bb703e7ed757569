import { domainToASCII } from "node:url"
import type { Canon } from "./header-canon.ts"
import { parseBase64, parseColonList, parseTagList, type TagList } from "./tag-list.ts"

/**
 * A DKIM-Signature field (RFC 6376 §3.5, RFC 8463 §3, RFC 8301 §3), or the ARC-Message-Signature that has its syntax
 * (RFC 8617 §4.1.2), read into a value that can be checked without another look at the text.
 */
export type SignatureAlgorithm = "rsa-sha256" | "ed25519-sha256"

export interface Signature {
  readonly algorithm: SignatureAlgorithm
  readonly signature: Buffer
  readonly bodyHash: Buffer
  readonly headerCanon: Canon
  readonly bodyCanon: Canon
  /** `d`, in lower case, as A-labels. */
  readonly domain: string
  /** `s`, in lower case, as A-labels. */
  readonly selector: string
  /** `i`, or "@" and the domain. */
  readonly identity: string
  /** `h`, in lower case, in its order; at least one, "from" among them. */
  readonly signedNames: readonly string[]
  /** `l`: how many canonical bytes of the body are covered. */
  readonly bodyLength: number | undefined
  /** `x`, in seconds since 1970. */
  readonly expires: number | undefined
}

/** What a signature says of itself even when it is wrong: enough to name it in a report. */
export interface SignatureLabel {
  readonly domain?: string
  readonly selector?: string
  readonly algorithm?: string
  /** The first eight characters of `b`, which tell two signatures apart (RFC 6008 §4). */
  readonly signatureStart?: string
}

export type ParsedSignature =
  | { readonly kind: "signature"; readonly signature: Signature; readonly label: SignatureLabel }
  | {
      readonly kind: "wrong"
      readonly result: "neutral" | "policy"
      readonly why: string
      readonly label: SignatureLabel
    }

/** Most names in `h`: a signature over more is not worth the hashing. */
export const signedNameLimit = 256

const required = { dkim: ["v", "a", "b", "bh", "d", "h", "s"], arc: ["a", "b", "bh", "d", "h", "s"] } as const

/** `value`: what follows the colon of the field, one character for each byte. */
export function parseSignature(value: string, kind: "dkim" | "arc" = "dkim"): ParsedSignature {
  const tags = parseTagList(value)
  if (tags === undefined)
    return { kind: "wrong", result: "neutral", why: "The signature is not a list of tags.", label: {} }
  const label = labelOf(tags)
  const wrong = (why: string, result: "neutral" | "policy" = "neutral"): ParsedSignature => ({
    kind: "wrong",
    result,
    why,
    label,
  })

  for (const name of required[kind]) if (!tags.has(name)) return wrong(`The signature has no ${name}= tag.`)
  // RFC 6376 §6.1.1
  if (kind === "dkim" && tags.get("v") !== "1") return wrong("The signature has a version other than 1.")
  const algorithm = (tags.get("a") ?? "").toLowerCase()
  // RFC 8301 §3.1: rsa-sha1 must not be used.
  if (algorithm === "rsa-sha1") return wrong("The signature uses SHA-1, which is no longer safe.", "policy")
  if (algorithm !== "rsa-sha256" && algorithm !== "ed25519-sha256")
    return wrong("The signature's algorithm is unknown.")

  const canons = parseCanons(tags.get("c"))
  if (canons === undefined) return wrong("The signature's canonical form is unknown.")
  const methods = parseColonList(tags.get("q") ?? "dns/txt").map(method => method.toLowerCase())
  if (!methods.includes("dns/txt")) return wrong("The signature's key is not kept in the DNS.")

  const signature = parseBase64(tags.get("b") ?? "")
  const bodyHash = parseBase64(tags.get("bh") ?? "")
  if (signature === undefined || bodyHash === undefined) return wrong("The signature is not base64.")

  const domain = readName(tags.get("d") ?? "")
  const selector = readName(tags.get("s") ?? "")
  if (domain === undefined || !domain.includes(".") || selector === undefined) {
    return wrong("The signature's domain or selector is not a name.")
  }
  const identity = kind === "dkim" ? parseIdentity(tags.get("i"), domain) : `@${domain}`
  if (identity === undefined) return wrong("The signature's identity lies outside its domain.")

  const signedNames = parseColonList(tags.get("h") ?? "").map(name => name.toLowerCase())
  if (signedNames.length > signedNameLimit || signedNames.some(name => !/^[!-9;-~]+$/.test(name))) {
    return wrong("The signature's list of fields is wrong.")
  }
  // RFC 6376 §6.1.1
  if (!signedNames.includes("from")) return wrong("The signature does not cover From.")
  // RFC 8617 §4.1.2
  if (kind === "arc" && signedNames.includes("arc-seal"))
    return wrong("The signature covers a seal, which it must not.")

  const times = parseNumbers(tags)
  if (times === undefined) return wrong("The signature's numbers are wrong.")
  return {
    kind: "signature",
    label,
    signature: {
      algorithm,
      signature,
      bodyHash,
      ...canons,
      domain,
      selector,
      identity,
      signedNames,
      ...times,
    },
  }
}

function labelOf(tags: TagList): SignatureLabel {
  const plain = (tag: string) => {
    const value = tags.get(tag)
    return value !== undefined && value.length <= 255 && /^[\x21-\x7e]+$/.test(value) ? value : undefined
  }
  const domain = plain("d")?.toLowerCase()
  const selector = plain("s")
  const algorithm = plain("a")
  const start = (tags.get("b") ?? "").replace(/[ \t\r\n]+/g, "").slice(0, 8)
  return {
    ...(domain === undefined ? {} : { domain }),
    ...(selector === undefined ? {} : { selector }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(/^[A-Za-z0-9+/=]+$/.test(start) ? { signatureStart: start } : {}),
  }
}

/** `c = header [ "/" body ]`, each simple when it is not there (RFC 6376 §3.5). */
function parseCanons(text: string | undefined): { headerCanon: Canon; bodyCanon: Canon } | undefined {
  const [headerCanon = "simple", bodyCanon = "simple", ...more] = (text ?? "simple").toLowerCase().split("/")
  const isCanon = (name: string): name is Canon => name === "simple" || name === "relaxed"
  return more.length === 0 && isCanon(headerCanon) && isCanon(bodyCanon)
    ? { headerCanon, bodyCanon }
    : undefined
}

/** A host name in lower case, perhaps with underscores; U-labels become A-labels (RFC 8616 §5). */
export function toDnsName(text: string): string | undefined {
  // Far beyond the longest name: A-labels of a very long text would take long to make.
  if (text.length > 1000) return undefined
  // Other ASCII would be rewritten on the way to A-labels ("%2e"), and so mean two things.
  if (!/^(?:[\w.-]|[^\x00-\x7f])+$/.test(text)) return undefined
  const name = /^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : domainToASCII(text)
  return name.length <= 253 && /^[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/.test(name)
    ? name
    : undefined
}

/** The text of a field has one character for each byte; names in it are UTF-8. */
function readName(latin1Text: string): string | undefined {
  return toDnsName(Buffer.from(latin1Text, "latin1").toString("utf8"))
}

/** RFC 6376 §3.5: the domain of `i` is that of `d` or lies below it. The text is dkim-quoted-printable (§2.11). */
function parseIdentity(text: string | undefined, domain: string): string | undefined {
  if (text === undefined) return `@${domain}`
  const decoded = text
    .replace(/[ \t\r\n]+/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const at = decoded.lastIndexOf("@")
  const identityDomain = at === -1 ? undefined : readName(decoded.slice(at + 1))
  if (identityDomain === undefined) return undefined
  if (identityDomain !== domain && !identityDomain.endsWith(`.${domain}`)) return undefined
  return `${Buffer.from(decoded.slice(0, at), "latin1").toString("utf8")}@${identityDomain}`
}

function parseNumbers(
  tags: TagList,
): { bodyLength: number | undefined; expires: number | undefined } | undefined {
  const number = (tag: string, digits: number) => {
    const text = tags.get(tag)
    if (text === undefined) return undefined
    return /^\d+$/.test(text) && text.length <= digits ? Number(text) : Number.NaN
  }
  // RFC 6376 §3.5: 12 digits of time, 76 of length; a length that is no safe integer covers any body anyway.
  const made = number("t", 12)
  const expires = number("x", 12)
  const bodyLength = number("l", 76)
  if ([made, expires, bodyLength].some(value => Number.isNaN(value))) return undefined
  if (made !== undefined && expires !== undefined && expires <= made) return undefined
  return { bodyLength, expires }
}
