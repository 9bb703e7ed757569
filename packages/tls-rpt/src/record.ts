/**
 * The TXT record by which a domain asks for reports (RFC 8460 §3):
 *
 *     record = %s"v=TLSRPTv1" 1*( delim field ) [ delim ]      delim = *WSP ";" *WSP
 *     field  = %s"rua=" uri *( *WSP "," *WSP uri ) / name "=" value
 *     uri    = a URI (RFC 3986) whose "!", "," and ";" are percent-encoded
 */
export type ReportRecord =
  | { readonly kind: "wanted"; readonly addresses: readonly ReportAddress[] }
  | { readonly kind: "none"; readonly why: "absent" | "several" | "malformed" }

type ReportAddress =
  | { readonly kind: "mail"; readonly address: string }
  | { readonly kind: "web"; readonly url: string }

/** Characters of the longest record that is read. */
const recordLimit = 4_096
/** Addresses of one record that count; the rest is left out. */
const addressLimit = 10

export function recordName(domain: string): string {
  return `_smtp._tls.${domain}`
}

/** `texts`: the TXT records at `recordName`, each with its strings joined. */
export function readRecords(texts: readonly string[]): ReportRecord {
  const own = texts.filter(text => /^v=TLSRPTv1[ \t]*;/.test(text))
  const [text] = own
  if (text === undefined) return { kind: "none", why: "absent" }
  if (own.length > 1) return { kind: "none", why: "several" }
  const addresses = text.length > recordLimit ? undefined : readAddresses(text)
  return addresses === undefined ? { kind: "none", why: "malformed" } : { kind: "wanted", addresses }
}

/** Undefined without any that can be used: schemes that are not known are stepped over (RFC 8460 §3). */
function readAddresses(text: string): readonly ReportAddress[] | undefined {
  const fields = text.split(";").map(trim)
  if (fields.at(-1) === "") fields.pop()
  let found: readonly ReportAddress[] | undefined
  for (const field of fields.slice(1)) {
    const equals = field.indexOf("=")
    const name = field.slice(0, Math.max(0, equals))
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/.test(name)) return undefined
    if (name !== "rua" || found !== undefined) continue
    const uris = field
      .slice(equals + 1)
      .split(",")
      .map(trim)
    found = uris.map(readAddress).filter(one => one !== undefined)
  }
  return found === undefined || found.length === 0 ? undefined : found.slice(0, addressLimit)
}

function readAddress(uri: string): ReportAddress | undefined {
  if (/^https:\/\/[^\s/?#]+(?:[/?#]\S*)?$/i.test(uri)) return { kind: "web", url: uri }
  const address = decode(/^mailto:([^\s?#]+)/i.exec(uri)?.[1] ?? "")
  return address !== undefined && /^[^\s@<>\x00-\x1f\x7f]+@[^\s@<>\x00-\x1f\x7f]+$/.test(address)
    ? { kind: "mail", address }
    : undefined
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    // A "%" that no two digits follow: that is no URI (RFC 3986 §2.1).
    return undefined
  }
}

function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "")
}
