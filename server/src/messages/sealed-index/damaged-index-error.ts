/** Bytes of the index that are not what was written there. The index is made again from the mail. */
export class DamagedIndexError extends Error {
  override readonly name = "DamagedIndexError"
  readonly temporary = false
}
