import type { Problem } from "./configuration-error.ts"
import type { ListenAddress } from "./kinds.ts"

/** `[acme]` where a directory is set, with what goes together checked. */
export interface AcmeSettings {
  readonly directory: string
  readonly contact: string
  /** DNS names in lower case, one or more. */
  readonly names: readonly string[]
  readonly challenge: "http-01" | "tls-alpn-01" | "dns-01"
  readonly http: ListenAddress | false
  readonly tlsAlpn: ListenAddress | false
  /** Absolute paths. */
  readonly dnsHook: string | undefined
  readonly roots: string | undefined
  readonly external: { readonly keyId: string; readonly macKey: Buffer } | undefined
}

export interface GivenAcme {
  readonly directory: string
  readonly agree: boolean
  readonly contact: string
  readonly names: readonly string[]
  readonly challenge: AcmeSettings["challenge"]
  readonly http: ListenAddress | false
  readonly tlsAlpn: ListenAddress | false
  readonly dnsHook: string
  readonly eabKeyId: string
  readonly eabKey: string
  readonly roots: string
}

/** The most names that a certificate is asked for, and their characters together. */
const maxAcmeNames = 100
const maxAcmeCharacters = 2_000

export function readAcme(
  given: GivenAcme,
  {
    hostname,
    hasOwnCertificate,
    at,
  }: {
    readonly hostname: string
    readonly hasOwnCertificate: boolean
    /** Makes a path absolute. */
    readonly at: (path: string) => string
  },
): { readonly settings: AcmeSettings | undefined; readonly problems: readonly Omit<Problem, "line">[] } {
  if (given.directory === "") return { settings: undefined, problems: [] }
  const names = given.names.length === 0 ? [hostname] : [...new Set(given.names)].sort()
  const external =
    given.eabKeyId === "" && given.eabKey === ""
      ? undefined
      : { keyId: given.eabKeyId, macKey: Buffer.from(given.eabKey, "base64url") }
  const wrong: readonly (readonly [boolean, string, string])[] = [
    [!given.agree, "agree", "read the authority's terms, and write agree = true if you agree to them"],
    [hasOwnCertificate, "directory", "[tls] cert names a certificate of your own: leave one of the two out"],
    [
      names.some(name => !name.includes(".")),
      "names",
      "no authority knows a name without a dot: write names, or set [smtp] hostname",
    ],
    [
      names.length > maxAcmeNames || names.join(" ").length > maxAcmeCharacters,
      "names",
      `write at most ${maxAcmeNames} names, of ${maxAcmeCharacters} characters together`,
    ],
    [
      given.challenge === "dns-01" && given.dnsHook === "",
      "dns_hook",
      "dns-01 needs a program that publishes records in the DNS",
    ],
    [
      given.challenge === "tls-alpn-01" && given.tlsAlpn === false,
      "tls_alpn",
      "tls-alpn-01 needs an address that port 443 is forwarded to",
    ],
    [
      given.contact !== "" && !/^[^@\s]+@[^@\s]+$/.test(given.contact),
      "contact",
      'write a mail address in quotes, like "admin@example.org"',
    ],
    [
      external !== undefined && (external.keyId === "" || external.macKey.length === 0),
      "eab_key",
      "eab_key_id and eab_key go together: give both or neither",
    ],
  ]
  const problems = wrong.flatMap(([is, key, text]) => (is ? [{ key: `acme.${key}`, text }] : []))
  const path = (text: string): string | undefined => (text === "" ? undefined : at(text))
  return {
    problems,
    settings: {
      directory: given.directory,
      contact: given.contact,
      names,
      challenge: given.challenge,
      http: given.http,
      tlsAlpn: given.tlsAlpn,
      dnsHook: path(given.dnsHook),
      roots: path(given.roots),
      external,
    },
  }
}
