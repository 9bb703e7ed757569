import { defaultReaderLimits, type ReaderLimits } from "@letterkeep/pop3"
import { defaultEntranceLimits, type EntranceLimits } from "../entrance/index.ts"

/** Every bound of the POP3 door. Times are milliseconds, sizes octets; times are kept to about a second. */
export interface Pop3DoorLimits extends EntranceLimits {
  readonly reader: ReaderLimits

  /** For a TLS handshake. */
  readonly handshakeMs: number
  /** Before sign-in: from one command to the next, and in all. Departs from RFC 1939 §3, which gives ten minutes. */
  readonly strangerMs: number
  readonly strangerInAllMs: number
  /** The same while connections are crowded (four in five are taken): who has not signed in makes room. */
  readonly crowdedStrangerMs: number
  /** Commands before sign-in, and wrong sign-ins. */
  readonly strangerCommands: number
  readonly wrongSignIns: number

  /** After sign-in, without a command: RFC 1939 §3 wants ten minutes at least. */
  readonly idleMs: number
  /** Commands that make no sense, one after the other. */
  readonly badCommands: number
  /** Octets read ahead of the command that is being served. */
  readonly readAhead: number
  /** A client that takes nothing of what waits for it for so long has gone. */
  readonly unreadMs: number

  /** Messages of one maildrop; of a larger inbox the oldest are shown, and the others when these are gone. */
  readonly messages: number
}

export const defaultPop3DoorLimits: Pop3DoorLimits = {
  ...defaultEntranceLimits,
  connections: 1_000,
  connectionsPerSource: 100,
  newPerMinute: 300,
  reader: defaultReaderLimits,
  handshakeMs: 60_000,
  strangerMs: 60_000,
  strangerInAllMs: 300_000,
  crowdedStrangerMs: 10_000,
  strangerCommands: 100,
  wrongSignIns: 5,
  idleMs: 660_000,
  badCommands: 50,
  readAhead: 16_384,
  unreadMs: 300_000,
  messages: 500_000,
}
