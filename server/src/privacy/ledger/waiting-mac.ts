import type { Vaults } from "../../vaults/index.ts"

/** What only this server can have put in the queue: else whoever writes the database could have anything signed. */
export function macOfWaiting(vaults: Pick<Vaults, "macOf">, data: Uint8Array, at: number): Buffer {
  return vaults.macOf("ledger-event", Buffer.from(data).toString("base64"), at)
}
