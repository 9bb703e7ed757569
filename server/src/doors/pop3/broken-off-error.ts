/** A message went out only in part: the client must not take it for whole, so the connection ends without a word. */
export class BrokenOffError extends Error {
  override readonly name = "BrokenOffError"
  readonly temporary = true

  constructor(cause: unknown) {
    super("a message was broken off", { cause })
  }
}
