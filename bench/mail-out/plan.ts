/** What is compared, in the words that the parts of this bench have in common. */

/** How a mail is signed on its way. */
export type Signed = "none" | "rsa" | "ed25519" | "both"

export const everySigned: readonly Signed[] = ["none", "rsa", "ed25519", "both"]

/** Connections to the sink, and connections that mails are handed in by. */
export const CONNECTIONS = 20
/** Domains that the mails go to, in turn; each has a mail server, of an address of its own, that is the sink. */
export const FAR_DOMAINS = 20
/** Octets of a mail. */
export const SIZE = 20_000

/** Mails are written by as many people as there are connections, all of this domain. */
export const domainOf = (signed: Signed): string => `${signed}.bench.example`

export const writerOf = (signed: Signed, connection: number): string =>
  `writer${connection}@${domainOf(signed)}`

export const farDomain = (no: number): string => `far${no}.example`
export const farAddress = (no: number): string => `127.0.1.${no + 1}`

/** One of the two that are compared, with all that it is asked to do. */
export interface Side {
  readonly name: string
  /** Those that it can do, and where mail is handed in for each. */
  readonly ports: Readonly<Partial<Record<Signed, number>>>
  /** Its process trees, by the name of the program at the root. */
  readonly trees: readonly { readonly program: string; readonly pid: number }[]
  /** Base64 for AUTH PLAIN; undefined: nobody has to sign in. */
  proof(signed: Signed, connection: number): string | undefined
  /** TXT records by name with which its signatures are checked. */
  readonly records: Readonly<Record<string, string>>
  /** Mails in its queue, by its own word. */
  waiting(): Promise<number>
  /** The last of what it logged that is no success. */
  complaints(): Promise<string>
  stop(): Promise<void>
}
