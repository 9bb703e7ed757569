/**
 * IP addresses as bytes, so that two spellings of one address are equal and a prefix is a count of bits.
 * An IPv4 address mapped into IPv6 is the IPv4 address: that is who connected (RFC 7208 §5).
 */
export interface IpAddress {
  readonly version: 4 | 6
  /** 4 or 16 bytes, in network order. */
  readonly bytes: readonly number[]
}

/** `undefined` for anything but one IPv4 or IPv6 address in text form; no zone, no prefix, no brackets. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(":")) {
    const bytes = parseIpv4(text)
    return bytes === undefined ? undefined : { version: 4, bytes }
  }
  const bytes = parseIpv6(text)
  if (bytes === undefined) return undefined
  const isMapped = bytes.slice(0, 10).every(byte => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  return isMapped ? { version: 4, bytes: bytes.slice(12) } : { version: 6, bytes }
}

/** Whether the first `bits` bits agree; addresses of different versions never do. */
export function isInNetwork(address: IpAddress, network: IpAddress, bits: number): boolean {
  if (address.version !== network.version) return false
  for (let at = 0, left = bits; left > 0; at += 1, left -= 8) {
    const mask = left >= 8 ? 255 : (255 << (8 - left)) & 255
    if (((address.bytes[at] ?? 0) & mask) !== ((network.bytes[at] ?? 0) & mask)) return false
  }
  return true
}

/** Four decimal numbers of 0 to 255 without leading zeros: `qnum` of RFC 7208 §5.6. */
function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".", 5)
  if (parts.length !== 4 || !parts.every(part => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined
  const bytes = parts.map(Number)
  return bytes.every(byte => byte <= 255) ? bytes : undefined
}

/** RFC 4291 §2.2: eight groups of 16 bits, at most one `::`, perhaps with an IPv4 address at the end. */
function parseIpv6(text: string): number[] | undefined {
  if (text.length > 45) return undefined
  const halves = text.split("::")
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0] ?? "", halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return []
  const bytes: number[] = []
  const groups = text.split(":")
  for (const [at, group] of groups.entries()) {
    if (mayEndInIpv4 && at === groups.length - 1 && group.includes(".")) {
      const last = parseIpv4(group)
      if (last === undefined) return undefined
      bytes.push(...last)
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 255)
    } else return undefined
  }
  return bytes
}
