import { maxParameters } from "../limits.ts"
import { isLetDig } from "./characters.ts"

/**
 * RFC 5321 §4.1.2:
 *
 *     Mail-parameters = esmtp-param *(SP esmtp-param)
 *     esmtp-param     = esmtp-keyword ["=" esmtp-value]
 *     esmtp-keyword   = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
 *     esmtp-value     = 1*(%d33-60 / %d62-126)          ; and UTF-8 by RFC 6531 §3.3
 */
export interface Parameter {
  /** Upper case. */
  readonly keyword: string
  readonly value: string | undefined
}

/** `from` is the place after the path. More blanks than one are let pass, as other servers do. */
export function readParameters(text: string, from: number): readonly Parameter[] | undefined {
  if (from === text.length) return none
  if (text[from] !== " ") return undefined
  const out: Parameter[] = []
  for (const word of text.slice(from).split(" ")) {
    if (word === "") continue
    const parameter = readParameter(word)
    if (parameter === undefined || out.some(known => known.keyword === parameter.keyword)) return undefined
    if (out.push(parameter) > maxParameters) return undefined
  }
  return out
}

const none: readonly Parameter[] = []

function readParameter(word: string): Parameter | undefined {
  const equals = word.indexOf("=")
  const keyword = equals < 0 ? word : word.slice(0, equals)
  const value = equals < 0 ? undefined : word.slice(equals + 1)
  for (let at = 0; at < keyword.length; at += 1) {
    if (!isLetDig(keyword.charCodeAt(at)) && (at === 0 || keyword[at] !== "-")) return undefined
  }
  if (keyword === "" || value === "" || value?.includes("=")) return undefined
  if (value?.includes("\t")) return undefined
  return { keyword: keyword.toUpperCase(), value }
}
