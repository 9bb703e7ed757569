/**
 * The address that a mail program asks about, strictly: who asks is unknown, and what is answered may say it back.
 *
 *     address = local "@" domain
 *     local   = 1*64(any character but blanks, controls, "<", ">", DQUOTE, "@", "\")
 *     domain  = a name with a dot
 */
import { domainToASCII } from "node:url"

/** Octets of an address, at the most: RFC 5321 §4.5.3.1.3 has 256 for a path. */
const longest = 320

export interface AskedAddress {
  /** As it was written. */
  readonly address: string
  /** Lower case, A-labels. */
  readonly domain: string
}

export function readAskedAddress(text: unknown): AskedAddress | undefined {
  if (typeof text !== "string" || Buffer.byteLength(text) > longest) return undefined
  const parts = /^([^\p{Z}\p{C}<>"@\\]{1,64})@([^\p{Z}\p{C}<>"@\\/?#%:]+)$/u.exec(text)
  const domain = readAskedDomain(parts?.[2])
  return domain === undefined ? undefined : { address: text, domain }
}

export function readAskedDomain(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const ascii = domainToASCII(text.toLowerCase())
  const isName = ascii.length <= 253 && /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(ascii)
  return isName && !/^\d+$/.test(ascii.slice(ascii.lastIndexOf(".") + 1)) ? ascii : undefined
}
