import type { PersonField, PersonForm } from "./api.ts"

/**
 * What the page can tell without asking: a field that is empty, or can never be right. The server decides the
 * rest and answers with a sentence of its own.
 */
export type FieldErrors = { readonly [field in PersonField]?: string }

export function errorsOf(form: PersonForm, passwordMinimum: number): FieldErrors {
  const errors: { [field in PersonField]?: string } = {}
  if (form.domain === "") errors.domain = "Write the domain, such as example.org."
  else if (!looksLikeDomain(form.domain))
    errors.domain = "A domain is made of names with dots between them, such as example.org."
  if (form.localPart === "") errors.localPart = "Write the part of your address before the @."
  else if (/[@\s]/.test(form.localPart))
    errors.localPart = "Only the part before the @, without spaces: anna or anna.berg."
  if ([...form.password].length < passwordMinimum) errors.password = tooShort(form.password, passwordMinimum)
  return errors
}

function tooShort(password: string, minimum: number): string {
  const length = [...password].length
  if (length === 0) return `Choose a password of at least ${minimum} characters.`
  const missing = minimum - length
  return `Too short: ${missing} more ${missing === 1 ? "character" : "characters"}, please.`
}

/** Loose on purpose: names of any script with dots between them. */
function looksLikeDomain(domain: string): boolean {
  const names = domain.split(".")
  return (
    names.length >= 2 &&
    names.every(name => /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u.test(name))
  )
}
