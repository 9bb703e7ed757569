/**
 * Is this host one that the policy names (RFC 8461 §4.1)? "*.a.test" stands for exactly one label in place of the star.
 * `host`: a name from an MX record, with or without its final dot, in any case.
 */
export function matchesMx(patterns: readonly string[], host: string): boolean {
  const name = host.replace(/[A-Z]+/g, letters => letters.toLowerCase()).replace(/\.$/, "")
  if (name === "") return false
  const parent = name.slice(name.indexOf(".") + 1)
  const hasParent = name.indexOf(".") > 0
  return patterns.some(pattern =>
    pattern.startsWith("*.") ? hasParent && pattern.slice(2) === parent : pattern === name,
  )
}
