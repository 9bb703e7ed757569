/** A certificate's private key as it lies in the database: sealed to the server, for its names and no others. */
import { VaultError, type Vaults } from "../vaults/index.ts"

const contextOf = (names: string): string => `certificate key ${names}`

/** `key`: PKCS #8, PEM. */
export function sealKey(vaults: Pick<Vaults, "sealToServer">, names: string, key: string): Buffer {
  return vaults.sealToServer("certificate", contextOf(names), Buffer.from(key, "latin1"))
}

/** Undefined for what this server did not seal there. */
export function keyOf(
  vaults: Pick<Vaults, "openFromServer">,
  names: string,
  sealed: Uint8Array,
): string | undefined {
  try {
    return vaults.openFromServer("certificate", contextOf(names), sealed).toString("latin1")
  } catch (error) {
    if (error instanceof VaultError) return undefined
    throw error
  }
}
