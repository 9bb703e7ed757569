import { type Broken, broken, syntax } from "../fault.ts"
import { maxOrcpt } from "../limits.ts"
import { isAscii } from "./characters.ts"
import type { Parameter } from "./esmtp-parameters.ts"
import { isXtext } from "./xtext.ts"

/** What may follow the forward-path of RCPT. */
export interface RcptParameters {
  /** RFC 3461 §4.1; NEVER stands alone. */
  readonly notify?: readonly Notify[]
  /** RFC 3461 §4.2: addr-type ";" xtext, as it was given. */
  readonly orcpt?: string
}

export type Notify = "never" | "success" | "failure" | "delay"

type Draft = { -readonly [K in keyof RcptParameters]: RcptParameters[K] }

export function rcptParameters(
  parameters: readonly Parameter[],
  smtputf8: boolean,
): Broken | { readonly kind: "rcpt-parameters"; readonly said: RcptParameters } {
  const said: Draft = {}
  for (const { keyword, value } of parameters) {
    if (keyword === "NOTIFY") {
      const notify = readNotify(value)
      if (notify === undefined) return syntax("NOTIFY is NEVER, or of SUCCESS, FAILURE and DELAY")
      said.notify = notify
    } else if (keyword === "ORCPT") {
      if (value === undefined || !isOrcpt(value, smtputf8)) return syntax("ORCPT is not type;xtext")
      said.orcpt = value
    } else return broken("syntax", { code: 555, enhanced: "5.5.4", text: "Unknown parameter" })
  }
  return { kind: "rcpt-parameters", said }
}

/** `notify-esmtp-value = "NEVER" / 1#("SUCCESS" / "FAILURE" / "DELAY")` */
function readNotify(value: string | undefined): readonly Notify[] | undefined {
  const words = value?.toLowerCase().split(",") ?? []
  const out: Notify[] = []
  for (const word of words) {
    if (word !== "never" && word !== "success" && word !== "failure" && word !== "delay") return undefined
    if (out.includes(word) || (word === "never" && words.length > 1)) return undefined
    out.push(word)
  }
  return out.length === 0 ? undefined : out
}

/**
 * `original-recipient-address = addr-type ";" xtext`, addr-type an atom. With SMTPUTF8, type utf-8 may hold
 * UTF-8 as it is (RFC 6533 §3, utf-8-addr-unitext).
 */
function isOrcpt(value: string, smtputf8: boolean): boolean {
  const semicolon = value.indexOf(";")
  const type = value.slice(0, semicolon)
  const address = value.slice(semicolon + 1)
  if (semicolon < 1 || value.length > maxOrcpt || address === "" || !/^[A-Za-z0-9-]+$/.test(type))
    return false
  if (isAscii(address)) return isXtext(address)
  return smtputf8 && type.toLowerCase() === "utf-8" && isXtext(address.replace(/[^\0-\x7f]/g, ""))
}
