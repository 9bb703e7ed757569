/**
 * The policy itself, a file on the web (RFC 8461 §3.2):
 *
 *     policy = field *WSP *( term field *WSP ) [ term ]      term = LF / CRLF
 *     field  = key ":" *WSP value
 *
 * with `version` (STSv1), `mode`, `max_age` and, unless the mode is none, one `mx` or more. Other keys are stepped over, of
 * one that is there twice the first counts. Empty lines are let pass.
 */
export interface Policy {
  readonly mode: "enforce" | "testing" | "none"
  /** Seconds that it may be kept, at most `maxAgeLimit`. */
  readonly maxAge: number
  /** Patterns in lower case: "mx.a.test", or "*.a.test". */
  readonly mx: readonly string[]
}

export type ReadPolicy =
  | { readonly kind: "policy"; readonly policy: Policy }
  /** `why`: an English sentence about the file. */
  | { readonly kind: "invalid"; readonly why: string }

/** Octets of a policy that are read (RFC 8461 §3.3 suggests so). */
export const policyBytesLimit = 64 * 1024
/** Seconds: a year (RFC 8461 §3.2). */
export const maxAgeLimit = 31_557_600

/** RFC 8461 §3.3. The certificate has to be good for that host, and a redirect is no answer. */
export function policyUrl(domain: string): string {
  return `https://mta-sts.${domain}/.well-known/mta-sts.txt`
}

export interface FetchedPolicy {
  /** Status of the HTTP response. */
  readonly status: number
  readonly contentType: string | undefined
  /** At most one octet more than `policyBytesLimit` need be read. */
  readonly body: Buffer
}

/** RFC 8461 §3.3: nothing but a 200 counts, and the file is plain text. */
export function acceptPolicy({ status, contentType, body }: FetchedPolicy): ReadPolicy {
  if (status !== 200) return invalid(`The answer was ${status}, not 200.`)
  if (!/^\s*text\/plain\s*(?:;|$)/i.test(contentType ?? "")) return invalid("The file is not text/plain.")
  return readPolicy(body)
}

export function readPolicy(bytes: Buffer): ReadPolicy {
  if (bytes.length > policyBytesLimit) return invalid(`The file has more than ${policyBytesLimit} octets.`)
  const values = new Map<string, string>()
  const mx: string[] = []
  for (const [at, raw] of bytes.toString("utf8").split("\n").entries()) {
    // A pattern for blanks at an end would begin anew at each blank of a long line.
    const line = raw.trimEnd()
    if (line === "") continue
    const colon = line.indexOf(":")
    const key = line.slice(0, Math.max(0, colon))
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/.test(key)) return invalid(`Line ${at + 1} is no "key: value".`)
    const value = line.slice(colon + 1).replace(/^[ \t]+/, "")
    if (key === "mx") {
      const pattern = readPattern(value)
      if (pattern === undefined) return invalid(`Line ${at + 1} names no host: "mx".`)
      mx.push(pattern)
    } else if (!values.has(key)) values.set(key, value)
  }
  if (values.get("version") !== "STSv1") return invalid('The version is not "STSv1".')
  const mode = values.get("mode")
  if (mode !== "enforce" && mode !== "testing" && mode !== "none")
    return invalid('The mode is none of "enforce", "testing" and "none".')
  const maxAge = values.get("max_age") ?? ""
  if (!/^\d{1,10}$/.test(maxAge)) return invalid("max_age is no number of seconds.")
  if (mx.length === 0 && mode !== "none") return invalid("No mx is named.")
  return { kind: "policy", policy: { mode, maxAge: Math.min(Number(maxAge), maxAgeLimit), mx } }
}

/** RFC 8461 §3.2: a domain in its ASCII form, or "*." and one. */
function readPattern(value: string): string | undefined {
  const name = value.toLowerCase()
  const labels = (name.startsWith("*.") ? name.slice(2) : name).split(".")
  const isDomain = labels.every(label => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  return isDomain && name.length <= 255 ? name : undefined
}

function invalid(why: string): ReadPolicy {
  return { kind: "invalid", why }
}
