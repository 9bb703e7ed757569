import { type FutureRelease, longestHold, releaseOffer } from "./grammar/release.ts"
import type { SmtpLimits } from "./limits.ts"
import { encodeReply, type Reply } from "./reply.ts"

/**
 * What all receivers of one door share: its name, its limits, and the answers to EHLO, made once where they stay the same.
 */
export interface Profile {
  readonly hostname: string
  readonly limits: SmtpLimits
  /** May the peer ask for STARTTLS now? Read at each EHLO: certificates may come and go. */
  readonly offersTls: () => boolean
  /** There where people hand in their own mail: it may wait here until the time that they name. */
  readonly futureRelease?: FutureRelease
  readonly banner: Reply
  readonly helo: Reply
  /** `mechanisms`: of AUTH; none where it is not offered. */
  readonly ehlo: (secure: boolean, mechanisms: readonly string[]) => Reply
}

export interface ProfileOptions {
  /** Said in the banner and in EHLO: RFC 5321 §4.1.1.1. */
  readonly hostname: string
  readonly limits: SmtpLimits
  readonly offersTls: () => boolean
  /** For a submission server alone: RFC 4865 §3. */
  readonly futureRelease?: FutureRelease
}

/** Throws RangeError where `futureRelease` could not be said in an answer to EHLO. */
export function makeProfile({ hostname, limits, offersTls, futureRelease }: ProfileOptions): Profile {
  const most = futureRelease?.mostSeconds ?? 1
  if (!Number.isInteger(most) || most < 1 || most > longestHold)
    throw new RangeError(`${most} seconds to wait at most`)
  const ehlo = (secure: boolean, tls: boolean, mechanisms: readonly string[] = []): Reply => ({
    code: 250,
    text: [
      hostname,
      "PIPELINING",
      `SIZE ${limits.messageBytes}`,
      "8BITMIME",
      "SMTPUTF8",
      "CHUNKING",
      "ENHANCEDSTATUSCODES",
      // Departs from RFC 3461 §5.2.3: NOTIFY=SUCCESS is read, and handed on with what goes elsewhere, but no report of
      // a final delivery here is sent. Such mail is kept before 250 is said: no failure or delay is left to report.
      "DSN",
      `LIMITS RCPTMAX=${announced(limits.recipients)} MAILMAX=${announced(limits.transactions)}`, // RFC 9422 §4
      ...(futureRelease === undefined ? [] : [`FUTURERELEASE ${releaseOffer(futureRelease)}`]), // RFC 4865 §3
      ...(mechanisms.length > 0 ? [`AUTH ${mechanisms.join(" ")}`] : []), // RFC 4954 §3
      ...(secure ? ["REQUIRETLS"] : []), // RFC 8689 §2: only inside TLS
      ...(tls && !secure ? ["STARTTLS"] : []), // RFC 3207 §4.2: not again inside TLS
    ],
  })
  const plain = ehlo(false, false)
  const offering = ehlo(false, true)
  const secured = ehlo(true, false)
  const helo: Reply = { code: 250, text: hostname }
  const banner: Reply = { code: 220, text: `${hostname} ESMTP` }
  for (const reply of [plain, offering, secured, helo, banner]) encodeReply(reply)
  return {
    hostname,
    limits,
    offersTls,
    ...(futureRelease === undefined ? {} : { futureRelease }),
    banner,
    helo,
    ehlo(secure, mechanisms) {
      const tls = !secure && offersTls()
      if (mechanisms.length > 0 || futureRelease !== undefined) return ehlo(secure, tls, mechanisms)
      return secure ? secured : tls ? offering : plain
    },
  }
}

/** RFC 9422 §4.1: six digits at most. */
function announced(limit: number): number {
  return Math.min(999_999, limit)
}
