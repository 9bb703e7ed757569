/**
 * The TXT record that says whether there is a policy, and which (RFC 8461 §3.1):
 *
 *     record    = %s"v=STSv1" 1*( delim field ) [ delim ]
 *     delim     = *WSP ";" *WSP
 *     field     = %s"id=" 1*32( ALPHA / DIGIT ) / name "=" value
 *     name      = ( ALPHA / DIGIT ) *31( ALPHA / DIGIT / "_" / "-" / "." )
 *     value     = 1*( %x21-3A / %x3C / %x3E-7E )
 */
export type PolicyRecord =
  | { readonly kind: "policy"; readonly id: string }
  /** No record, several, or one that cannot be read: all mean the same (RFC 8461 §3.1). */
  | { readonly kind: "none"; readonly why: "absent" | "several" | "malformed" }

/** Characters of the longest record that is read. */
const recordLimit = 2_048

export function recordName(domain: string): string {
  return `_mta-sts.${domain}`
}

/** `texts`: the TXT records at `recordName`, each with its strings joined. */
export function readRecords(texts: readonly string[]): PolicyRecord {
  // RFC 8461 §3.1: what does not begin so is another's record.
  const own = texts.filter(text => /^v=STSv1[ \t]*;/.test(text))
  const [text] = own
  if (text === undefined) return { kind: "none", why: "absent" }
  if (own.length > 1) return { kind: "none", why: "several" }
  const id = readId(text)
  return id === undefined ? { kind: "none", why: "malformed" } : { kind: "policy", id }
}

function readId(text: string): string | undefined {
  if (text.length > recordLimit) return undefined
  const fields = text.split(";").map(field => field.replace(/^[ \t]+|[ \t]+$/g, ""))
  if (fields.at(-1) === "") fields.pop()
  let id: string | undefined
  for (const field of fields.slice(1)) {
    const equals = field.indexOf("=")
    const name = field.slice(0, Math.max(0, equals))
    const value = field.slice(equals + 1)
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/.test(name) || !/^[!-:<>-~]+$/.test(value)) return undefined
    // RFC 8461 §3.1: of a field that is there twice the first counts.
    if (name === "id" && id === undefined) {
      if (!/^[A-Za-z0-9]{1,32}$/.test(value)) return undefined
      id = value
    }
  }
  return id
}
