/** What the commands of an open mailbox work on; each names the part of it that it uses. */
import type { MailboxInfo } from "../../../messages/index.ts"
import type { Permit } from "../../../privacy/index.ts"
import type { MailboxId } from "../../../store/ids.ts"
import type { Answer, Feature, Out, Visit } from "../handler.ts"
import { tellsModseq } from "./flags-response.ts"
import type { Known } from "./known.ts"
import type { Turns } from "./turns.ts"

export interface OpenMailbox extends Visit {
  readonly id: MailboxId
  readonly readOnly: boolean
  readonly known: Known
  /** As it was when it was opened. */
  readonly info: MailboxInfo
  /** For work that holds a whole message in memory. */
  readonly turns: Turns
}

type Gated = Pick<OpenMailbox, "mail" | "privacy">

/** Runs `work` with leave to open this account's mail. A permit lasts half an hour: one for each page or piece. */
export function reading<T>(
  { mail, privacy }: Gated,
  work: (permit: Permit<"mail.read">) => Promise<T>,
): Promise<T> {
  return privacy.gate("mail.read", { kind: "account", account: mail.account }, work)
}

/** The same for what the person changes. */
export function organising<T>(
  { mail, privacy }: Gated,
  work: (permit: Permit<"mail.organise">) => Promise<T>,
): Promise<T> {
  return privacy.gate("mail.organise", { kind: "account", account: mail.account }, work)
}

export const noSuchNumber: Answer = {
  kind: "bad",
  text: "No message has one of these numbers; say NOOP and count again",
}

/** EXAMINE opened it (RFC 9051 §6.3.3). */
export const openedReadOnly: Answer = {
  kind: "no",
  text: "The mailbox was opened with EXAMINE: SELECT it to change something",
}

export const mailboxHasGone: Answer = {
  kind: "no",
  code: "NONEXISTENT",
  text: "The mailbox has been deleted",
}

/** A command that shows that the client knows of modseqs (RFC 7162 §3.1): from here on it is told them. */
export function enableCondstore(parts: Pick<OpenMailbox, "enabled" | "known">, out: Out): void {
  parts.enabled.add("CONDSTORE")
  tellNewest(parts, out)
}

export interface ToldParts {
  readonly enabled: ReadonlySet<Feature>
  readonly known: Known
}

/** Once CONDSTORE is on, where it was not yet when the mailbox was opened (RFC 7162 §3.1). */
export function tellNewest({ enabled, known }: ToldParts, out: Out): void {
  if (known.newestTold || !tellsModseq(enabled)) return
  known.newestTold = true
  // RFC 7162 §3.1.2.1
  out.write(`* OK [HIGHESTMODSEQ ${Math.max(1, known.toldInFull)}] This is the newest change\r\n`)
}

/**
 * Before a tagged answer: up to where the client knows everything, where it could think otherwise, because a removal
 * may not be told yet or a command has failed; and again once it knows (RFC 7162 §3.2, §6).
 */
export function tellHighest({ enabled, known }: ToldParts, out: Out): void {
  // Without QRESYNC nothing comes back by modseq but flags.
  const full = enabled.has("QRESYNC") ? known.toldInFull : known.told
  const highest = known.claims.settle(full, full === known.told)
  if (highest !== undefined && tellsModseq(enabled))
    out.write(`* OK [HIGHESTMODSEQ ${Math.max(1, highest)}] Up to here you know everything\r\n`)
}
