/**
 * The name under which an address has its PTR records: RFC 1035 §3.5 for v4, RFC 3596 §2.5 for v6.
 * `192.0.2.1` → `1.2.0.192.in-addr.arpa`; undefined for what is no address. A v4 address written as v6
 * (`::ffff:192.0.2.1`) is taken as v4.
 */
export function reverseName(address: string): string | undefined {
  const four = fourBytes(address.replace(/^::ffff:(?=\d+\.)/i, ""))
  if (four !== undefined) return `${four.toReversed().join(".")}.in-addr.arpa`
  const groups = eightGroups(address)
  if (groups === undefined) return undefined
  const nibbles = groups.map(group => group.toString(16).padStart(4, "0")).join("")
  return `${[...nibbles].toReversed().join(".")}.ip6.arpa`
}

function fourBytes(text: string): readonly number[] | undefined {
  const parts = text.split(".")
  if (parts.length !== 4 || parts.some(part => !/^\d{1,3}$/.test(part) || Number(part) > 255))
    return undefined
  return parts.map(Number)
}

function eightGroups(text: string): readonly number[] | undefined {
  const halves = text.replace(/%.*$/, "").split("::")
  if (halves.length > 2) return undefined
  const [left, right] = halves.map(groupsOf)
  if (left === undefined || (halves.length === 2 && right === undefined)) return undefined
  if (right === undefined) return left.length === 8 ? left : undefined
  const gap = 8 - left.length - right.length
  return gap < 1 ? undefined : [...left, ...Array.from({ length: gap }, () => 0), ...right]
}

function groupsOf(half: string): readonly number[] | undefined {
  if (half === "") return []
  const out: number[] = []
  const parts = half.split(":")
  for (const [at, part] of parts.entries()) {
    const four = at === parts.length - 1 ? fourBytes(part) : undefined
    if (four !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = four
      out.push(a * 256 + b, c * 256 + d)
    } else if (/^[\da-f]{1,4}$/i.test(part)) out.push(Number.parseInt(part, 16))
    else return undefined
  }
  return out
}
