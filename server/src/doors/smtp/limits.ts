import { defaultSmtpLimits, type SmtpLimits } from "@letterkeep/smtp"
import {
  defaultEntranceLimits,
  defaultPaceLimits,
  type EntranceLimits,
  type PaceLimits,
} from "../entrance/index.ts"

/** Every bound of the door for other servers. Times are milliseconds, sizes octets; times are kept to about a second. */
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

/** The same for the door of those who send, and what who has not signed in there may do. */
export interface SubmissionDoorLimits extends SmtpDoorLimits {
  /** Open connections of one account, on this node. */
  readonly connectionsPerAccount: number
  /** Octets of messages of all connections of one account that are not kept or refused yet. */
  readonly bytesInFlightPerAccount: number

  /** Before sign-in: from one command to the next, and in all. Octets alone prolong nothing. */
  readonly strangerMs: number
  readonly strangerInAllMs: number
  /** The same while connections are crowded (four in five are taken): who has not signed in makes room. */
  readonly crowdedStrangerMs: number
  /** Wrong sign-ins of one connection. */
  readonly wrongSignIns: number
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

export const defaultSubmissionDoorLimits: SubmissionDoorLimits = {
  ...defaultSmtpDoorLimits,
  connections: 2_000,
  // A house or an office has several programs.
  connectionsPerSource: 100,
  newPerMinute: 300,
  connectionsPerAccount: 20,
  bytesInFlightPerAccount: 104_857_600,
  strangerMs: 60_000,
  strangerInAllMs: 300_000,
  crowdedStrangerMs: 10_000,
  wrongSignIns: 5,
}
