import type { Claimed } from "../contract.ts"

/**
 * Which way mail for a domain goes: by its own records, by a server that the operator names for it, or by the smart host
 * that all the rest goes to.
 */
export type Route =
  | { readonly kind: "mx"; readonly domain: string }
  /** A transport: this server, for this domain. */
  | { readonly kind: "transport"; readonly domain: string; readonly host: string; readonly port: number }
  | { readonly kind: "smart-host"; readonly domain: string; readonly host: string; readonly port: number }

export interface NamedHost {
  /** A name in lower case, or an IP address without brackets. */
  readonly host: string
  readonly port: number
}

export interface Routes {
  readonly smartHost?: NamedHost
  /** By domain, lower case, A-labels. */
  readonly transports: ReadonlyMap<string, NamedHost>
}

/** As `[sending]` has them. */
export function routesOf({
  smartHost,
  transports,
}: {
  readonly smartHost: NamedHost | false
  readonly transports: readonly (NamedHost & { readonly domain: string })[]
}): Routes {
  return {
    transports: new Map(transports.map(({ domain, host, port }) => [domain, { host, port }])),
    ...(smartHost === false ? {} : { smartHost }),
  }
}

/** Who passes a domain's mail on, and speaks in its place; a transport counts as the domain's own. */
export function relayOf(domain: string, routes: Routes): string | undefined {
  const route = routeOf(domain, routes)
  return route.kind === "smart-host" ? route.host : undefined
}

export function routeOf(domain: string, { smartHost, transports }: Routes): Route {
  const transport = transports.get(domain)
  if (transport !== undefined) return { kind: "transport", domain, ...transport }
  return smartHost === undefined ? { kind: "mx", domain } : { kind: "smart-host", domain, ...smartHost }
}

/**
 * How much a mail asks of TLS: what the domain has published and no more; a verified connection, whoever asks for none
 * (RFC 8689); or nothing at all, so that a report about TLS that fails gets through where TLS fails (RFC 8460 §3).
 */
export type TlsAsked = "as-published" | "required" | "nothing"

/** What the operator has named is no server of the domain's own: it is asked for what it always is. */
export function tlsAskedOf(
  route: Route,
  { kind, requireTls }: Pick<Claimed, "kind" | "requireTls">,
): TlsAsked {
  if (requireTls) return "required"
  return kind === "tls-report" && route.kind === "mx" ? "nothing" : "as-published"
}

/** Mail with the same key can follow on the same connection. */
export function destinationOf(route: Route, asked: TlsAsked): string {
  const place = route.kind === "mx" ? route.domain : `${route.kind} ${route.host}:${route.port}`
  switch (asked) {
    case "as-published":
      return place
    case "required":
      return `${place} under TLS`
    case "nothing":
      return `${place} whatever TLS`
  }
}
