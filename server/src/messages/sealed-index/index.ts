/**
 * The sealed index: what lists and searches need of every message, readable in a live session alone. Arrivals leave
 * sealed entries; a live session merges them, in the background, into sealed segments. Owns idx_list, idx_segment,
 * idx_page and idx_tombstone.
 */
export type {
  AccountIndex,
  FindOptions,
  Found,
  Question,
  SealedIndex,
  Summary,
} from "./contract.ts"
export { type IndexField, indexFields } from "./fields.ts"
export { openSealedIndex, type SealedIndexOptions } from "./open-index.ts"
export { dropOverdueSegments } from "./rebuild.ts"
