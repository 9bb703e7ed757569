/**
 * What goes over the wire between the first-run page and the door: types only, so that the web app can import
 * them and carries none of the server with it. All bodies are JSON; `try` answers with one JSON object a line.
 *
 * | route | asks for | answers |
 * | --- | --- | --- |
 * | GET /setup/api/state | token | SetupAnswer |
 * | POST /setup/api/person | token, PersonForm | CreatedAnswer, InvalidAnswer |
 * | POST /setup/api/try | session | lines of TryEvent |
 * | GET /setup/api/inbox | session | InboxAnswer |
 * | GET /setup/api/mail/:id | session | OpenedMail |
 * | POST /setup/api/leave | session | 204 |
 *
 * Any of them may answer with a `Refusal` instead. The token travels in `x-setup-token`, the session's secret in
 * `x-setup-session`: in headers that a page of another origin cannot send, never in a cookie or an address.
 */

export const tokenHeader = "x-setup-token"
export const sessionHeader = "x-setup-session"

/** Why the door did not do what was asked, each with a status code of its own (`refusals.ts`). */
export type Refusal = {
  readonly kind:
    | "wrong-link"
    | "done"
    | "not-ready"
    | "session-over"
    | "slow-down"
    | "busy"
    | "malformed"
    | "too-big"
    | "not-found"
    | "wrong-host"
    | "failed"
}

export interface SetupAnswer {
  readonly kind: "open"
  /** A domain that reaches nobody outside this machine, offered as the default. */
  readonly playDomain: string
  /** The least number of characters of a password. */
  readonly passwordMinimum: number
}

export type PersonField = "organisation" | "domain" | "localPart" | "password"

/** Strings of at most 200, 253, 64 and 1,024 characters; an empty organisation means none. */
export type PersonForm = { readonly [field in PersonField]: string }

export interface CreatedAnswer {
  readonly kind: "created"
  readonly address: string
  /** Shown once; the server keeps no copy. */
  readonly recoveryCode: string
  /** The secret for `sessionHeader`: ends after 15 idle minutes. */
  readonly session: string
}

export interface InvalidAnswer {
  readonly kind: "invalid"
  readonly field: PersonField
  /** A sentence for the person. */
  readonly message: string
}

/** The stations of a mail on its way in, in their order. */
export type TryStep = "connected" | "accepted" | "screened" | "sealed" | "kept" | "opened"

export type TryEvent =
  /** A station was reached, `ms` after the button was pressed; `detail` is a short fact for the curious. */
  | { readonly kind: "step"; readonly step: TryStep; readonly ms: number; readonly detail?: string }
  /** The last line of a try that went well. */
  | { readonly kind: "mail"; readonly mail: OpenedMail }
  /** The last line of one that did not; `step` was not reached, `message` says why in a sentence. */
  | { readonly kind: "failed"; readonly step: TryStep; readonly message: string }
  /** The last line of one that the server broke off: its log has the reason. */
  | { readonly kind: "broken" }

export interface Correspondent {
  /** "" when the message gives none. */
  readonly name: string
  readonly address: string
}

export interface Listed {
  readonly id: string
  readonly from: Correspondent
  readonly subject: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  readonly mailbox: string
}

export interface InboxAnswer {
  /** Newest first, at most 50. */
  readonly mails: readonly Listed[]
}

export interface Verdict {
  readonly kind: "wanted" | "junk"
  /** Each a sentence that a person can read. */
  readonly reasons: readonly string[]
}

export interface OpenedMail extends Listed {
  readonly to: readonly Correspondent[]
  /** The plain text, at most 64 KiB of it. */
  readonly text: string
  readonly verdict: Verdict
  readonly facts: {
    /** Bytes as they came in. */
    readonly size: number
    /** Bytes of the sealed body as they lie in the store. */
    readonly sealedBytes: number
    /** More facts, ready to be shown: a name and a value. */
    readonly more: readonly { readonly name: string; readonly value: string }[]
  }
}
