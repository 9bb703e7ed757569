/**
 * The side that signs in (RFC 4422 §3): what it says first, if it speaks first, and its answer to each challenge.
 */
export interface SaslClient {
  /** In upper case. */
  readonly name: string
  /** The first message, where the client speaks first; it may be empty. */
  readonly initial?: Uint8Array
  /**
   * The answer to a challenge; `undefined` where the server said what it must not, and the exchange is to be taken back.
   */
  respond(challenge: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * Has the server said all that it owes? Where it says yes without, it has not shown who it is, and nothing is to be
   * given to it.
   */
  readonly complete: boolean
}

/** Who signs in, and by which secret. */
export interface Credentials {
  readonly name: string
  readonly secret: string
}

/** A secret that no mechanism can carry is a mistake of the caller's. */
export function checkCredentials({ name, secret }: Credentials, longest: number): void {
  for (const text of [name, secret]) {
    if (text === "" || text.includes("\0") || Buffer.byteLength(text) > longest)
      throw new RangeError("a name or a secret is empty, too long, or has a NUL")
  }
}
