import { createHash } from "node:crypto"
import type { StsMode } from "./facts.ts"

/**
 * The MTA-STS policy that this server gives out for its domains (RFC 8461 §3.2): one for all, since the mail of all of
 * them comes to the one name.
 */
export function stsPolicyText(hostname: string, mode: StsMode): string {
  const mx = mode === "none" ? [] : [`mx: ${hostname}`]
  return ["version: STSv1", `mode: ${mode}`, ...mx, `max_age: ${maxAge[mode]}`, ""].join("\r\n")
}

/**
 * Seconds that senders may keep it. RFC 8461 §3.2 asks for weeks, so that whoever holds back the DNS for a while gains
 * nothing; while it is tried out, a mistake should be over in a day.
 */
const maxAge: { readonly [M in StsMode]: number } = { none: 86_400, testing: 86_400, enforce: 1_209_600 }

/** RFC 8461 §3.1: another one whenever the policy is another; 1 to 32 letters and digits. */
export function stsPolicyId(hostname: string, mode: StsMode): string {
  return createHash("sha256").update(stsPolicyText(hostname, mode)).digest("hex").slice(0, 20)
}
