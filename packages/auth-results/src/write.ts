import { isToken } from "./cfws.ts"

/**
 * Writes Authentication-Results (RFC 8601 §2.2): what this server found out about a message, for the programs that
 * show it.
 *
 *     authres-header-field = "Authentication-Results:" authserv-id ( no-result / 1*resinfo ) CRLF
 *     resinfo              = ";" method "=" result [ "reason" "=" value ] *( ptype "." property "=" pvalue )
 */
export interface MethodResult {
  /** `spf`, `dkim`, `dmarc`, `arc`, `iprev`: registered names. */
  readonly method: string
  readonly result: string
  readonly reason?: string
  readonly properties?: readonly ResultProperty[]
}

export interface ResultProperty {
  readonly ptype: "smtp" | "header" | "body" | "policy"
  readonly property: string
  readonly value: string
}

/** Characters of the longest value; what is longer is cut, since it came from a stranger. */
const valueLimit = 320

/** The whole field with its final CRLF, one method a line, no line over 998 bytes (RFC 5322 §2.1.1). */
export function writeAuthResults(authservId: string, results: readonly MethodResult[]): string {
  const head = `Authentication-Results: ${quoteValue(authservId)}`
  if (results.length === 0) return `${head}; none\r\n`
  return `${head}${results.map(result => `;\r\n\t${writeResult(result)}`).join("")}\r\n`
}

function writeResult({ method, result, reason, properties = [] }: MethodResult): string {
  const parts = [`${method}=${result}`]
  if (reason !== undefined) parts.push(`reason=${quoteValue(reason)}`)
  for (const { ptype, property, value } of properties) {
    parts.push(`${ptype}.${property}=${writeProperty(value)}`)
  }
  return parts.join("\r\n\t ")
}

/** RFC 8601 §2.2: a pvalue may also be an address or "@" and a domain, bare when its local part is a token. */
function writeProperty(value: string): string {
  const at = value.lastIndexOf("@")
  const isAddress = at !== -1 && (at === 0 || isToken(value.slice(0, at))) && isToken(value.slice(at + 1))
  return isAddress && value.length <= valueLimit ? value : quoteValue(value)
}

/** A token as it is; anything else in quotes, control characters as spaces. */
function quoteValue(value: string): string {
  if (isToken(value) && value.length <= valueLimit) return value
  const clean = Array.from(value.replace(/[\x00-\x1f\x7f]/g, " "))
    .slice(0, valueLimit)
    .join("")
  return `"${clean.replace(/[\\"]/g, "\\$&")}"`
}
