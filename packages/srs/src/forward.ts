import type { KeyObject } from "node:crypto"
import { type ReturnAddress, readLayout } from "./layout.ts"
import { fold, hashOf, stampOf } from "./tag.ts"

/**
 * The return path for a message that is forwarded. An address of another forwarder is not wrapped again but shortened:
 * what comes back goes from us to the first of them, who knows the sender.
 */
export type Forwarded =
  | {
      readonly kind: "rewritten"
      readonly address: ReturnAddress
      /** Its local part is longer than every server has to take. */
      readonly isLong: boolean
    }
  /** A report has no sender, and gets none (RFC 5321 §4.5.5); what is ours already stays as it is. */
  | { readonly kind: "unchanged" }
  /** It cannot be written so that it would come back. */
  | { readonly kind: "impossible" }

export interface ForwardOptions {
  /** The domain that forwards: what is sent to it comes to us. ASCII form. */
  readonly domain: string
  /** Of 32 octets or more. */
  readonly key: KeyObject
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Octets of a local part that every server takes (RFC 5321 §4.5.3.1.1). Many take more. */
export const guaranteedLength = 64
/** Octets of an address (RFC 5321 §4.5.3.1.3, without the brackets). */
export const pathLimit = 254

/** `sender`: undefined for the null reverse-path. */
export function forwardPath(sender: ReturnAddress | undefined, options: ForwardOptions): Forwarded {
  if (sender === undefined) return { kind: "unchanged" }
  const layout = readLayout(sender.localPart)
  const isOurs = fold(sender.domain) === fold(options.domain)
  if (isOurs && (layout.kind === "first" || layout.kind === "later")) return { kind: "unchanged" }
  const domain = fold(sender.domain)
  // With an equals sign in a domain nobody could tell its end; with nothing in it or before it there is no address.
  if (!/^[^\s=@\x00-\x1f\x7f]+$/.test(domain) || sender.localPart === "") return { kind: "impossible" }
  switch (layout.kind) {
    case "first":
      return writeLater(domain, sender.localPart.slice("SRS0".length), options)
    case "later":
      return writeLater(fold(layout.domain), layout.rest, options)
    case "malformed":
    case "none":
      return writeFirst(domain, sender.localPart, options)
  }
}

function writeFirst(domain: string, localPart: string, options: ForwardOptions): Forwarded {
  const stamp = stampOf(options.now)
  const hash = hashOf(options.key, "first", [options.domain, stamp, domain, localPart])
  return write(`SRS0=${hash}=${stamp}=${domain}=${localPart}`, options)
}

function writeLater(domain: string, rest: string, options: ForwardOptions): Forwarded {
  const stamp = stampOf(options.now)
  const hash = hashOf(options.key, "later", [options.domain, stamp, domain, rest])
  return write(`SRS1=${hash}${stamp}=${domain}=${rest}`, options)
}

function write(localPart: string, { domain }: ForwardOptions): Forwarded {
  const length = Buffer.byteLength(localPart)
  if (length + 1 + Buffer.byteLength(domain) > pathLimit) return { kind: "impossible" }
  return { kind: "rewritten", address: { localPart, domain }, isLong: length > guaranteedLength }
}
