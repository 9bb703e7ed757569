/**
 * SASL for servers (RFC 4422): what a client's messages say, and what is answered to them. PLAIN (RFC 4616), and
 * SCRAM-SHA-256 with and without channel binding (RFC 5802, RFC 7677). Who a name is and which keys are right is the
 * caller's to know; here are no accounts, no clock and no chance. Every message has a bounded length.
 */
export { MAX_SASL_TEXT, readSaslText, saslText } from "./base64.ts"
export { type ChannelBindings, channelBindingsOf, type TlsSide } from "./channel-bindings.ts"
export { type PlainMessage, readPlain } from "./plain.ts"
export { type ClientFinal, readClientFinal } from "./scram/client-final.ts"
export { type ClientFirst, readClientFirst } from "./scram/client-first.ts"
export { type ScramKeys, scramKeys } from "./scram/keys.ts"
export { isScramMechanism, type ScramMechanism, scramMechanisms } from "./scram/mechanisms.ts"
export {
  clientKeyFrom,
  type ServerFirst,
  writeServerFinal,
  writeServerFirst,
} from "./scram/server-messages.ts"
export type { Malformed } from "./text.ts"
