/**
 * The queue: mail on its way out, sealed until somebody else has it.
 *
 * Promise: what was written with `prepare`'s rows is claimed until each of its recipients was settled, or it was taken
 * out; by one worker at a time, whatever crashes.
 */
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Permit } from "../../privacy/index.ts"
import type { AccountId, Store, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { Claimed, OutgoingMail, QueuedRows } from "../contract.ts"
import { type Claims, type ClaimWish, createClaiming, type Damaged } from "./claim.ts"
import { giveBackClaims, renewLeases } from "./leases.ts"
import { octetsForLater } from "./octets-for-later.ts"
import { prepareMail } from "./prepare.ts"
import { createPresence, type Presence } from "./presence.ts"
import { holdDamaged } from "./set-aside.ts"
import { type Settlement, settle } from "./settle.ts"

export interface Queue {
  /** Seals it; the caller writes the rows, and calls `notifyDue` in the same transaction. See prepare.ts. */
  prepare(mail: OutgoingMail, permit: Permit<"mail.send">): Promise<QueuedRows>
  /** Every node hears, with the commit, that something may be due. */
  notifyDue(tx: Tx): Promise<void>
  /** `onDue`: also where word of it may have been missed. Resolves to what ends it. */
  listen(onDue: () => void): Promise<() => Promise<void>>
  claim(wish: ClaimWish): Promise<Claims>
  /** Recipients who were held until their message's time was over, `limit` at most: to be given up. As `claim`. */
  claimHeldTooLong(limit: number, leaseMs: number): Promise<Pick<Claims, "claimed" | "damaged">>
  /** What cannot be read waits for somebody to look at it. Resolves to whether it was still ours. */
  setAside(tx: Tx, damaged: Damaged): Promise<boolean>
  /** See settle.ts. */
  settle(tx: Tx, settlements: readonly Settlement[]): Promise<readonly Settlement[]>
  /** See leases.ts. */
  renew<Claim extends Claimed>(claims: readonly Claim[], leaseMs: number): Promise<readonly Claim[]>
  giveBack(claims: readonly Claimed[]): Promise<void>
  /** See presence.ts. */
  readonly tick: Presence["tick"]
  /** See octets-for-later.ts. */
  octetsForLater(account: AccountId, undoMs: number): Promise<number>
  /** Milliseconds until something is due, 0 where it is; undefined where nothing waits. */
  nextDueIn(): Promise<number | undefined>
}

export interface QueueParts {
  readonly store: Store
  readonly vaults: Pick<Vaults, "queueKey" | "openQueueKey" | "serverHash">
  readonly chance: Chance
  /** The system's unless said. */
  readonly clock?: Clock
  readonly log: Log
}

const CHANNEL = "sending_due"

export function openQueue(parts: QueueParts): Queue {
  const { store } = parts
  const presence = createPresence(parts)
  const claiming = createClaiming({ ...parts, presence })
  return {
    prepare: (mail, permit) => prepareMail(parts, mail, permit),
    notifyDue: tx => store.notify(tx, CHANNEL, ""),
    listen: onDue => store.listen(CHANNEL, onDue, onDue),
    claim: claiming.claim,
    claimHeldTooLong: claiming.claimHeldTooLong,
    setAside: holdDamaged,
    settle: (tx, settlements) => settle(parts, tx, settlements),
    renew: (claims, leaseMs) => renewLeases(store.sql, claims, leaseMs),
    giveBack: claims => giveBackClaims(store.sql, claims),
    tick: presence.tick,
    octetsForLater: (account, undoMs) => octetsForLater(store, account, undoMs),
    async nextDueIn() {
      const [row] = await store.sql<{ ms: number }[]>`
        select greatest(0, ceil(extract(epoch from due_at - now()) * 1000))::bigint as ms
        from queued_recipient where not held order by due_at limit 1`
      return row?.ms
    },
  }
}
