/**
 * Who signs the ledger, and under what name. The name (a checkpoint's *origin*) is made of the key file's id and of the
 * database's own: it stays when the server moves to another host name, and no other server has it. A database that is
 * begun anew beside the old key file is another log under another name: under the old one, its first checkpoint would
 * be a fork of what was signed before.
 */
import {
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  type Signer,
  signNote,
  type Verifier,
  verifierKeyOf,
  writeCheckpoint,
} from "@letterkeep/tlog"
import type { Store } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"

export interface TreeHead {
  readonly size: number
  /** 32 octets. */
  readonly root: Uint8Array
}

export interface LedgerSigner {
  readonly origin: string
  /** C2SP signed-note: `name+hash+base64`. */
  readonly verifierKey: string
  /** A signed checkpoint (C2SP tlog-checkpoint). */
  sign(head: TreeHead): string
  /** Undefined where this ledger's key did not sign it, or it is no checkpoint of this ledger. */
  open(note: string): TreeHead | undefined
}

/** The name of this database's log. Those that were begun before names held the incarnation keep their own. */
export async function originOf(
  { sql, incarnation }: Pick<Store, "sql" | "incarnation">,
  { keyFileId }: Pick<Vaults, "keyFileId">,
): Promise<string> {
  // Departs from C2SP tlog-tiles, which suggests the log's URL: a server at home may have none that lasts.
  const earlier = `letterkeep-ledger/${keyFileId}`
  const [row] = await sql<{ ledger_origin: string | null }[]>`select ledger_origin from letterkeep`
  return row?.ledger_origin === earlier ? earlier : `${earlier}/${incarnation}`
}

export function createLedgerSigner({ ledgerKey }: Pick<Vaults, "ledgerKey">, origin: string): LedgerSigner {
  const { publicKey, sign } = ledgerKey
  const signer: Signer = { name: origin, publicKey, sign }
  const verifierKey = verifierKeyOf(signer)
  const verifier: Verifier | undefined = parseVerifierKey(verifierKey)
  if (verifier === undefined) throw new Error("our own verifier key cannot be read")
  return {
    origin,
    verifierKey,
    sign: ({ size, root }) => signNote(writeCheckpoint({ origin, size, root }), signer),
    open(note) {
      const opened = openNote(note, [verifier])
      const checkpoint = opened.kind === "opened" ? parseCheckpoint(opened.text) : undefined
      return checkpoint?.origin === origin ? checkpoint : undefined
    },
  }
}
