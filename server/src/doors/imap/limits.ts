import { defaultReaderLimits, type ReaderLimits, signedInReaderLimits } from "@letterkeep/imap"
import {
  defaultEntranceLimits,
  defaultPaceLimits,
  type EntranceLimits,
  type PaceLimits,
} from "../entrance/index.ts"

/** Every bound of the IMAP door. Times are milliseconds, sizes octets; times are kept to about a second. */
export interface ImapDoorLimits extends EntranceLimits, PaceLimits {
  /** What one command may be, before sign-in and after. */
  readonly stranger: ReaderLimits
  readonly signedIn: ReaderLimits

  /** Open connections of one account, on this node. */
  readonly connectionsPerAccount: number

  /** For a TLS handshake. */
  readonly handshakeMs: number
  /** Before sign-in: from one command to the next, and in all. Octets alone prolong nothing. */
  readonly strangerMs: number
  readonly strangerInAllMs: number
  /** The same while connections are crowded (four in five are taken): who has not signed in makes room. */
  readonly crowdedStrangerMs: number
  /** Commands before sign-in, and wrong sign-ins. */
  readonly strangerCommands: number
  readonly wrongSignIns: number

  /** After sign-in, without a command: RFC 9051 §5.4 wants thirty minutes at least. IDLE ends by it too. */
  readonly idleMs: number
  /** While it idles, a client hears from us so often: routers forget silent connections. */
  readonly keepAliveMs: number
  /** BAD commands of one connection, those since the last good one. */
  readonly badCommands: number

  /** Octets read ahead of the command that is being served; no more is read then. Before sign-in and after. */
  readonly strangerReadAhead: number
  readonly readAhead: number
  /** Octets that the client has not read yet, from which on commands wait for it. Before sign-in and after. */
  readonly strangerUnread: number
  readonly unread: number
  /** A client that reads nothing for so long has gone. */
  readonly unreadMs: number

  /** Octets of messages of all connections that came by APPEND and REPLACE and are not kept yet. */
  readonly bytesInFlight: number
  /** The same of all connections of one account. */
  readonly bytesInFlightPerAccount: number
}

export const defaultImapDoorLimits: ImapDoorLimits = {
  ...defaultEntranceLimits,
  ...defaultPaceLimits,
  // A mail program holds several connections, a house or an office several programs.
  connectionsPerSource: 200,
  newPerMinute: 300,
  stranger: defaultReaderLimits,
  signedIn: signedInReaderLimits,
  connectionsPerAccount: 50,
  handshakeMs: 60_000,
  strangerMs: 60_000,
  strangerInAllMs: 300_000,
  crowdedStrangerMs: 10_000,
  strangerCommands: 100,
  wrongSignIns: 5,
  idleMs: 1_800_000,
  keepAliveMs: 120_000,
  badCommands: 50,
  strangerReadAhead: 16_384,
  readAhead: 131_072,
  strangerUnread: 16_384,
  unread: 262_144,
  unreadMs: 300_000,
  bytesInFlight: 268_435_456,
  bytesInFlightPerAccount: 104_857_600,
}
