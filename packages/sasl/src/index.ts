/**
 * SASL (RFC 4422). For servers: what a client's messages say, and what is answered to them. For clients: what is said
 * and what is answered to challenges. PLAIN (RFC 4616), LOGIN, and SCRAM-SHA-256 with and without channel binding
 * (RFC 5802, RFC 7677). Who a name is and which keys are right is the caller's to know; here are no accounts,
 * no clock and no chance. Every message has a bounded length.
 */
export { MAX_SASL_TEXT, readSaslText, saslText } from "./base64.ts"
export { type ChannelBindings, channelBindingsOf, type TlsSide } from "./channel-bindings.ts"
export { loginClient, plainClient } from "./client/plain-client.ts"
export type { Credentials, SaslClient } from "./client/sasl-client.ts"
export { type ScramOptions, scramClient } from "./client/scram-client.ts"
export { loginChallenges, readLoginWord } from "./login.ts"
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
