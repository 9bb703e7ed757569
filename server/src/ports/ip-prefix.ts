/**
 * Networks of IP addresses, written in one form however the address was written (RFC 4291 §2.2): lower case, no
 * leading zeros, no zone. IPv4 in IPv6 (RFC 4291 §2.5.5.2) is IPv4. What is not an address has no network.
 */
import { isIPv4, isIPv6 } from "node:net"

/** How many bits of an address count. */
export interface PrefixBits {
  readonly v4: 24 | 32
  readonly v6: 48 | 64
}

/** `192.0.2.17` → `192.0.2.0/24`, or itself with 32 bits; `2001:db8::3` → `2001:db8:0:0::/64` or `2001:db8:0::/48`. */
export function ipPrefix(ip: string, bits: PrefixBits): string | undefined {
  const plain = plainIp(ip)
  if (isIPv4(plain)) return bits.v4 === 32 ? plain : `${plain.slice(0, plain.lastIndexOf("."))}.0/24`
  if (!isIPv6(plain)) return undefined
  const groups = groupsOf(plain).slice(0, bits.v6 / 16)
  return `${groups.map(group => group.toString(16)).join(":")}::/${bits.v6}`
}

/** `::ffff:192.0.2.1`, however it is written → `192.0.2.1`; all else as it is. */
export function plainIp(ip: string): string {
  if (!isIPv6(ip)) return ip
  const groups = groupsOf(ip)
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every(group => group === 0)
  return isMapped ? [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".") : ip
}

/** The eight groups of an IPv6 address; `ip` is one. */
function groupsOf(ip: string): readonly number[] {
  const [head = "", tail] = ip.replace(/%.*$/, "").split("::")
  const left = numbersOf(head)
  if (tail === undefined) return left
  const right = numbersOf(tail)
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0)
  return [...left, ...zeros, ...right]
}

function numbersOf(text: string): readonly number[] {
  if (text === "") return []
  return text.split(":").flatMap(group => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
