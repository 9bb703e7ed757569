import { categories } from "./categories.ts"
import { cookies } from "./cookies.ts"
import { sha256Of } from "./document.ts"
import { bases, purposes } from "./purposes.ts"
import { recipients } from "./recipients.ts"
import { sections, sentences } from "./sentences.ts"
import { grounds } from "./transfers.ts"

/**
 * The versions of the rules: of all the data that the policy is written from. A version that has been released never
 * changes; a change of any table or sentence takes a new one, at the end of the list. (What an operator's settings
 * make of the rules is an edition, and counted by the server: see publish.ts.)
 */
export interface RulesVersion {
  readonly version: number
  /** SHA-256 of the rules as released, in hex; undefined while the version is being written. */
  readonly sha256: string | undefined
}

export const rulesVersions: readonly RulesVersion[] = [{ version: 1, sha256: undefined }]

/** The version of the rules that this program is built with: permits and the ledger carry it. */
export const policyVersion = 1

/** SHA-256 of the rules that this program is built with. */
export function rulesHash(): string {
  return sha256Of(
    JSON.stringify({ bases, categories, cookies, grounds, purposes, recipients, sections, sentences }),
  )
}

/** What is wrong with the list, in a sentence for whoever changed the rules; undefined when it is in order. */
export function rulesFault(
  versions: readonly RulesVersion[],
  now: { readonly version: number; readonly sha256: string },
): string | undefined {
  if (versions.some(({ version }, index) => version !== index + 1))
    return "versions of the rules count from 1 without a gap"
  const newest = versions.at(-1)
  if (newest === undefined || newest.version !== now.version)
    return `policyVersion is ${now.version}, and the newest version in the list is ${newest?.version ?? "none"}`
  if (versions.slice(0, -1).some(one => one.sha256 === undefined))
    return "only the newest version can still be written: give those before it their hashes"
  if (newest.sha256 === undefined || newest.sha256 === now.sha256) return undefined
  return `the rules are no longer those of version ${newest.version}, which was released: add version ${newest.version + 1} (its sha256 is ${now.sha256})`
}
