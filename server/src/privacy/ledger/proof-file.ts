/**
 * What `./letterkeep ledger export` writes for one person, and the page at /ledger/verify checks without a network:
 * every event about them, with its salt, and the way from its leaf to a signed checkpoint. JSON.
 *
 * To check an event: `data` is the leaf that leaf.ts describes, its commitment is SHA-256(salt ‖ detail), its leaf
 * hash leads by `path` to the checkpoint's root (RFC 6962 §2.1.1), and the checkpoint opens under `verifierKey`.
 */
export const proofFormat = "letterkeep ledger proof 1"

export interface ProofFile {
  readonly format: typeof proofFormat
  /** ISO 8601. */
  readonly madeAt: string
  /** Whose it is. */
  readonly address: string
  /** The checkpoint's first line, and the name of the key. */
  readonly origin: string
  /** C2SP signed-note: `name+hash+base64`. Compare it with the server's own word, or with a witness's. */
  readonly verifierKey: string
  /** A C2SP checkpoint with its signature, as it was signed. */
  readonly checkpoint: string
  /** Oldest first. */
  readonly events: readonly ProvenEvent[]
  /** Events about this person that this sign-in does not open: from before the password was reset. */
  readonly locked: number
  /**
   * Events about this person that are not in the file because they are not what was written, or gone: somebody changed
   * the database.
   */
  readonly altered: number
}

export interface ProvenEvent {
  /** The leaf's number, from 0. */
  readonly leaf: number
  /** The leaf's data, as text. */
  readonly data: string
  /** The detail, as text: the octets that are committed to, in UTF-8. */
  readonly detail: string
  /** 32 octets, base64. */
  readonly salt: string
  /** Hashes of 32 octets, base64, from the leaf up. */
  readonly path: readonly string[]
}
