/**
 * What the doors with connections of their own share: listening, who is let in and how a source's conduct is
 * remembered, the PROXY header of a balancer, the octets of a connection and TLS over it, time that only grows, a budget of bytes,
 * and how much of both one account has.
 * It speaks no protocol and says no word to a peer: that is each door's own.
 *
 * A door calls `createEntrance` with its limits and marks, opens one or several ways in (`smtp`; `imap`, `imaps`),
 * and gives for each socket a `Guest`. The entrance calls the guest every second, and counts it until `onGone`.
 */
export { type ByteBudget, createByteBudget } from "./byte-budget.ts"
export type { Weights } from "./conduct.ts"
export {
  createEntrance,
  type Entrance,
  type EntranceOptions,
  type Way,
  type WhyTurnedAway,
} from "./entrance.ts"
export { defaultEntranceLimits, type EntranceLimits } from "./limits.ts"
export { createPace, defaultPaceLimits, type Pace, type PaceLimits } from "./pace.ts"
export type { Guest, Peer } from "./peer.ts"
export { createShares, type Shares } from "./shares.ts"
export { systemTimers, type Timers } from "./timers.ts"
export { cipherOf } from "./upgrade.ts"
export { createVisitors, type Visitors } from "./visitors.ts"
export { Wire, type WireEvents } from "./wire.ts"
