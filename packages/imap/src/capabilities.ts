/**
 * What the server says it can do, in one table: each capability with the moments at which it is announced. A check
 * compares: no capability stands here without a test whose name holds it (`scripts/check-capabilities.ts`).
 *
 *     capability-data = "CAPABILITY" *(SP capability) SP "IMAP4rev2" *(SP capability)       RFC 9051 §9
 */

/** Where a connection is. */
export interface CapabilityMoment {
  readonly signedIn: boolean
  /** STARTTLS may be given now. */
  readonly startTls: boolean
  /** LOGIN and PLAIN are taken now: over TLS, or where plain text is allowed. */
  readonly passwords: boolean
  /** Over TLS; SCRAM is for there alone. */
  readonly scram: boolean
  /** The TLS connection gives something to bind to (RFC 5929, RFC 9266). */
  readonly channelBinding: boolean
  /** COMPRESS may be given now: not twice. */
  readonly mayCompress: boolean
  /** Octets of the largest message that APPEND takes. */
  readonly appendLimit: number
}

interface Capability {
  readonly name: string
  readonly when: (moment: CapabilityMoment) => boolean
  /** What stands behind "=" where that depends on the moment. */
  readonly value?: (moment: CapabilityMoment) => string
}

const always = (): boolean => true
const signedIn = (moment: CapabilityMoment): boolean => moment.signedIn
const before = (moment: CapabilityMoment): boolean => !moment.signedIn

export const capabilityTable: readonly Capability[] = [
  { name: "IMAP4rev1", when: always }, // RFC 3501
  { name: "IMAP4rev2", when: always }, // RFC 9051
  { name: "STARTTLS", when: moment => before(moment) && moment.startTls }, // RFC 9051 §6.2.1
  { name: "LOGINDISABLED", when: moment => before(moment) && !moment.passwords }, // RFC 9051 §6.2.3
  { name: "AUTH=PLAIN", when: moment => before(moment) && moment.passwords }, // RFC 4616
  { name: "AUTH=SCRAM-SHA-256", when: moment => before(moment) && moment.scram }, // RFC 7677
  {
    name: "AUTH=SCRAM-SHA-256-PLUS", // RFC 5802 §6
    when: moment => before(moment) && moment.scram && moment.channelBinding,
  },
  { name: "SASL-IR", when: before }, // RFC 4959
  // RFC 7888 §5: one of the two. Strangers' literals are small; who has signed in may send any without waiting.
  { name: "LITERAL-", when: before },
  { name: "LITERAL+", when: signedIn },
  { name: "ID", when: always }, // RFC 2971
  { name: "ENABLE", when: always }, // RFC 5161
  { name: "IDLE", when: signedIn }, // RFC 2177
  { name: "NAMESPACE", when: signedIn }, // RFC 2342
  { name: "UNSELECT", when: signedIn }, // RFC 3691
  { name: "UIDPLUS", when: signedIn }, // RFC 4315
  { name: "MOVE", when: signedIn }, // RFC 6851
  { name: "REPLACE", when: signedIn }, // RFC 8508
  { name: "CONDSTORE", when: signedIn }, // RFC 7162
  { name: "QRESYNC", when: signedIn }, // RFC 7162
  { name: "ESEARCH", when: signedIn }, // RFC 4731
  { name: "SEARCHRES", when: signedIn }, // RFC 5182
  { name: "ESORT", when: signedIn }, // RFC 5267
  { name: "WITHIN", when: signedIn }, // RFC 5032
  { name: "SORT", when: signedIn }, // RFC 5256
  { name: "THREAD=ORDEREDSUBJECT", when: signedIn }, // RFC 5256
  { name: "THREAD=REFERENCES", when: signedIn }, // RFC 5256
  { name: "LIST-EXTENDED", when: signedIn }, // RFC 5258
  { name: "LIST-STATUS", when: signedIn }, // RFC 5819
  { name: "SPECIAL-USE", when: signedIn }, // RFC 6154
  { name: "CREATE-SPECIAL-USE", when: signedIn }, // RFC 6154
  { name: "STATUS=SIZE", when: signedIn }, // RFC 8438
  { name: "BINARY", when: signedIn }, // RFC 3516
  { name: "MULTIAPPEND", when: signedIn }, // RFC 3502
  { name: "APPENDLIMIT", when: signedIn, value: moment => String(moment.appendLimit) }, // RFC 7889
  { name: "OBJECTID", when: signedIn }, // RFC 8474
  { name: "PREVIEW", when: signedIn }, // RFC 8970
  { name: "SAVEDATE", when: signedIn }, // RFC 8514
  { name: "UTF8=ACCEPT", when: signedIn }, // RFC 6855
  { name: "COMPRESS=DEFLATE", when: moment => moment.signedIn && moment.mayCompress }, // RFC 4978
  { name: "QUOTA", when: signedIn }, // RFC 9208
  { name: "QUOTA=RES-STORAGE", when: signedIn }, // RFC 9208
]

/** Of this moment, with a space between two; the same behind `* CAPABILITY` and in `[CAPABILITY …]`. */
export function capabilities(moment: CapabilityMoment): string {
  return capabilityTable
    .filter(({ when }) => when(moment))
    .map(({ name, value }) => (value === undefined ? name : `${name}=${value(moment)}`))
    .join(" ")
}
