/**
 * Return paths of what is forwarded (SRS): at a domain of ours, so that SPF speaks of us, and so that a report of a
 * failure comes to us, who turn it back to the sender.
 */
import { createSecretKey, type KeyObject } from "node:crypto"
import { addressText } from "@letterkeep/mime"
import { forwardPath, type ReturnAddress } from "@letterkeep/srs"
import type { Vaults } from "../../vaults/index.ts"

export function srsKey(vaults: Pick<Vaults, "serverHash">): KeyObject {
  return createSecretKey(vaults.serverHash("srs", "1"))
}

/** `sender`: the reverse-path, "" for null. Undefined where it cannot be written so that it would come back. */
export function forwardedPath(
  key: KeyObject,
  sender: string,
  domain: string,
  now: number,
): string | undefined {
  const from = splitAddress(sender)
  if (from === undefined && sender !== "") return undefined
  // Ours may be said by us as it is.
  if (from?.domain.toLowerCase() === domain) return sender
  const forwarded = forwardPath(from, { domain, key, now })
  switch (forwarded.kind) {
    case "rewritten":
      return joinAddress(forwarded.address)
    case "unchanged":
      return sender
    case "impossible":
      return undefined
  }
}

/** Quotes and backslashes of the local part taken away; undefined where it is no address. */
export function splitAddress(text: string): ReturnAddress | undefined {
  const at = text.lastIndexOf("@")
  if (at < 1 || at === text.length - 1) return undefined
  const written = text.slice(0, at)
  const isQuoted = written.length > 2 && written.startsWith('"') && written.endsWith('"')
  const localPart = isQuoted ? written.slice(1, -1).replace(/\\(.)/gs, "$1") : written
  return { localPart, domain: text.slice(at + 1) }
}

export function joinAddress({ localPart: local, domain }: ReturnAddress): string {
  return addressText({ kind: "mailbox", name: undefined, route: undefined, local, domain })
}
