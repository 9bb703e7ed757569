import type { AccountId } from "../store/ids.ts"

/** What a person should hear of, since somebody else may have done it. */
export type Notice =
  | "password-changed"
  | "password-recovered"
  | "password-reset"
  | "recovery-code-renewed"
  | "old-mail-reopened"
  | "app-password-added"
  | "app-password-removed"
  | "filter-at-work"

/** Called after the commit. It takes the notice over at once and does not throw. */
export type OnNotice = (account: AccountId, notice: Notice) => void
