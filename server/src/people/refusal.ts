/** Why the people module did not do what it was asked. `text` is a sentence for the person who asked. */
export interface Refused {
  readonly kind: "refused"
  readonly why: RefusalCode
  readonly text: string
}

export interface SlowDown {
  readonly kind: "slow-down"
  readonly retryAfterSeconds: number
}

export type RefusalCode =
  | "bad-address"
  | "bad-domain"
  | "bad-name"
  | "bad-pattern"
  | "bad-password"
  | "bad-label"
  | "bad-protocols"
  | "no-such-domain"
  | "no-such-org"
  | "no-such-account"
  | "no-such-filter"
  | "taken"
  | "other-org"
  | "too-many"
  | "wrong-secret"
  | "nothing-waiting"
  | "changed-meanwhile"

export function refused(why: RefusalCode, text: string): Refused {
  return { kind: "refused", why, text }
}
