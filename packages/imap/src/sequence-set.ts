/**
 *     sequence-set = (seq-number / seq-range) ["," sequence-set] / "$"     RFC 9051 §9, RFC 5182
 *     seq-range    = seq-number ":" seq-number                            in either order
 *     seq-number   = nz-number / "*"                                      "*": the largest in use
 */

/** Both ends belong to it; in the order in which they were written. */
export interface Range {
  readonly first: number | "*"
  readonly last: number | "*"
}

/** `saved`: "$", the result that SEARCH RETURN (SAVE) kept. */
export type SequenceSet =
  | { readonly kind: "ranges"; readonly ranges: readonly Range[] }
  | { readonly kind: "saved" }
