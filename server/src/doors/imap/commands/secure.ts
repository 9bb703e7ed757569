/** Whether STARTTLS and COMPRESS may be done now; the connection does them once the answer is written. */
import { noTls, signInFirst } from "../answers.ts"
import type { Answer } from "../handler.ts"
import type { HowItIs } from "../how-it-is.ts"

/** RFC 9051 §6.2.1 */
export function mayStartTls({ signedIn, tls, canSecure }: HowItIs): Answer {
  if (signedIn) return { kind: "bad", text: "STARTTLS comes before sign-in" }
  if (tls !== undefined) return { kind: "bad", text: "TLS is on already" }
  return canSecure ? { kind: "ok", text: "Begin TLS" } : noTls
}

/** RFC 4978 §3. `waiting`: octets that the client has sent behind the command. */
export function mayCompress({ signedIn, compressed }: HowItIs, waiting: number, mechanism: string): Answer {
  if (!signedIn) return signInFirst
  if (mechanism.toUpperCase() !== "DEFLATE") return { kind: "bad", text: "DEFLATE is the one mechanism here" }
  if (compressed) return { kind: "no", code: "COMPRESSIONACTIVE", text: "That is so already" }
  if (waiting > 0) return { kind: "bad", text: "Wait for the answer to COMPRESS before you say more" }
  return { kind: "ok", text: "Compressed from here on" }
}
