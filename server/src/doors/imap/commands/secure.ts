/** Whether STARTTLS and COMPRESS may be done now; the connection does them once the answer is written. */
import { noTls, signInFirst } from "../answers.ts"
import type { Answer } from "../handler.ts"

export interface HowItIs {
  readonly signedIn: boolean
  readonly secured: boolean
  readonly compressed: boolean
  /** There is a certificate. */
  readonly canSecure: boolean
  /** Octets that the client has sent behind the command. */
  readonly waiting: number
}

/** RFC 9051 §6.2.1 */
export function mayStartTls({ signedIn, secured, canSecure }: HowItIs): Answer {
  if (signedIn) return { kind: "bad", text: "STARTTLS comes before sign-in" }
  if (secured) return { kind: "bad", text: "TLS is on already" }
  return canSecure ? { kind: "ok", text: "Begin TLS" } : noTls
}

/** RFC 4978 §3 */
export function mayCompress({ signedIn, compressed, waiting }: HowItIs, mechanism: string): Answer {
  if (!signedIn) return signInFirst
  if (mechanism.toUpperCase() !== "DEFLATE") return { kind: "bad", text: "DEFLATE is the one mechanism here" }
  if (compressed) return { kind: "no", code: "COMPRESSIONACTIVE", text: "That is so already" }
  if (waiting > 0) return { kind: "bad", text: "Wait for the answer to COMPRESS before you say more" }
  return { kind: "ok", text: "Compressed from here on" }
}
