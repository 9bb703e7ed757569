import { BlockList, isIPv4, isIPv6 } from "node:net"

/**
 * Whom limits are counted against: one IPv4 address, or the /64 of an IPv6 address, since one customer has all
 * of it at least. IPv4 in IPv6 (RFC 4291 §2.5.5.2) counts as IPv4.
 */
export function sourceKey(ip: string): string {
  const plain = plainIp(ip)
  if (!isIPv6(plain)) return plain
  const [head = "", tail] = plain.toLowerCase().replace(/%.*$/, "").split("::")
  const left = head === "" ? [] : head.split(":")
  const right = tail === undefined || tail === "" ? [] : tail.split(":")
  const middle = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: middle }, () => "0"), ...right].slice(0, 4)
  return `${groups.map(group => Number.parseInt(group, 16).toString(16)).join(":")}::/64`
}

/** `::ffff:192.0.2.1` → `192.0.2.1`; all else as it is. */
export function plainIp(ip: string): string {
  const mapped = ip.toLowerCase().startsWith("::ffff:") ? ip.slice(7) : ip
  return isIPv4(mapped) ? mapped : ip
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
