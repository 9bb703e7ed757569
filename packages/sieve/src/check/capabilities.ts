/** What `require` takes: all that is built, and nothing else. */
export const capabilities = [
  "fileinto", // RFC 5228 §4.1
  "envelope", // RFC 5228 §5.4
  "encoded-character", // RFC 5228 §2.4.2.4
  "comparator-i;octet", // RFC 5228 §2.7.3
  "comparator-i;ascii-casemap", // RFC 5228 §2.7.3
  "comparator-i;ascii-numeric", // RFC 4790 §9.1
  "reject", // RFC 5429 §2.2
  "ereject", // RFC 5429 §2.1
  "copy", // RFC 3894
  "variables", // RFC 5229
  "relational", // RFC 5231
  "imap4flags", // RFC 5232
  "subaddress", // RFC 5233
  "body", // RFC 5173
  "vacation", // RFC 5230
  "vacation-seconds", // RFC 6131
  "date", // RFC 5260 §4
  "index", // RFC 5260 §6
  "mailbox", // RFC 5490 §3
  "special-use", // RFC 8579
  "duplicate", // RFC 7352
  "ihave", // RFC 5463
] as const

export type Capability = (typeof capabilities)[number]

const known: ReadonlySet<string> = new Set(capabilities)

export function isCapability(name: string): name is Capability {
  return known.has(name)
}

/** What brings another along: RFC 6131 §2, RFC 5463 does not. */
export const impliedBy: Readonly<Partial<Record<Capability, readonly Capability[]>>> = {
  "vacation-seconds": ["vacation"],
}
