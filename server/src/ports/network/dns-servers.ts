import { readFileSync } from "node:fs"
import { isIP } from "node:net"

export interface DnsServer {
  /** An IP address. */
  readonly host: string
  readonly port: number
  /** Its AD bit counts (RFC 4035 §4.9.3): the operator named it, or it is on this machine. */
  readonly trusted: boolean
}

/** As many as the C library reads. */
const maxServers = 3

/**
 * The servers to ask: those that the configuration names, or else the machine's. Without any, this machine's
 * own, which then is either there or "unreachable".
 */
export function dnsServers(
  configured: readonly { readonly host: string; readonly port: number }[],
  resolvConf: string = readResolvConf(),
): readonly DnsServer[] {
  if (configured.length > 0) return configured.map(({ host, port }) => ({ host, port, trusted: true }))
  const found = [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map(match => match[1] ?? "")
    .filter(host => isIP(host) !== 0)
    .slice(0, maxServers)
  const hosts = found.length > 0 ? found : ["127.0.0.1"]
  return hosts.map(host => ({ host, port: 53, trusted: isLoopback(host) }))
}

function readResolvConf(): string {
  try {
    return readFileSync("/etc/resolv.conf", "utf8")
  } catch {
    return "" // a machine without one: its own resolver is asked
  }
}

function isLoopback(host: string): boolean {
  return host === "::1" || host.startsWith("127.")
}
