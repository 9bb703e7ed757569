import { textString } from "../grammar/text.ts"
import type { Parser } from "./index.ts"

/** RFC 9051 §9: `login = "LOGIN" SP userid SP password`, both astrings. */
export const login: Parser = d => {
  d.secret = true
  d.sp("LOGIN")
  const user = textString(d, "a name", "LOGIN")
  d.sp("the name")
  const password = textString(d, "a password", "the name")
  return { name: "LOGIN", user, password }
}
