/** Addresses that no host has for all the world: of this machine, of the own network, and those that lead to such. */
import { type IpAddress, isInNetwork, parseIpAddress } from "@letterkeep/spf"

/** RFC 1918, RFC 4193, RFC 4291 §2.5.2, §2.5.3, §2.5.6 and §2.7, RFC 1122 §3.2.1.3, RFC 6598 §7. */
const notPublic = networks(
  "10.0.0.0/8",
  "100.64.0.0/10",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "0.0.0.0/8",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
)

/** Where IPv6 addresses have one of IPv4 in them: RFC 4291 §2.5.5.1, RFC 6052 §2.1, RFC 3056 §2. */
const withIpv4 = [
  { prefix: networks("::/96"), at: 12 },
  { prefix: networks("64:ff9b::/96"), at: 12 },
  { prefix: networks("2002::/16"), at: 2 },
]

/** Also where it is no address at all. */
export function isNotPublic(text: string): boolean {
  const address = parseIpAddress(text)
  if (address === undefined || isIn(address, notPublic)) return true
  const inside = withIpv4.find(({ prefix }) => isIn(address, prefix))
  if (inside === undefined) return false
  return isIn({ version: 4, bytes: address.bytes.slice(inside.at, inside.at + 4) }, notPublic)
}

interface Network {
  readonly network: IpAddress
  readonly bits: number
}

function networks(...texts: readonly string[]): readonly Network[] {
  return texts.map(text => {
    const [address = "", bits] = text.split("/")
    const network = parseIpAddress(address)
    if (network === undefined) throw new Error(`${text} is no network`)
    return { network, bits: Number(bits) }
  })
}

function isIn(address: IpAddress, all: readonly Network[]): boolean {
  return all.some(({ network, bits }) => isInNetwork(address, network, bits))
}
