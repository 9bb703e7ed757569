import { printable, type Resolver } from "@letterkeep/dns"
import { isInNetwork, parseIpAddress } from "@letterkeep/spf"

/**
 * Has the client's address a name that leads back to it (RFC 8601 §3)? Most machines that are meant to send mail have
 * one; it proves nothing about the message.
 */
export interface IprevEvidence {
  readonly result: "pass" | "fail" | "temperror" | "permerror"
  readonly reason: string
  /** A name that leads back, if there is one. */
  readonly name?: string
}

/** Names of one address that are tried. */
const nameLimit = 10

/** Addresses that the public DNS knows no names for: loopback, private, link-local (RFC 1918, RFC 4193, RFC 4291). */
const unnamed = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
].map(text => {
  const [address = "", bits = ""] = text.split("/")
  return { network: parseIpAddress(address), bits: Number(bits) }
})

/** `undefined` for an address that no public name is expected of. */
export async function askIprev(ip: string, resolver: Resolver): Promise<IprevEvidence | undefined> {
  const address = parseIpAddress(ip)
  if (address === undefined) return undefined
  if (unnamed.some(({ network, bits }) => network !== undefined && isInNetwork(address, network, bits)))
    return undefined
  const names = await resolver.ptr(ip)
  if (names.kind === "failed")
    return { result: "temperror", reason: `The DNS did not name ${ip} (${names.why}).` }
  if (names.kind === "nothing") return { result: "permerror", reason: `${ip} has no name.` }
  let didFail = false
  for (const name of names.records.slice(0, nameLimit)) {
    const back = await (address.version === 4 ? resolver.a(name) : resolver.aaaa(name))
    if (back.kind === "failed") didFail = true
    if (back.kind !== "found") continue
    const isBack = back.records.some(text => {
      const other = parseIpAddress(text)
      return other !== undefined && isInNetwork(address, other, address.version === 4 ? 32 : 128)
    })
    if (isBack) return { result: "pass", reason: printable(`${ip} is ${name}.`), name }
  }
  if (didFail) return { result: "temperror", reason: `The DNS did not confirm the name of ${ip}.` }
  return { result: "fail", reason: `The name of ${ip} does not lead back to it.` }
}
