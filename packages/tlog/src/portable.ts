/**
 * What needs nothing of Node: for the page on which a person checks proofs in a browser. It reads texts and says
 * which hashes are to be made; hashing and verifying is the browser's own (WebCrypto).
 */
export { fromBase64, toBase64 } from "./base64.ts"
export { type Checkpoint, parseCheckpoint } from "./checkpoint.ts"
export { inclusionSides, type Side } from "./inclusion-sides.ts"
export { type Note, type NoteSignature, parseNote, type ReadNote } from "./note.ts"
export { keyIdInput, keyIdOf, splitVerifierKey, type VerifierKey } from "./verifier-key.ts"
