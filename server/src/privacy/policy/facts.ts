/**
 * What an operator's settings make of the policy: who runs the server, and what is switched on. A sentence about
 * what is switched off does not appear.
 */
export interface PolicyFacts {
  /** Empty where the operator did not say. */
  readonly operator: {
    readonly name: string
    readonly address: string
    readonly contact: string
    readonly regions: readonly string[]
  }
  readonly switchedOn: ReadonlySet<Feature>
}

/**
 * `checks`: SPF, DKIM, DMARC and ARC of what comes in. `sending`: people here can send mail to others outside, by a
 * program or by a filter of theirs; `smart-host`: through a server of the operator's choice. `tls-reports`: domains
 * that ask for it are told how connections to their mail servers went; `dmarc-reports`: and what was sent here in their
 * name. `acme`: certificates are
 * fetched from an authority. `given-database`: the operator names the database, which may
 * stand on another machine; otherwise it is the server's own, on this one.
 */
export type Feature =
  | "smtp"
  | "imap"
  | "pop3"
  | "http"
  | "checks"
  | "given-database"
  | "sending"
  | "smart-host"
  | "tls-reports"
  | "dmarc-reports"
  | "acme"

/** Settings of `[operator]` that are empty, as they are called in letterkeep.toml. */
export function missingFacts({ operator }: PolicyFacts): readonly string[] {
  const { name, address, contact, regions } = operator
  const empty = (value: string | readonly string[]) => value.length === 0
  return Object.entries({ name, address, contact, regions })
    .filter(([, value]) => empty(value))
    .map(([key]) => key)
}
