/** The bounds of an entrance. Times are milliseconds, kept to about a second. */
export interface EntranceLimits {
  /** Open connections in all. */
  readonly connections: number
  /** Open connections of one source (an IPv4 address or an IPv6 /64). */
  readonly connectionsPerSource: number
  /** New connections of one source a minute; as many may come at once. */
  readonly newPerMinute: number
  /** Sources that are remembered; the one heard of longest ago is forgotten first. */
  readonly sources: number

  /** Until the PROXY header is whole. */
  readonly proxyHeaderMs: number

  /** Bad marks (see `conduct.ts`) of a source before its answers are slowed. */
  readonly patience: number
  /** Delay for each mark beyond, and the longest delay. */
  readonly delayPerMarkMs: number
  readonly longestDelayMs: number
  /** The time in which marks lose half their weight. */
  readonly markHalfLifeMs: number
}

/** What a node holds with ease: 4,000 connections, 50 of one source. */
export const defaultEntranceLimits: EntranceLimits = {
  connections: 4_000,
  connectionsPerSource: 50,
  newPerMinute: 120,
  sources: 20_000,
  proxyHeaderMs: 10_000,
  patience: 10,
  delayPerMarkMs: 250,
  longestDelayMs: 5_000,
  markHalfLifeMs: 120_000,
}
