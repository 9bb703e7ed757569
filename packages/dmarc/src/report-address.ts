/**
 * Whom a domain has aggregate reports sent to (RFC 9989 §4.7, rua).
 *
 *     rua = uri *("," uri)        uri = "mailto:" address [ "?" … ] [ "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] ]
 *
 * The size behind "!" is RFC 7489 §6.2's; other kinds of URI are passed over.
 */
export interface ReportAddress {
  /** As it is to be written in an envelope: a dot-string at a domain name; the domain in lower case. */
  readonly address: string
  readonly domain: string
  /** Octets of a message that it takes at most. */
  readonly limit: number | undefined
}

/** URIs of one record that are looked at. */
const uriLimit = 10

export function readReportAddresses(value: string): readonly ReportAddress[] {
  const read = value.split(",", uriLimit).flatMap(uri => readUri(uri.trim()) ?? [])
  return [...new Map(read.map(one => [one.address, one])).values()]
}

function readUri(text: string): ReportAddress | undefined {
  const scheme = "mailto:"
  if (text.slice(0, scheme.length).toLowerCase() !== scheme) return undefined
  const [uri = "", size] = text.slice(scheme.length).split("!", 2)
  const [encoded = ""] = uri.split("?", 1)
  const limit = size === undefined ? undefined : readSize(size)
  if (size !== undefined && limit === undefined) return undefined
  const address = decodePercent(encoded)
  const at = address.lastIndexOf("@")
  const local = address.slice(0, Math.max(at, 0))
  const domain = address.slice(at + 1).toLowerCase()
  if (local.length > 64 || !/^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local))
    return undefined
  if (domain.length > 253 || !/^(?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{1,63}$/.test(domain)) return undefined
  return { address: `${local}@${domain}`, domain, limit }
}

const units: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

function readSize(text: string): number | undefined {
  const unit = /[kmgt]$/i.exec(text)?.[0].toLowerCase() ?? ""
  const digits = text.slice(0, text.length - unit.length)
  return /^\d{1,10}$/.test(digits) ? Number(digits) * (units[unit] ?? 1) : undefined
}

function decodePercent(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
