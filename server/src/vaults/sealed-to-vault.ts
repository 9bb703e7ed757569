/**
 * Sealing small things straight to a vault by HPKE (RFC 9180): a day's seal key, a label, a rule's pattern, the
 * detail of an event in the ledger.
 *
 * `info` binds what it is, the account, the generation and its place; the associated data is a MAC over the
 * same that only a holder of the key file can make. HPKE's base mode has no sender: without that MAC, whoever
 * can write into the database could seal keys of his own to the public key and pass forgeries as mail.
 */
import type { KeyObject } from "node:crypto"
import { type KeyPair, openBase, sealBase } from "@letterkeep/hpke"
import type { Chance } from "../ports/chance.ts"
import type { AccountId } from "../store/ids.ts"
import { binding } from "./binding.ts"
import type { Keyring } from "./keyring.ts"
import { VaultError } from "./vault-error.ts"

export type VaultPurpose = "seal-key" | "segment-key" | "label" | "rule" | "ledger-event"

export interface VaultPlace {
  readonly purpose: VaultPurpose
  readonly account: AccountId
  readonly generation: number
  /** The row's own id; of an event in the ledger, its leaf's hash in hex. */
  readonly id: number | string
}

export function sealToKey(
  keyring: Keyring,
  chance: Chance,
  recipient: KeyObject,
  place: VaultPlace,
  plain: Uint8Array,
): Buffer {
  const info = boundTo(place)
  return sealBase({ recipient, ephemeral: chance, info, associatedData: keyring.mac(info) }, plain)
}

export function openWithKey(
  keyring: Keyring,
  recipient: KeyPair,
  place: VaultPlace,
  sealed: Uint8Array,
): Buffer {
  const info = boundTo(place)
  try {
    return openBase({ recipient, info, associatedData: keyring.mac(info) }, sealed)
  } catch (cause) {
    throw new VaultError("not-authentic", "sealed to another key, for another place, or altered", { cause })
  }
}

function boundTo({ purpose, account, generation, id }: VaultPlace): Buffer {
  return binding("letterkeep to vault 1", purpose, account, generation, id)
}
