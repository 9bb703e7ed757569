import { type RunLimits, runLimits } from "@letterkeep/sieve"

/** What one filter may cost on arrival: less than the package allows, since all mail waits while it runs. */
export const arrivalLimits: RunLimits = {
  ...runLimits,
  steps: 30_000,
  characters: 5_000_000,
  // Some milliseconds of work.
  charactersAtOnce: 300_000,
  bodyBytes: 256 * 1024,
}

export const filterTraffic = {
  /** Runs of one account's filter that come to a limit and count, in a day: then it is stopped. */
  overrunsADay: 50,
  /** Of these, by mail of one sender's domain. */
  overrunsOfOneSender: 3,
  /** Messages that one account's filters forward in a day, counted for each address. */
  copiesADay: 1_000,
  /** Answers of one account's filter, in a day. */
  answersADay: 500,
  /** Reports of what one account's filters refuse, in a day. */
  reportsADay: 100,
  /** Reports that one return path of ours takes in a day. A sender has one path a day, whatever of theirs is sent on. */
  returnsADay: 20,
  /** Reports that come to return paths of one domain in a day. */
  allReturnsADay: 1_000,
  /** Octets of one message that filters make more copies of, for all its readers together. */
  moreOctets: 200_000_000,
  /** Servers that a message has passed: of more, it is not forwarded (RFC 5321 §6.3). */
  hops: 40,
  /** Readers of one message who came in by filters of others. */
  passedOn: 20,
} as const
