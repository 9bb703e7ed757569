import { isIP } from "node:net"
import { z } from "zod"

/**
 * The kinds of value that a setting can have. Each takes what TOML gives and makes what the program uses;
 * its message says what to write instead.
 */

/** Bytes, from `"256MB"`, `"1.5GB"`, `"64KiB"`; KB, MB, GB count by 1000, KiB, MiB, GiB by 1024. */
export const size = kind("a size", 'write a size in quotes, like "256MB"', value => {
  const match =
    typeof value === "string" ? /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i.exec(value) : null
  const bytes =
    match === null
      ? Number.NaN
      : Math.round(Number(match[1]) * (byteUnits[match[2]?.toLowerCase() ?? ""] ?? Number.NaN))
  return Number.isSafeInteger(bytes) ? bytes : undefined
})

/** Milliseconds, from `"500ms"`, `"30s"`, `"5m"`, `"1h"`, `"7d"`. */
export const duration = kind("a duration", 'write a duration in quotes, like "30s" or "5m"', milliseconds)

/** The same, of so many days at most. */
export const durationUpTo = (days: number) =>
  kind("a duration", `write a duration of at most ${days} days in quotes, like "12h" or "30d"`, value => {
    const ms = milliseconds(value)
    return ms !== undefined && ms <= days * 86_400_000 ? ms : undefined
  })

/** A whole number of at least `least`. */
export const count = (least: number, most: number) =>
  kind("a number", `write a whole number from ${least} to ${most}, without quotes`, value =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? value
      : undefined,
  )

export const yesOrNo = kind("true or false", "write true or false, without quotes", value =>
  typeof value === "boolean" ? value : undefined,
)

export interface ListenAddress {
  /** An IP address without brackets. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

/** Where a door listens, or false where it is closed. */
export const listenAddress = kind(
  "an address",
  'write an IP address and a port in quotes, like "127.0.0.1:2525" or "[::1]:0" (0 takes any free port), or false to close the door',
  (value): ListenAddress | false | undefined => (value === false ? false : addressAndPort(value)),
)

/** DNS servers: one or several addresses, port 53 where none is given. Empty: the machine's own. */
export const resolvers = kind(
  "addresses",
  'write an IP address in quotes, like "127.0.0.1:5353", or several in brackets; [] takes those of /etc/resolv.conf',
  (value): readonly ListenAddress[] | undefined => {
    const given = Array.isArray(value) ? value : [value]
    const read = given.map(one =>
      typeof one === "string" && isIP(one) !== 0 ? { host: one, port: 53 } : addressAndPort(one),
    )
    return read.length <= 8 && read.every(one => one !== undefined && one.port > 0)
      ? read.filter(one => one !== undefined)
      : undefined
  },
)

/** IP addresses or networks, `"192.0.2.0/24"`. */
export const networks = kind(
  "networks",
  'write IP addresses or networks in brackets, like ["127.0.0.1", "10.0.0.0/8"]',
  (value): readonly string[] | undefined =>
    Array.isArray(value) && value.every(isNetwork) ? value : undefined,
)

/** `"192.0.2.1"`, `"2001:db8::1"`. */
export const ipAddresses = kind(
  "IP addresses",
  'write IP addresses in brackets, like ["192.0.2.1", "2001:db8::1"]',
  (value): readonly string[] | undefined =>
    Array.isArray(value) && value.length <= 16 && value.every(isIpAddress) ? value : undefined,
)

/** One of this version; false where it is left to the system. */
export const ipAddress = (version: 4 | 6) =>
  kind(
    `an IPv${version} address`,
    `write an IPv${version} address in quotes, like "${version === 4 ? "192.0.2.1" : "2001:db8::1"}", or "" for any`,
    (value): string | false | undefined => {
      if (value === "") return false
      return typeof value === "string" && isIP(value) === version ? value : undefined
    },
  )

export interface NamedServer {
  /** A host name in lower case, or an IP address without brackets. */
  readonly host: string
  readonly port: number
}

/** A server elsewhere; false where none is named. */
export const namedServer = kind(
  "a server",
  'write a host name or an IP address and a port in quotes, like "smtp.example.org:587", or "" for none',
  (value): NamedServer | false | undefined => (value === "" ? false : serverAndPort(value)),
)

/** Servers for domains: `"example.org=mail.example.org:25"`. */
export const transports = kind(
  "transports",
  'write a domain and a server in quotes for each, in brackets, like ["example.org=mail.example.org:25"]',
  (value): readonly (NamedServer & { readonly domain: string })[] | undefined => {
    if (!Array.isArray(value) || value.length > 1000) return undefined
    const read = value.map(one => {
      const [domain, server] = typeof one === "string" ? one.split("=", 2) : []
      const named = serverAndPort(server)
      return isDomain(domain) && named !== undefined ? { domain: domain.toLowerCase(), ...named } : undefined
    })
    const known = read.filter(one => one !== undefined)
    const isEachOnce = new Set(known.map(({ domain }) => domain)).size === read.length
    return known.length === read.length && isEachOnce ? known : undefined
  },
)

/** Lower case, letters, digits, hyphens and dots. */
export const domains = kind(
  "domain names",
  'write domain names in brackets, like ["lists.example.org"]',
  (value): readonly string[] | undefined =>
    Array.isArray(value) && value.every(isDomain) ? value.map(name => name.toLowerCase()) : undefined,
)

/** A host name; empty means that the program finds out. */
export const hostName = kind(
  "a host name",
  'write a full host name in quotes, like "mail.example.org"',
  (value): string | undefined => (value === "" ? "" : isDomain(value) ? value.toLowerCase() : undefined),
)

export const text = kind("text", "write text in quotes", value =>
  typeof value === "string" && value.length <= 1000 && !/[\u0000-\u0009\u000b-\u001f\u007f]/.test(value)
    ? value
    : undefined,
)

/** An https address without a name and password in it; empty means none. */
export const httpsAddress = kind(
  "an https address",
  "write an address that begins with https:// in quotes",
  (value): string | undefined => (value === "" ? "" : isHttps(value) ? value : undefined),
)

/** One of a few words. */
export const oneOf = <const W extends string>(...words: readonly W[]) =>
  kind(words.join(", "), `write ${words.map(word => `"${word}"`).join(", ")}`, value =>
    words.find(word => word === value),
  )

export const texts = kind(
  "a list of texts",
  'write texts in brackets, like ["Germany"]',
  (value): readonly string[] | undefined =>
    Array.isArray(value) && value.length <= 100 && value.every(one => text.type.safeParse(one).success)
      ? value
      : undefined,
)

/** A path, relative to the configuration file's folder; empty means none. */
export const path = kind(
  "a path",
  "write a path in quotes; a relative one starts at this file's folder",
  value => (typeof value === "string" && value.length <= 4096 && !value.includes("\0") ? value : undefined),
)

export interface Kind<T> {
  /** What the handbook calls it. */
  readonly word: string
  readonly type: z.ZodType<T>
}

function milliseconds(value: unknown): number | undefined {
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/.exec(value) : null
  const ms = match === null ? Number.NaN : Number(match[1]) * (timeUnits[match[2] ?? ""] ?? Number.NaN)
  return Number.isSafeInteger(ms) ? ms : undefined
}

function kind<T>(word: string, advice: string, read: (value: unknown) => T | undefined): Kind<T> {
  const type = z.unknown().transform((value, context): T => {
    const made = read(value)
    if (made !== undefined) return made
    context.addIssue({ code: "custom", message: advice })
    return z.NEVER
  })
  return { word, type }
}

const byteUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}
const timeUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function addressAndPort(value: unknown): ListenAddress | undefined {
  const match =
    typeof value === "string" ? /^(?:\[([^\]]{2,45})\]|([\d.]{7,15})):(\d{1,5})$/.exec(value) : null
  const host = match?.[1] ?? match?.[2] ?? ""
  const port = Number(match?.[3])
  const version = isIP(host)
  if (version === 0 || (version === 6) !== (match?.[1] !== undefined) || !(port <= 65_535)) return undefined
  return { host, port }
}

function serverAndPort(value: unknown): NamedServer | undefined {
  const address = addressAndPort(value)
  if (address !== undefined) return address.port > 0 ? address : undefined
  const match = typeof value === "string" ? /^([^:]+):(\d{1,5})$/.exec(value) : null
  const host = match?.[1]
  const port = Number(match?.[2])
  // What looks like an address and is none is no name.
  if (!isDomain(host) || /^[\d.]+$/.test(host) || !(port > 0 && port <= 65_535)) return undefined
  return { host: host.toLowerCase(), port }
}

function isNetwork(value: unknown): boolean {
  if (typeof value !== "string") return false
  const [address = "", prefix, more] = value.split("/")
  const version = isIP(address)
  if (version === 0 || more !== undefined) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

function isHttps(value: unknown): value is string {
  if (typeof value !== "string" || value.length > 1000 || !URL.canParse(value)) return false
  const { protocol, username, password } = new URL(value)
  return protocol === "https:" && username === "" && password === ""
}

function isIpAddress(value: unknown): value is string {
  return typeof value === "string" && isIP(value) !== 0
}

function isDomain(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= 253 &&
    /^(?!-)[a-z\d-]{1,63}(\.(?!-)[a-z\d-]{1,63})*$/i.test(value)
  )
}
