import type { EnhancedCode } from "../reply.ts"
import type { Capabilities } from "./capabilities.ts"
import { type Envelope, isInternational } from "./envelope.ts"
import type { Obstacle, RecipientOutcome } from "./outcome.ts"

/** Of a recipient who keeps the message from nobody else. */
export const addressNeedsSmtputf8 = impossible("needs-smtputf8", "5.6.7")

/**
 * What makes a message impossible to send to a server, before a word is said of it. Nothing is rewritten on the way:
 * a message that needs what the far side lacks goes back to its sender.
 */
export function findObstacle(
  envelope: Envelope,
  capabilities: Capabilities,
  tls: { readonly verified: boolean } | undefined,
): RecipientOutcome | undefined {
  const { sender } = envelope
  if (sender.requireTls) {
    // RFC 8689 §4.2.1: TLS with a certificate that holds, and a server that passes the demand on.
    if (tls?.verified !== true) return impossible("needs-verified-tls", "5.7.30")
    if (!capabilities.requireTls) return impossible("needs-requiretls", "5.7.30")
  }
  // RFC 6531 §4.2: X.6.7 for addresses, X.6.9 for a header.
  if (!capabilities.smtputf8) {
    const isForNobody = envelope.recipients.every(({ path }) => isInternational(path))
    if (isInternational(sender.path) || isForNobody) return addressNeedsSmtputf8
    if (sender.smtputf8) return impossible("needs-smtputf8", "5.6.9")
  }
  // RFC 6152 §3: what is not converted is returned.
  if (sender.body === "8BITMIME" && !capabilities.eightBitMime) return impossible("needs-8bitmime", "5.6.3")
  const { size = 0 } = capabilities
  if (size > 0 && sender.size !== undefined && sender.size > size) return impossible("too-big", "5.3.4") // RFC 1870 §6.1
  return undefined
}

export function impossible(why: Obstacle, enhanced: EnhancedCode): RecipientOutcome {
  return { kind: "impossible", why, enhanced }
}
