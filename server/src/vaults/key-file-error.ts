/** The key file is missing, wrong or another database's. `message` is a sentence for the operator. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError"
  readonly temporary = false
}
