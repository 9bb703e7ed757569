/**
 * What the client opens with (RFC 5802 §7):
 *
 *     client-first-message      = gs2-header client-first-message-bare
 *     gs2-header                = gs2-cbind-flag "," [authzid] ","
 *     gs2-cbind-flag            = ("p=" cb-name) / "n" / "y"
 *     authzid                   = "a=" saslname
 *     client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions]
 *     username                  = "n=" saslname
 *     nonce                     = "r=" printable
 */
import type { ChannelBindings } from "../channel-bindings.ts"
import { type Malformed, malformed, textOf } from "../text.ts"
import { isBindingName, isExtension, isNonce, MAX_MESSAGE, MAX_NONCE, readSaslName } from "./grammar.ts"
import type { ScramMechanism } from "./mechanisms.ts"

export interface ClientFirst {
  readonly kind: "client-first"
  readonly name: string
  readonly nonce: string
  /** What the client has to say again at the end: header and octets of the binding. */
  readonly channelBinding: Buffer
  /** The message without its header, for the proof. */
  readonly bare: string
}

/** `bindings`: what this connection can be bound to; where there is something, "-PLUS" was offered. */
export function readClientFirst(
  mechanism: ScramMechanism,
  bindings: ChannelBindings,
  message: Uint8Array,
): ClientFirst | Malformed {
  if (message.length > MAX_MESSAGE) return malformed("too long")
  const text = textOf(message)
  if (text === undefined) return malformed("not UTF-8")
  const [flag = "", authzid, user, nonce, ...extensions] = text.split(",")
  if (authzid === undefined || user === undefined || nonce === undefined) return malformed("too few fields")
  const bound = readFlag(mechanism, bindings, flag)
  if (bound.kind === "malformed") return bound

  // RFC 5802 §5.1: "m=" must not be used by now; with it the exchange fails, since no user name comes first.
  const name = user.startsWith("n=") ? readSaslName(user.slice(2)) : undefined
  if (name === undefined) return malformed("no user name")
  if (authzid !== "" && (!authzid.startsWith("a=") || readSaslName(authzid.slice(2)) !== name)) {
    return malformed("for another than the one who signs in")
  }
  const clientNonce = nonce.slice(2)
  if (!nonce.startsWith("r=") || !isNonce(clientNonce) || clientNonce.length > MAX_NONCE) {
    return malformed("no nonce")
  }
  if (!extensions.every(isExtension)) return malformed("an extension out of form, or one that must be known")

  const header = `${flag},${authzid},`
  return {
    kind: "client-first",
    name,
    nonce: clientNonce,
    channelBinding: Buffer.concat([Buffer.from(header, "utf8"), bound.octets]),
    bare: text.slice(header.length),
  }
}

type Bound = { readonly kind: "bound"; readonly octets: Buffer } | Malformed

function readFlag(mechanism: ScramMechanism, bindings: ChannelBindings, flag: string): Bound {
  const plus = mechanism === "SCRAM-SHA-256-PLUS"
  if (flag === "n" || flag === "y") {
    if (plus) return malformed("-PLUS without a binding")
    // RFC 5802 §6: the client can bind and believes that we cannot: somebody took the offer away on its way.
    if (flag === "y" && bindings.size > 0) return malformed("the offer of channel binding was taken away")
    return { kind: "bound", octets: Buffer.alloc(0) }
  }
  const type = flag.slice(2)
  if (!flag.startsWith("p=") || !isBindingName(type)) return malformed("no such flag of channel binding")
  if (!plus) return malformed("a binding without -PLUS")
  const octets = bindings.get(type)
  // RFC 5802 §6: a type that the server does not have fails the exchange.
  return octets === undefined
    ? malformed("a binding that this connection has not")
    : { kind: "bound", octets }
}
