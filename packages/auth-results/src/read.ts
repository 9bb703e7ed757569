import { type Cursor, readToken, readValue, skipCfws, take } from "./cfws.ts"
import type { MethodResult, ResultProperty } from "./write.ts"

/**
 * Reads Authentication-Results and the payload of ARC-Authentication-Results (RFC 8601 §2.2, RFC 8617 §4.1.1).
 */
export interface AuthResults {
  readonly authservId: string
  readonly results: readonly MethodResult[]
}

/** Results of the longest field that is read. */
const resultLimit = 100

/** `value`: what follows the colon. `undefined` for a syntax error. */
export function readAuthResults(value: string): AuthResults | undefined {
  const cursor: Cursor = { text: value, at: 0 }
  const authservId = readAuthservId(cursor)
  if (authservId === undefined) return undefined
  const results: MethodResult[] = []
  while (take(cursor, ";")) {
    if (!skipCfws(cursor)) return undefined
    if (cursor.at >= value.length) break
    if (/^none[\s(;]*$/i.test(value.slice(cursor.at))) return { authservId, results }
    const result = readResult(cursor)
    if (result === undefined || results.length >= resultLimit) return undefined
    results.push(result)
  }
  return skipCfws(cursor) && cursor.at >= value.length ? { authservId, results } : undefined
}

/** `authserv-id [ CFWS authres-version ]` */
function readAuthservId(cursor: Cursor): string | undefined {
  if (!skipCfws(cursor)) return undefined
  // Real servers write host:port and the like without quotes.
  const authservId = readValue(cursor, ":/")
  if (authservId === undefined || !skipCfws(cursor)) return undefined
  if (/\d/.test(cursor.text[cursor.at] ?? "")) readToken(cursor)
  return authservId
}

function readResult(cursor: Cursor): MethodResult | undefined {
  const method = readToken(cursor)
  if (method === undefined) return undefined
  // A version of the method, "/" DIGITS, is read and dropped.
  if (take(cursor, "/") && (!skipCfws(cursor) || readToken(cursor) === undefined)) return undefined
  if (!take(cursor, "=") || !skipCfws(cursor)) return undefined
  const result = readToken(cursor)
  if (result === undefined) return undefined
  let reason: string | undefined
  const properties: ResultProperty[] = []
  for (;;) {
    if (!skipCfws(cursor)) return undefined
    const name = readToken(cursor)
    if (name === undefined) break
    if (!take(cursor, "=") || !skipCfws(cursor)) return undefined
    const value = readValue(cursor, "@/:=+")
    if (value === undefined) return undefined
    if (name.toLowerCase() === "reason") reason = value
    else {
      const dot = name.indexOf(".")
      const ptype = name.slice(0, Math.max(0, dot)).toLowerCase()
      if (ptype !== "smtp" && ptype !== "header" && ptype !== "body" && ptype !== "policy") continue
      properties.push({ ptype, property: name.slice(dot + 1).toLowerCase(), value })
    }
  }
  return {
    method: method.toLowerCase(),
    result: result.toLowerCase(),
    ...(reason === undefined ? {} : { reason }),
    properties,
  }
}

/**
 * Whether a field claims to come from this server. RFC 8601 §5: such fields of strangers must be deleted. A field that
 * cannot be read claims it too if our name stands anywhere in it, since another reader may make sense of it.
 */
export function claimsToBeFrom(value: string, ownAuthservId: string): boolean {
  const cursor: Cursor = { text: value, at: 0 }
  const claimed = readAuthservId(cursor)
  const own = ownAuthservId.toLowerCase()
  const next = cursor.text[cursor.at]
  if (claimed !== undefined && (next === ";" || next === undefined))
    return stripDot(claimed.toLowerCase()) === stripDot(own)
  return value.toLowerCase().includes(own)
}

const stripDot = (name: string) => (name.endsWith(".") ? name.slice(0, -1) : name)
