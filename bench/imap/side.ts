/** One of the servers that are compared: how to reach it and what to measure of it. One person, in plain text. */
export interface ImapSide {
  readonly name: string
  /** On 127.0.0.1, without TLS: encryption would be most of what is measured. */
  readonly port: number
  readonly user: string
  readonly password: string
  /** Its process trees, by the program at the root. */
  readonly trees: readonly { readonly program: string; readonly pid: number }[]
  /** What it has to do after a mailbox was filled and would do by itself in time: indexing for searches. */
  prepare(mailbox: string): Promise<void>
  /** The last of what it logged that is no success, for a bench that failed. */
  complaints(): Promise<string>
  stop(): Promise<void>
}
