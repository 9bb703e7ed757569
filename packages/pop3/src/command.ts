/**
 * What a client asks, as values (RFC 1939 §5 to §7, RFC 2449 §5, RFC 2595 §4, RFC 5034 §4). Messages are counted from
 * 1; whether there is one with a number is the caller's to know.
 */
export type Command =
  | { readonly name: "CAPA" | "STLS" | "STAT" | "NOOP" | "RSET" | "QUIT" }
  | { readonly name: "USER"; readonly user: string }
  /** Everything behind the first space, spaces too. */
  | { readonly name: "PASS"; readonly password: string }
  /** `initial`: the initial response, still in base 64; "=" is one without octets. */
  | { readonly name: "AUTH"; readonly mechanism: string; readonly initial: string | undefined }
  | { readonly name: "LIST"; readonly message: number | undefined }
  | { readonly name: "UIDL"; readonly message: number | undefined }
  | { readonly name: "RETR"; readonly message: number }
  | { readonly name: "DELE"; readonly message: number }
  | { readonly name: "TOP"; readonly message: number; readonly lines: number }

export type CommandOf<N extends Command["name"]> = Extract<Command, { readonly name: N }>
