/** Parts of an address that tests look at (RFC 5228 §2.7.4, RFC 5233 §4). */
import type { Mailbox } from "@letterkeep/mime"

export const addressPartNames = ["all", "localpart", "domain", "user", "detail"] as const
export type AddressPart = (typeof addressPartNames)[number]

/**
 * Undefined where the address has no such part: then a test finds nothing, not even the empty text. Of what is no whole
 * address there is `:all` alone (RFC 5228 §2.7.4). `separator` is what stands between user and detail; the first one
 * counts.
 */
export function addressPart(
  mailbox: Pick<Mailbox, "local" | "domain">,
  part: AddressPart,
  separator: string,
): string | undefined {
  const { local, domain } = mailbox
  if (part === "all") return domain === "" ? local : `${local}@${domain}`
  if (local === "" || domain === "") return undefined
  const cut = local.indexOf(separator)
  switch (part) {
    case "localpart":
      return local
    case "domain":
      return domain
    case "user":
      return cut === -1 ? local : local.slice(0, cut)
    case "detail":
      return cut === -1 ? undefined : local.slice(cut + separator.length)
  }
}
