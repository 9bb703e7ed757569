/**
 * What the client closes with (RFC 5802 §7):
 *
 *     client-final-message               = client-final-message-without-proof "," proof
 *     client-final-message-without-proof = channel-binding "," nonce ["," extensions]
 *     channel-binding                    = "c=" base64       gs2-header and the binding's octets
 *     proof                              = "p=" base64
 */
import { timingSafeEqual } from "node:crypto"
import { readBase64 } from "../base64.ts"
import { type Malformed, malformed, textOf } from "../text.ts"
import type { ClientFirst } from "./client-first.ts"
import { isExtension, MAX_MESSAGE } from "./grammar.ts"
import { KEY_BYTES } from "./keys.ts"
import type { ServerFirst } from "./server-messages.ts"

export interface ClientFinal {
  readonly kind: "client-final"
  /** What proof and verifier are made over (RFC 5802 §3). */
  readonly authMessage: Buffer
  readonly proof: Buffer
}

export function readClientFinal(
  first: ClientFirst,
  serverFirst: ServerFirst,
  message: Uint8Array,
): ClientFinal | Malformed {
  if (message.length > MAX_MESSAGE) return malformed("too long")
  const text = textOf(message)
  if (text === undefined) return malformed("not UTF-8")
  const lastComma = text.lastIndexOf(",")
  const withoutProof = text.slice(0, Math.max(0, lastComma))
  const proofText = text.slice(lastComma + 1)
  const [binding = "", nonce, ...extensions] = withoutProof.split(",")

  const proof = proofText.startsWith("p=") ? readBase64(proofText.slice(2)) : undefined
  if (proof === undefined || proof.length !== KEY_BYTES) return malformed("no proof")
  if (!extensions.every(isExtension)) return malformed("an extension out of form, or one that must be known")
  // RFC 5802 §5.1: the nonce is the one just sent.
  if (nonce !== `r=${serverFirst.nonce}`) return malformed("another exchange's nonce")
  const bound = binding.startsWith("c=") ? readBase64(binding.slice(2)) : undefined
  // RFC 5802 §6: header and binding are those of the first message and of this connection.
  if (bound === undefined || !sameOctets(bound, first.channelBinding)) {
    return malformed("bound to another connection")
  }
  // RFC 5802 §3
  const authMessage = Buffer.from(`${first.bare},${serverFirst.text},${withoutProof}`, "utf8")
  return { kind: "client-final", authMessage, proof }
}

function sameOctets(some: Buffer, others: Buffer): boolean {
  return some.length === others.length && timingSafeEqual(some, others)
}
