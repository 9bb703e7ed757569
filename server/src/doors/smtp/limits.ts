import { defaultSmtpLimits, type SmtpLimits } from "@letterkeep/smtp"
import {
  defaultEntranceLimits,
  defaultPaceLimits,
  type EntranceLimits,
  type PaceLimits,
} from "../entrance/index.ts"

/** Every bound of the SMTP door. Times are milliseconds, sizes octets; times are kept to about a second. */
export interface SmtpDoorLimits extends EntranceLimits, PaceLimits {
  /** What one connection may say: see `packages/smtp`. */
  readonly protocol: SmtpLimits

  /** Until the first EHLO or HELO, and for a TLS handshake. */
  readonly greetingMs: number
  /** From one command served to the next whole one: RFC 5321 §4.5.3.2.7 wants five minutes. Octets alone prolong nothing. */
  readonly commandMs: number
  /** While connections are crowded (four in five are taken): between commands. */
  readonly crowdedCommandMs: number
  /** For a connection; a message under way may end first. */
  readonly connectionMs: number

  /** Octets of all messages of the process that have come in and are not kept or refused yet. */
  readonly bytesInFlight: number
  /** Octets of replies that a peer has not read yet; no more is read from it then. */
  readonly unreadReplies: number
}

export const defaultSmtpDoorLimits: SmtpDoorLimits = {
  ...defaultEntranceLimits,
  ...defaultPaceLimits,
  protocol: defaultSmtpLimits,
  greetingMs: 60_000,
  commandMs: 300_000,
  crowdedCommandMs: 15_000,
  connectionMs: 7_200_000,
  bytesInFlight: 268_435_456,
  unreadReplies: 65_536,
}
