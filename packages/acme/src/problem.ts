/**
 * Problem documents (RFC 9457, with the types of RFC 8555 §6.7): what an authority says when it will not. Its words are
 * for people; they are bounded and cleaned here, since they end up in front of the operator.
 */
export interface Problem {
  /** Without its prefix, such as "rateLimited"; "other" for what is none of ACME's. */
  readonly type: string
  /** What the authority says about it; may be empty. */
  readonly detail: string
  /** The name that it is about, where it says so. */
  readonly name: string | undefined
  /** RFC 8555 §6.7.1: the same for single names. At most `maxSubproblems`. */
  readonly subproblems: readonly Problem[]
}

/** Characters of the authority's own words that are kept. */
export const maxDetail = 500
const maxSubproblems = 20
const prefix = "urn:ietf:params:acme:error:"

export function readProblem(value: unknown, depth = 0): Problem {
  const { type, detail, identifier, subproblems } = isObject(value) ? value : {}
  const name = isObject(identifier) ? identifier.value : undefined
  const several = depth === 0 && Array.isArray(subproblems) ? subproblems : []
  return {
    type: typeof type === "string" && type.startsWith(prefix) ? word(type.slice(prefix.length)) : "other",
    detail: typeof detail === "string" ? clean(detail) : "",
    name: typeof name === "string" ? clean(name) : undefined,
    subproblems: several.slice(0, maxSubproblems).map(one => readProblem(one, depth + 1)),
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function word(text: string): string {
  return /^[A-Za-z0-9]{1,60}$/.test(text) ? text : "other"
}

/** One line, without what steers a terminal. */
function clean(text: string): string {
  return text
    .slice(0, maxDetail)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ")
    .trim()
}
