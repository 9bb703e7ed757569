import type { Resolver } from "@letterkeep/dns"
import { type BodyHashes, createBodyHashes } from "./body-hashes.ts"
import { beginCheck, type DkimResultName, type OngoingCheck } from "./check-signature.ts"
import { createCanonicalFields } from "./header-canon.ts"
import { createKeyCache, type KeyCache } from "./key-record.ts"
import { parseSignature, type SignatureLabel } from "./signature.ts"
import { fieldValue, type HeaderField, latin1 } from "./split-fields.ts"

/**
 * DKIM (RFC 6376, RFC 8301, RFC 8463) on the stream: fields once, then the body as it comes, then the results. The
 * message is never in memory as a whole; keys are asked for while the body still arrives.
 */
export interface DkimVerifier {
  /** Once, before the body. */
  headers(fields: readonly HeaderField[]): void
  /** CRLF text after the empty line, cut anywhere. Not to be called when the body hashes are shared. */
  body(chunk: Uint8Array): void
  /** In the order of the fields. Empty when the message is not signed. */
  finish(): Promise<DkimResult[]>
}

export interface DkimOptions {
  readonly resolver: Resolver
  /** Milliseconds since 1970. */
  readonly now: number
  readonly keys?: KeyCache
  /** Shared with others: whoever made them updates and finishes them. */
  readonly bodyHashes?: BodyHashes
  readonly limits?: DkimLimits
}

export interface DkimLimits {
  /** Signatures that are checked, from the top; the others are reported as not looked at. */
  readonly signatures: number
}

export const dkimLimits: DkimLimits = { signatures: 5 }

export interface DkimResult extends SignatureLabel {
  readonly result: DkimResultName
  readonly reason: string
  /** `i`; always in `domain` or below it. Not there when the field could not be read. */
  readonly identity?: string
  readonly keyBits?: number
  readonly isTesting?: boolean
}

export function createDkimVerifier(options: DkimOptions): DkimVerifier {
  const { signatures: most } = options.limits ?? dkimLimits
  const hashes = options.bodyHashes ?? createBodyHashes()
  const isShared = options.bodyHashes !== undefined
  const context = { resolver: options.resolver, now: options.now, keys: options.keys ?? createKeyCache(most) }
  const results: (
    | DkimResult
    | { readonly check: OngoingCheck; readonly label: SignatureLabel; readonly identity: string }
  )[] = []
  return {
    headers(fields) {
      const canonical = createCanonicalFields(fields)
      let checked = 0
      for (const field of fields) {
        if (field.name.length !== 14 || field.name.toLowerCase() !== "dkim-signature") continue
        checked += 1
        if (checked > most) {
          results.push({ result: "policy", reason: `Only the first ${most} signatures are checked.` })
          break
        }
        const parsed = parseSignature(fieldValue(field))
        if (parsed.kind === "wrong")
          results.push({ result: parsed.result, reason: parsed.why, ...parsed.label })
        else {
          const { signature, label } = parsed
          const check = beginCheck(signature, latin1(field.raw), canonical, hashes, context)
          results.push({ check, label: { ...label, domain: signature.domain }, identity: signature.identity })
        }
      }
    },
    body(chunk) {
      if (!isShared) hashes.update(chunk)
    },
    async finish() {
      if (!isShared) hashes.finish()
      return Promise.all(
        results.map(async each =>
          "check" in each ? { ...each.label, identity: each.identity, ...(await each.check.finish()) } : each,
        ),
      )
    },
  }
}
