/**
 * Public keys of accounts are leaves: whoever swaps a key to read what comes from then on leaves a trace that the
 * person sees. Every new generation goes through here, in the transaction that makes it, whoever asks for one.
 */
import { keyPairFromPrivateBytes } from "@letterkeep/hpke"
import type { AccountId, Tx } from "../../store/index.ts"
import type { VaultKey, Vaults } from "../../vaults/index.ts"
import type { Recorder } from "./record.ts"

/** The vaults, writing each new public key into the ledger. */
export function recordingKeys(vaults: Vaults, ledger: Pick<Recorder, "record">): Vaults {
  const recorded = async (tx: Tx, account: AccountId, key: VaultKey): Promise<VaultKey> => {
    const { publicBytes } = keyPairFromPrivateBytes(key.privateKey)
    const publicKey = publicBytes.toString("hex")
    await ledger.record(tx, account, { kind: "account-key", generation: key.generation, publicKey })
    return key
  }
  return {
    ...vaults,
    createVault: async (tx, account) => recorded(tx, account, await vaults.createVault(tx, account)),
    newGeneration: async (tx, account) => recorded(tx, account, await vaults.newGeneration(tx, account)),
  }
}
