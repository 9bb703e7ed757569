import { readStatus } from "@letterkeep/dsn"
import type { EnhancedCode } from "@letterkeep/smtp"
import type { FarWord, Tried, WhyNot } from "../contract.ts"

/**
 * The status code of a failure, for a report (RFC 3463): the far side's own where it gave one that fits, or what stands
 * for why it failed. The first digit says whether it was for good.
 */
export function statusOf(tried: Exclude<Tried, { readonly kind: "handed-over" }>): EnhancedCode {
  const first = tried.kind === "never" ? "5" : "4"
  const own = tried.reply === undefined ? undefined : ownStatus(tried.reply)
  const code =
    own ??
    (tried.why === "refused" && tried.reply !== undefined
      ? bySmtpCode(tried.reply.code)
      : byReason[tried.why])
  return `${first}.${code.slice(2)}` as EnhancedCode // the same form with another first digit
}

function ownStatus({ code, enhanced }: FarWord): EnhancedCode | undefined {
  const read = enhanced === undefined ? undefined : readStatus(enhanced)
  return read?.startsWith(String(code)[0] ?? "") === true ? read : undefined
}

/** Servers without enhanced codes: RFC 5321 §4.2.3 says what theirs are about. */
function bySmtpCode(code: number): EnhancedCode {
  switch (code) {
    case 450:
    case 550:
    case 551:
    case 553:
      return "5.1.0"
    case 452:
    case 552:
      return "5.2.2"
    case 530:
    case 535:
      return "5.7.0"
    default:
      return "5.0.0"
  }
}

/** By their subject and detail: the first digit is set by how it ended. */
const byReason: { readonly [W in WhyNot]: EnhancedCode } = {
  refused: "5.0.0",
  "null-mx": "5.1.10", // RFC 7505 §4.2
  "no-such-domain": "5.1.2",
  "dns-failed": "5.4.3",
  unreachable: "5.4.1",
  "timed-out": "5.4.2",
  "connection-lost": "5.4.2",
  nonsense: "5.5.0",
  "no-tls": "5.7.10",
  unverified: "5.7.5",
  "needs-smtputf8": "5.6.7", // RFC 6531 §3.5
  "needs-8bitmime": "5.6.3",
  "needs-requiretls": "5.7.30", // RFC 8689 §7.1
  "too-big": "5.3.4",
  "trouble-here": "5.3.0",
  "loops-back": "5.4.6",
  expired: "5.4.7",
  "taken-out": "5.7.0",
}
