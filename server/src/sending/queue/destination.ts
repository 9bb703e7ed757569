import { domainToASCII } from "node:url"
import type { Vaults } from "../../vaults/index.ts"

/** As many as a uuid has, which is what the column is. */
const HASH_BYTES = 16

/**
 * What stands behind the last "@", in lower case, A-labels. Throws RangeError where there is nothing, or nothing that
 * A-labels can be made of (RFC 5890 §2.3.2.1): whoever takes an address from a stranger asks `hasDomain` first.
 */
export function domainOf(address: string): string {
  const domain = asciiDomain(address)
  if (domain === undefined) throw new RangeError("mail that goes to no domain")
  return domain
}

/** Can mail to this address be put into the queue? */
export function hasDomain(address: string): boolean {
  return asciiDomain(address) !== undefined
}

function asciiDomain(address: string): string | undefined {
  const at = address.lastIndexOf("@")
  const domain = address.slice(at + 1).toLowerCase()
  const ascii = /^[\x21-\x7e]*$/.test(domain) ? domain : domainToASCII(domain)
  return at === -1 || ascii === "" ? undefined : ascii
}

/** Equal for equal domains; tells the domain to nobody who lacks the key file. */
export function destinationOf(vaults: Pick<Vaults, "serverHash">, domain: string): Buffer {
  return vaults.serverHash("destination", domain).subarray(0, HASH_BYTES)
}
