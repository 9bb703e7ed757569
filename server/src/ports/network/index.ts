/**
 * The one place that opens outgoing sockets, each with an Egress permit that only `privacy` mints. Today that
 * is the DNS, and this server's own mail door for the first try.
 */
export { connectTo } from "./connect.ts"
export { type DnsServer, dnsServers } from "./dns-servers.ts"
export type { Egress, EgressError, EgressRecipient } from "./egress.ts"
export { createResolver, type OwnResolver, type ResolverOptions } from "./resolver.ts"
export { createTurnstile } from "./turnstile.ts"
