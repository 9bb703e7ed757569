/** Why somebody of the operator's looks at a person's data, in words that the person will read. */
export type Reason = string & { readonly __reason: unique symbol }

/** Characters, and words: "ticket" says nothing to the person, "asked by phone for her quota" does. */
const least = 10
const leastWords = 2
export const REASON_LIMIT = 300

export type ReadReason =
  | { readonly kind: "reason"; readonly reason: Reason }
  /** What a reason looks like, in a sentence for the one who gave none. */
  | { readonly kind: "refused"; readonly text: string }

/** Takes the text as it was typed; runs of white space become one space. */
export function readReason(text: string | undefined): ReadReason {
  const clean = (text ?? "").normalize("NFC").replace(/\s+/gu, " ").trim()
  if (clean === "")
    return refuse('this shows what is a person\'s: say why, with --reason "…". The person reads it')
  // What a terminal or a mail program would obey, or show in another order than it was written.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u.test(clean)) return refuse("a reason is plain text")
  if (clean.length > REASON_LIMIT) return refuse(`a reason has ${REASON_LIMIT} characters at most`)
  const words = clean.split(" ").filter(word => /\p{L}{2}/u.test(word))
  if (clean.length < least || words.length < leastWords)
    return refuse(
      "a reason is a few words that the person can understand, such as: asked by phone how full it is",
    )
  return { kind: "reason", reason: clean as Reason } // it was checked just above
}

const refuse = (text: string): ReadReason => ({ kind: "refused", text })
