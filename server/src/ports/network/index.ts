/**
 * The one place that opens outgoing sockets, each with an Egress permit that only `privacy` mints. Today that
 * is the DNS, mail servers elsewhere, web servers with their policies, and this server's own mail door for the first try.
 */
export { connectTo } from "./connect.ts"
export {
  connectMail,
  type Dialled,
  type Ears,
  type MailConnection,
  type MailDial,
} from "./connect-mail.ts"
export { type DnsServer, dnsServers } from "./dns-servers.ts"
export type { Egress, EgressError, EgressRecipient } from "./egress.ts"
export { fetchPolicy, type PolicyAnswer, type PolicyQuestion } from "./fetch-policy.ts"
export { type Addresses, type HttpsAnswer, type HttpsRequest, httpsRequest } from "./https-request.ts"
export { lookUpHost } from "./look-up.ts"
export { mayGo } from "./may-go.ts"
export { createResolver, type OwnResolver, type ResolverOptions } from "./resolver.ts"
export { machineRoots, type Roots } from "./roots.ts"
export type { Handshake, NameFound, Shaken } from "./shake-hands.ts"
export { createTurnstile } from "./turnstile.ts"
