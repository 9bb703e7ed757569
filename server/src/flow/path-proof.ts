import { toDnsName } from "@letterkeep/dkim"
import type { AuthEvidence } from "../screening/index.ts"

/**
 * Does the domain of the return path vouch for it: SPF, or a signature of that domain or of one above it? Without that it
 * may be the path of somebody who sent nothing, and no report goes there. `reversePath`: "" for the null one, which
 * nothing vouches for.
 */
export function isPathProven(evidence: AuthEvidence, reversePath: string): boolean {
  if (evidence.authentication === "off" || reversePath === "") return false
  const { spf, dkim } = evidence
  if (spf.identity === "mailfrom" && spf.result === "pass") return true
  const path = toDnsName(reversePath.slice(reversePath.lastIndexOf("@") + 1).replace(/\.$/, ""))
  return (
    path !== undefined &&
    dkim.some(
      ({ result, domain }) =>
        result === "pass" &&
        domain?.includes(".") === true &&
        (path === domain || path.endsWith(`.${domain}`)),
    )
  )
}
