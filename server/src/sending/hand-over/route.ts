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

export function routeOf(domain: string, { smartHost, transports }: Routes): Route {
  const transport = transports.get(domain)
  if (transport !== undefined) return { kind: "transport", domain, ...transport }
  return smartHost === undefined ? { kind: "mx", domain } : { kind: "smart-host", domain, ...smartHost }
}

/** Mail with the same key can follow on the same connection. */
export function destinationOf(route: Route, requireTls: boolean): string {
  const place = route.kind === "mx" ? route.domain : `${route.kind} ${route.host}:${route.port}`
  return requireTls ? `${place} under TLS` : place
}
