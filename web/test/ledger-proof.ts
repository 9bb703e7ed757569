import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto"
import {
  growTiles,
  hashLeaf,
  inclusionProof,
  nodesFromTiles,
  type Signer,
  signNote,
  tilePath,
  toBase64,
  verifierKeyOf,
  writeCheckpoint,
} from "@letterkeep/tlog"
import type { LedgerEvent } from "../../server/src/privacy/ledger/contract.ts"
import { commitTo, writeDetail, writeLeaf } from "../../server/src/privacy/ledger/leaf.ts"
import { type ProofFile, proofFormat } from "../../server/src/privacy/ledger/proof-file.ts"
import { type AccountId, asId } from "../../server/src/store/ids.ts"

/** A proof file as the server writes it, over a ledger in memory in which every third leaf is Anna's. */

export const anna = asId<AccountId>(7)
export const bob = asId<AccountId>(8)
const origin = "letterkeep-ledger/11111111-2222-4333-8444-555555555555"

export const annasEvents: readonly LedgerEvent[] = [
  { kind: "account-key", generation: 1, publicKey: "k3y0fAnna" },
  {
    kind: "staff-access",
    command: "account show",
    reason: 'Anna wrote: "my mail is full" <b>',
    by: "Rita Roe",
    categories: ["user.contact.email", "user.preferences"],
  },
  {
    kind: "disclosure",
    purpose: "mail.screen",
    recipient: "dns",
    categories: ["user.communications.domain"],
    count: 1000,
  },
  { kind: "choice", choice: "Global Privacy Control", value: "on", wording: "Do not sell or share" },
]

export function signerOf(seed: number): Signer {
  const head = Buffer.from("302e020100300506032b657004220420", "hex") // RFC 8410 §7
  const key = createPrivateKey({
    key: Buffer.concat([head, Buffer.alloc(32, seed)]),
    format: "der",
    type: "pkcs8",
  })
  const { x = "" } = createPublicKey(key).export({ format: "jwk" })
  return { name: origin, publicKey: Buffer.from(x, "base64url"), sign: message => sign(null, message, key) }
}

export const verifierKey = verifierKeyOf(signerOf(1))

export async function proofOf(
  events: readonly LedgerEvent[] = annasEvents,
  signer: Signer = signerOf(1),
  /** Whose the last of the events is. */
  lastSubject = anna,
): Promise<ProofFile> {
  const own = events.map((event, at) => leafOf(event, at < events.length - 1 ? anna : lastSubject, at))
  const leaves = own.flatMap((leaf, at) => [
    leaf.data,
    leafOf({ kind: "choice", choice: "x", value: "y", wording: "z" }, bob, 1000 + at).data,
    leafOf({ kind: "choice", choice: "x", value: "z", wording: "z" }, bob, 2000 + at).data,
  ])
  const { size, root, tiles } = growTiles(0, [], leaves.map(hashLeaf))
  const shelf = new Map(tiles.map(tile => [tilePath(tile.level, tile.index, tile.width), tile.hashes]))
  const read = nodesFromTiles(size, async ids =>
    ids.map(({ level, index, width }) => shelf.get(tilePath(level, index, width)) ?? Buffer.alloc(0)),
  )
  return {
    format: proofFormat,
    madeAt: "2026-03-05T08:00:00.000Z",
    address: "anna@example.org",
    origin,
    verifierKey: verifierKeyOf(signer),
    checkpoint: signNote(writeCheckpoint({ origin, size, root }), signer),
    events: await Promise.all(
      own.map(async ({ data, detail, salt }, at) => ({
        leaf: at * 3,
        data: data.toString("utf8"),
        detail: detail.toString("utf8"),
        salt: toBase64(salt),
        path: (await inclusionProof(at * 3, size, read)).map(toBase64),
      })),
    ),
    locked: 0,
    altered: 0,
  }
}

function leafOf(event: LedgerEvent, subject: AccountId, seed: number) {
  const at = Date.UTC(2026, 2, 4, 12, 0, seed % 60)
  const detail = writeDetail(event, { subject, at, policyVersion: "1.3", number: seed + 1 })
  const salt = Buffer.alloc(32, seed)
  const place = createHash("sha256").update(`${subject} ${seed}`).digest()
  const data = writeLeaf(event.kind, { kind: "sealed", commitment: commitTo(salt, detail), place })
  return { data, detail, salt }
}
