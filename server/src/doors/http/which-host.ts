import type { IncomingHttpHeaders } from "node:http"
import { BlockList, isIP } from "node:net"

/**
 * Who may talk to a door that answers plain HTTP on loopback. A page of another site can make a browser
 * call 127.0.0.1 under a name of its own (DNS rebinding), so the name that was asked for has to be one of ours,
 * and a request that a page makes has to come from our own page.
 */

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8, "ipv4")
loopback.addAddress("::1", "ipv6")

/** True for 127.0.0.0/8, ::1 and what maps to them; not for a name. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "")
  const family = isIP(plain)
  return family !== 0 && loopback.check(plain, family === 4 ? "ipv4" : "ipv6")
}

/** Rules: `Host` names loopback or one of `names`; its port may be any, since an SSH tunnel changes it. */
export function isOurHost(header: string | undefined, names: readonly string[]): boolean {
  const name = header === undefined ? undefined : hostname(`http://${header}`)
  if (name === undefined) return false
  return name === "localhost" || isLoopback(name) || names.includes(name)
}

/** Rules: an `Origin`, where there is one, has the very host of `Host`; a browser that says more says "same-origin". */
export function isOurPage(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"]
  if (site !== undefined && site !== "same-origin" && site !== "none") return false
  if (headers.origin === undefined) return true
  const origin = parse(headers.origin)
  return origin !== undefined && origin.host === parse(`http://${headers.host}`)?.host
}

function hostname(url: string): string | undefined {
  return parse(url)
    ?.hostname.replace(/^\[|\]$/g, "")
    .toLowerCase()
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined
}
