/**
 * Whom reports are counted and shown together for: all names under the last two labels of a domain, as somebody who holds
 * one has as many under it as they like; and all those whom nothing vouches for. Under a registry of two labels ("co.uk")
 * strangers share a group.
 */
export function reporterGroup(proven: string | undefined): string {
  return proven?.split(".").slice(-2).join(".") ?? ""
}
