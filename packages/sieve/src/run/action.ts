/** What a run asks for. The caller does it; nothing has been done when a run ends. */
import type { Position } from "../fault.ts"

interface Asked {
  /** The command; undefined for the implicit keep. */
  readonly at: Position | undefined
}

/** Flags as they were written, each once (RFC 5232 §2). */
interface Flagged extends Asked {
  readonly flags: readonly string[]
}

export interface KeepAction extends Flagged {
  readonly kind: "keep"
  /** No command asked for it: nothing had cancelled it (RFC 5228 §2.10.2). */
  readonly implicit: boolean
}

export interface FileIntoAction extends Flagged {
  readonly kind: "fileinto"
  readonly mailbox: string
  /** Make the mailbox where there is none (RFC 5490 §3.2). */
  readonly create: boolean
  /** Where there is a mailbox with this attribute, it comes before the named one (RFC 8579 §4). */
  readonly specialUse: string | undefined
}

export interface RedirectAction extends Asked {
  readonly kind: "redirect"
  /** local@domain */
  readonly address: string
}

export interface RejectAction extends Asked {
  readonly kind: "reject"
  /** `ereject`: by the answer to SMTP where that can be; `reject`: as a message to the sender may do (RFC 5429). */
  readonly how: "reject" | "ereject"
  readonly reason: string
}

/** A reply to be sent, unless one went to the same person not long ago: the run has asked. */
export interface VacationAction extends Asked {
  readonly kind: "vacation"
  /** The envelope's sender. */
  readonly to: string
  /** `:from`, as written; undefined for the account's own address. */
  readonly from: string | undefined
  readonly subject: string
  /** Text; with `mime` a MIME entity with header. */
  readonly body: string
  readonly mime: boolean
  /** For In-Reply-To and References, identifiers without brackets. */
  readonly inReplyTo: string | undefined
  readonly references: readonly string[]
  /** What is to be remembered together with `to`, and for how long; 0: nothing. */
  readonly handle: string
  readonly seconds: number
}

export type SieveAction =
  | KeepAction
  | FileIntoAction
  | { readonly kind: "discard"; readonly at: Position | undefined }
  | RedirectAction
  | RejectAction
  | VacationAction
