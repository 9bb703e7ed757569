import { domainToASCII } from "node:url"
import type { Vaults } from "../../vaults/index.ts"

/** As many as a uuid has, which is what the column is. */
const HASH_BYTES = 16

/** What stands behind the last "@", in lower case, A-labels. Throws RangeError where there is nothing: a door lets no such pass. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf("@")
  const domain = address.slice(at + 1).toLowerCase()
  const ascii = /^[\x21-\x7e]*$/.test(domain) ? domain : domainToASCII(domain)
  if (at === -1 || ascii === "") throw new RangeError("mail that goes to no domain")
  return ascii
}

/** Equal for equal domains; tells the domain to nobody who lacks the key file. */
export function destinationOf(vaults: Pick<Vaults, "serverHash">, domain: string): Buffer {
  return vaults.serverHash("destination", domain).subarray(0, HASH_BYTES)
}
