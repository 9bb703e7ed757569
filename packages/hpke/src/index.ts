export type { Aead } from "./key-schedule.ts"
export type { Chance, KeyPair } from "./keys.ts"
export {
  generateKeyPair,
  KEY_BYTES,
  keyPairFromPrivateBytes,
  publicKeyBytes,
  publicKeyFromBytes,
} from "./keys.ts"
export { HpkeError, type OpenBase, OVERHEAD_BYTES, openBase, type SealBase, sealBase } from "./single-shot.ts"
