import type { AccountId } from "../store/ids.ts"
import type { Vaults } from "../vaults/index.ts"

/** An address whose row in the database was not written by this server: mail waits until somebody has looked. */
export class AddressNotOursError extends Error {
  override readonly name = "AddressNotOursError"
  readonly temporary = true

  constructor() {
    super("the database holds an address that this server did not write")
  }
}

/** Binds an address to its account: whoever writes the database alone cannot lead its mail elsewhere. */
export function addressMac(vaults: Pick<Vaults, "macOf">, address: string, account: AccountId): Buffer {
  return vaults.macOf("address", address, account)
}

export function isAddressMac(
  vaults: Pick<Vaults, "isMacOf">,
  mac: Uint8Array,
  address: string,
  account: AccountId,
): boolean {
  return vaults.isMacOf(mac, "address", address, account)
}
