/**
 * Transparency logs: a list that only grows, and proofs that it does. The tree is that of RFC 6962 §2.1, its proofs
 * those of RFC 9162 §2.1.3 and §2.1.4; tiles, checkpoints and signed notes are those of C2SP (c2sp.org/tlog-tiles,
 * tlog-checkpoint, signed-note). Pure: hashes and texts in, hashes and texts out; who keeps them is the caller.
 *
 *     import { growTiles, hashLeaf, signNote, writeCheckpoint } from "@letterkeep/tlog"
 *     const { root, size, tiles, edge } = growTiles(0, [], [hashLeaf(Buffer.from("first"))])
 *     const checkpoint = signNote(writeCheckpoint({ origin: "example.org/log", size, root }), signer)
 */
export { fromBase64, toBase64 } from "./base64.ts"
export { type Checkpoint, parseCheckpoint, writeCheckpoint } from "./checkpoint.ts"
export { MAX_ENTRY_BYTES, parseEntryBundle, writeEntryBundle } from "./entry-bundle.ts"
export { emptyRoot, HASH_BYTES, hashLeaf, hashNodes, sameHash } from "./hash.ts"
export { inclusionSides, type Side } from "./inclusion-sides.ts"
export type { Node } from "./nodes.ts"
export { MAX_NOTE_BYTES, MAX_SIGNATURES, type Note, type NoteSignature, parseNote } from "./note.ts"
export {
  type OpenedNote,
  openNote,
  parseVerifierKey,
  type Signer,
  signNote,
  type Verifier,
  verifierKeyOf,
} from "./sign-note.ts"
export { parseTilePath, TILE_WIDTH, type TileId, type TileLevel, tilePath } from "./tile-path.ts"
export {
  edgeTiles,
  type Grown,
  growTiles,
  leafTiles,
  nodesFromTiles,
  type ReadTiles,
  rootOfEdge,
  splitHashes,
  type Tile,
  tileWidth,
} from "./tiles.ts"
export { consistencyProof, inclusionProof, type ReadNodes, rootOf } from "./tree.ts"
export { isTreeSize, MAX_TREE_SIZE } from "./tree-size.ts"
export { type ConsistencyClaim, type InclusionClaim, verifyConsistency, verifyInclusion } from "./verify.ts"
