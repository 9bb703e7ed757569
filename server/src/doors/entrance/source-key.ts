import { BlockList, isIPv4, isIPv6 } from "node:net"
import { ipPrefix, plainIp } from "../../ports/ip-prefix.ts"

/**
 * Whom limits are counted against: one IPv4 address, or the /64 of an IPv6 address, since one customer has all
 * of it at least. IPv4 in IPv6 counts as IPv4.
 */
export function sourceKey(ip: string): string {
  return ipPrefix(ip, { v4: 32, v6: 64 }) ?? ip
}

/** A set of networks such as `192.0.2.0/24`, `2001:db8::/32` or single addresses; throws on what is neither. */
export function networks(list: readonly string[]): (ip: string) => boolean {
  const known = new BlockList()
  for (const entry of list) {
    const [address = "", prefix] = entry.split("/")
    const family = isIPv4(address) ? "ipv4" : isIPv6(address) ? "ipv6" : undefined
    const bits = prefix === undefined ? (family === "ipv4" ? 32 : 128) : Number(prefix)
    if (family === undefined || !Number.isInteger(bits)) throw new TypeError(`not a network: ${entry}`)
    known.addSubnet(address, bits, family)
  }
  return ip => {
    const plain = plainIp(ip)
    return known.check(plain, isIPv6(plain) ? "ipv6" : "ipv4")
  }
}
