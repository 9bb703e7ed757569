/** identifier = (ALPHA / "_") *(ALPHA / DIGIT / "_") (RFC 5229 §3); namespaces are known to no script here. */
export function isVariableName(name: string): boolean {
  return /^[a-z_][a-z0-9_]{0,127}$/i.test(name)
}
