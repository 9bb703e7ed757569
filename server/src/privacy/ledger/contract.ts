/**
 * The ledger: what was done with personal data and whom it was told, as a log that only grows and that anybody can
 * check (RFC 6962). What is public of an event is a salted commitment; its detail is sealed to the person.
 */
import type { AccountId, Tx } from "../../store/index.ts"
import type { Category, Purpose, Recipient } from "../policy/index.ts"

/** What an entry is about, in words that stay: they are part of what is committed to. */
export type LedgerEvent =
  /** Personal data went to somebody outside. `count`: values, where many small ones are told together (disclosing/reservations.ts). */
  | {
      readonly kind: "disclosure"
      readonly purpose: Purpose
      readonly recipient: Recipient
      readonly categories: readonly Category[]
      readonly count: number
    }
  /** Somebody of the operator's looked at personal data, and why. */
  | {
      readonly kind: "staff-access"
      readonly command: string
      readonly reason: string
      /** Who looked, by the name that their agreement has. */
      readonly by: string
      readonly categories: readonly Category[]
    }
  /** A choice of the person's, as it then was. */
  | { readonly kind: "choice"; readonly choice: string; readonly value: string; readonly wording: string }
  /** The account's public key changed: whoever swaps it is seen. */
  | { readonly kind: "account-key"; readonly generation: number; readonly publicKey: string }
  /** The operator agreed with somebody outside, or ended it: the register's entry with this number, so public. */
  | {
      readonly kind: "agreement"
      readonly number: number
      readonly says: string
      readonly recipient: string
      readonly purposes: readonly string[]
      readonly fields: readonly string[]
    }
  /** A version of the policy took effect: of the whole server, so public. */
  | {
      readonly kind: "policy-version"
      /** Of the rules. */
      readonly version: number
      /** Which of the operator's settings made of these rules. */
      readonly edition: number
      /** Of all that was published. */
      readonly number: number
      readonly sha256: string
    }

/** What may stand in the ledger for everybody to read; all else is about somebody. */
export type PublicEvent = Extract<
  LedgerEvent,
  { readonly kind: "disclosure" | "agreement" | "policy-version" }
>

/** Whom it is about, and what. `null`: nobody in particular. */
export type Entry = [subject: AccountId, event: LedgerEvent] | [subject: null, event: PublicEvent]

export interface Ledger {
  /**
   * Writes an event in the action's own transaction. What is about nobody is readable by everybody.
   * It has no number yet: the sequencer gives one, and a signed checkpoint follows within 5 s.
   */
  record(tx: Tx, ...entry: Entry): Promise<void>
  /** The same in a transaction of its own: durable when it resolves. For what is told before it is done. */
  recordNow(...entry: Entry): Promise<void>
  /** Numbers and signs what is waiting, now. */
  flush(): Promise<void>
  close(): Promise<void>
}
