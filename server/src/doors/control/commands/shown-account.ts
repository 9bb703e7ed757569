/** An account as those who run the server are shown it. */
import type { AccountId } from "../../../store/index.ts"

export interface ShownAccount {
  readonly account: AccountId
  readonly role: "person" | "administrator"
  /** ISO 8601, UTC. */
  readonly openedAt: string
  /** The account's own first. */
  readonly addresses: readonly string[]
  readonly messages: number
  readonly bytes: number
  /** Null: no limit. */
  readonly quotaBytes: number | null
  readonly signIns: readonly {
    readonly kind: "password" | "app-password" | "recovery"
    readonly protocols: readonly string[]
    readonly lastUsedOn: string | null
  }[]
}

export function lineOf(shown: ShownAccount): string {
  const [own = "(no address)", ...others] = shown.addresses
  const also = others.length === 0 ? "" : ` (and ${others.length} more)`
  return `${String(shown.account).padStart(6)}  ${`${own}${also}`.padEnd(40)} ${shown.role.padEnd(13)} ${sizeOf(shown)}`
}

export function detailsOf(shown: ShownAccount): string {
  return [
    `account    ${shown.account}, ${shown.role}, opened ${shown.openedAt.slice(0, 10)}`,
    ...shown.addresses.map((address, at) => `${at === 0 ? "address " : "alias   "}   ${address}`),
    `mail       ${sizeOf(shown)}`,
    ...shown.signIns.map(signIn => `signs in   ${signInOf(signIn)}`),
  ].join("\n")
}

function sizeOf({ messages, bytes, quotaBytes }: ShownAccount): string {
  const limit = quotaBytes === null ? "no limit" : `of ${megabytes(quotaBytes)}`
  return `${messages} messages, ${megabytes(bytes)}, ${limit}`
}

function signInOf({ kind, protocols, lastUsedOn }: ShownAccount["signIns"][number]): string {
  const used = lastUsedOn === null ? "never used" : `last used ${lastUsedOn}`
  if (protocols.length === 0) return `${kind}, from before a reset: signs in nowhere`
  return `${kind}${kind === "app-password" ? ` for ${protocols.join(", ")}` : ""}, ${used}`
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`
