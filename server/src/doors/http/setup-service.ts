import type { CreatedAnswer, InvalidAnswer, Listed, OpenedMail, PersonForm, TryStep } from "./setup-api.ts"

/**
 * What the first-run page needs done. The door knows HTTP only: `main.ts` builds one of these from people,
 * messages, the network port and the address of the SMTP door.
 */
export interface SetupService {
  /** `done` from the moment that a first person exists, on whichever node it was made. */
  state(): Promise<"open" | "done">
  /**
   * Makes organisation, domain and account in one transaction. Of two that race, one gets `already-done`.
   * An unusable value is `invalid`, with the field to mend and a sentence that says how.
   */
  createFirstPerson(
    person: PersonForm,
  ): Promise<
    | (Omit<CreatedAnswer, "session"> & { readonly session: SetupSession })
    | InvalidAnswer
    | { readonly kind: "already-done" }
  >
  /**
   * Sends a mail to the session's own address, through the SMTP door of this server. `onStep` is called once a
   * step, in order, when the step is known to have happened and never before; `opened` is the door's to tell.
   * `failed` names the step that was not reached.
   */
  sendTryMail(session: SetupSession, onStep: OnTryStep, signal: AbortSignal): Promise<TryOutcome>
  /** The session's browser sends Global Privacy Control: the person has said no to selling and sharing. */
  honourSignal(session: SetupSession): Promise<void>
  /** Newest first, at most 50. */
  inbox(session: SetupSession): Promise<readonly Listed[]>
  /** Undefined when this account has no such mail. */
  open(session: SetupSession, id: string): Promise<OpenedMail | undefined>
}

/** The first person's live session: whoever holds it can open that person's mail, until it is closed. */
export interface SetupSession {
  readonly address: string
  /** True once it opens nothing any more: it was closed, or the account's password changed elsewhere. */
  isOver(): boolean
  close(): void
}

export type OnTryStep = (step: Exclude<TryStep, "opened">, detail?: string) => void

export type TryOutcome =
  | { readonly kind: "kept"; readonly id: string }
  | { readonly kind: "failed"; readonly step: Exclude<TryStep, "opened">; readonly message: string }
