import { type Canon, type CanonicalFields, withoutSignature } from "./header-canon.ts"

/**
 * The text that a signature is over (RFC 6376 §3.7, §5.4.2), one character for each byte: the fields of `names` in that
 * order, then the signature's own field with nothing in `b`. Of fields with one name, the lowest is taken first; a name
 * too many stands for nothing.
 */
export function signedFields(names: readonly string[], canon: Canon, fields: CanonicalFields): string {
  const taken = new Map<string, number>()
  let text = ""
  for (const name of names) {
    const same = fields.named(name)
    const count = taken.get(name) ?? 0
    taken.set(name, count + 1)
    const index = same[same.length - 1 - count]
    if (index !== undefined) text += fields.canonical(index, canon)
  }
  return text
}

export function signedText(
  of: { readonly signedNames: readonly string[]; readonly headerCanon: Canon },
  ownField: string,
  fields: CanonicalFields,
): string {
  return signedFields(of.signedNames, of.headerCanon, fields) + withoutSignature(ownField, of.headerCanon)
}
