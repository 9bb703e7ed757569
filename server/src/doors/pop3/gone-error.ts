/** The client has gone, or was told to: whoever serves it stops. No mistake, and not logged. */
export class GoneError extends Error {
  override readonly name = "GoneError"
  readonly temporary = false

  constructor() {
    super("the client has gone")
  }
}
