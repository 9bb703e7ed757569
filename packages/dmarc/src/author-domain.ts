import { toDnsName } from "@letterkeep/dkim"

/**
 * Whose mail this claims to be: the one domain of all mailboxes in From (RFC 9989 §5.3.1). Strict on purpose: where
 * two readers could see two domains, there is none, because a program that shows the message may see the other.
 *
 *     address-list = mailbox / group, by commas         (RFC 5322 §3.4, with the groups of RFC 6854)
 *     mailbox      = [ phrase ] "<" addr-spec ">" / addr-spec
 */
export type AuthorDomain =
  | { readonly kind: "one"; readonly domain: string; readonly address: string }
  | { readonly kind: "none"; readonly why: "no-from" | "no-address" }
  | { readonly kind: "unclear"; readonly why: "several-fields" | "several-domains" | "malformed" }

/** Mailboxes that are read before a From counts as malformed. */
export const mailboxLimit = 100

/** `values`: what follows the colon of each From field, one character for each byte. */
export function findAuthorDomain(values: readonly string[]): AuthorDomain {
  const [value] = values
  if (value === undefined) return { kind: "none", why: "no-from" }
  // RFC 5322 §3.6: From occurs once.
  if (values.length > 1) return { kind: "unclear", why: "several-fields" }
  const addresses = readAddresses(Buffer.from(value, "latin1").toString("utf8"))
  if (addresses === undefined) return { kind: "unclear", why: "malformed" }
  const [first] = addresses
  if (first === undefined) return { kind: "none", why: "no-address" }
  if (addresses.some(({ domain }) => domain !== first.domain))
    return { kind: "unclear", why: "several-domains" }
  return { kind: "one", domain: first.domain, address: `${first.local}@${first.domain}` }
}

/**
 * Every address that a reader could see in `value`, an address list: one that stands bare before angle brackets, where a name
 * belongs, is among them. With domains in A-labels, local parts as written; at most twice `mailboxLimit`. Undefined for what
 * is no such list or has a source route.
 */
export function everyAddressOf(value: string): readonly string[] | undefined {
  const found: string[] = []
  const addresses = readAddresses(value)
  for (const { local, domain, draft } of addresses ?? []) {
    found.push(`${local}@${domain}`)
    if (draft.inside === undefined) continue
    if (draft.inside.trim().startsWith("@")) return undefined
    if (!draft.hasAt) continue
    const before = readAddress({ ...draft, inside: undefined })
    if (before === undefined) return undefined
    found.push(`${before.local}@${before.domain}`)
  }
  return addresses === undefined ? undefined : found
}

interface Address {
  readonly local: string
  readonly domain: string
  readonly draft: Draft
}

/** A mailbox as it is read: what stands outside and inside its angle brackets, comments gone. */
interface Draft {
  outside: string
  /** Is there an "@" outside, and outside quotes? */
  hasAt: boolean
  inside: string | undefined
}

/** `undefined` for anything that is not a list of addresses. */
function readAddresses(text: string): Address[] | undefined {
  const addresses: Address[] = []
  let draft = emptyDraft()
  let isInAngle = false
  const finish = (): boolean => {
    const isBlank = draft.outside.trim() === "" && draft.inside === undefined
    const address = isBlank ? undefined : readAddress(draft)
    draft = emptyDraft()
    if (address !== undefined && addresses.push(address) > mailboxLimit) return false
    return isBlank || address !== undefined
  }
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? ""
    if (character === "(" || character === '"' || character === "[") {
      const end = skipDelimited(text, at)
      if (end === undefined) return undefined
      const part = character === "(" ? " " : text.slice(at, end)
      if (isInAngle) draft.inside += part
      else draft.outside += part
      at = end
      continue
    }
    at += 1
    if (isInAngle) {
      if (character === "<") return undefined
      if (character === ">") isInAngle = false
      else draft.inside += character
    } else if (character === "<") {
      if (draft.inside !== undefined) return undefined
      isInAngle = true
      draft.inside = ""
    } else if (character === ">") return undefined
    else if (character === "," || character === ";") {
      if (!finish()) return undefined
      // A group's name ends in a colon; an address cannot hold one outside quotes.
    } else if (character === ":") {
      if (draft.inside !== undefined || draft.outside.includes("@")) return undefined
      draft = emptyDraft()
      // After an angle address nothing may follow but comments.
    } else if (draft.inside !== undefined && !/\s/.test(character)) return undefined
    else {
      draft.outside += character
      if (character === "@") draft.hasAt = true
    }
  }
  return !isInAngle && finish() ? addresses : undefined
}

function emptyDraft(): Draft {
  return { outside: "", hasAt: false, inside: undefined }
}

/** The end of a comment (they nest), a quoted string or a domain literal; `undefined` if it has none. */
function skipDelimited(text: string, start: number): number | undefined {
  const open = text[start]
  const close = open === "(" ? ")" : open === "[" ? "]" : '"'
  let depth = 1
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at]
    if (character === "\\") at += 1
    else if (character === close) {
      depth -= 1
      if (depth === 0) return at + 1
    } else if (character === open) depth += 1
  }
  return undefined
}

function readAddress(draft: Draft): Address | undefined {
  let spec = (draft.inside ?? draft.outside).trim()
  if (draft.inside !== undefined) {
    // RFC 5322 §4.4: an obsolete source route, "@a,@b:".
    if (spec.startsWith("@")) spec = spec.slice(spec.indexOf(":") + 1).trim()
  }
  const local = readLocalPart(spec)
  if (local === undefined) return undefined
  if (spec[local.length] !== "@") return undefined
  const domain = toDnsName(
    spec
      .slice(local.length + 1)
      .replace(/\s+/g, "")
      .replace(/\.$/, ""),
  )
  return domain === undefined ? undefined : { local: local.trim(), domain, draft }
}

function readLocalPart(spec: string): string | undefined {
  if (!spec.startsWith('"')) {
    const at = spec.indexOf("@")
    return at > 0 && !/["\s]/.test(spec.slice(0, at).trim()) ? spec.slice(0, at) : undefined
  }
  const end = skipDelimited(spec, 0)
  return end === undefined ? undefined : spec.slice(0, end)
}
