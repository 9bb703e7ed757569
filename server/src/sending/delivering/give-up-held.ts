/**
 * What somebody held, or what was set aside, until its time was over: it is given up like any other message, and its
 * writer told as of any other. Of what was damaged they were told when it was set aside.
 */
import type { Store } from "../../store/index.ts"
import type { Tried } from "../contract.ts"
import type { Queue } from "../queue/open-queue.ts"
import type { Settler } from "./settler.ts"

/** Recipients of one round. */
const atOnce = 100
const leaseMs = 5 * 60_000

const expired: Tried = { kind: "never", why: "expired" }

/** Resolves when there is no more. Rejects as the store does: the rest waits for the next time. */
export async function giveUpHeld(parts: {
  readonly store: Pick<Store, "transaction">
  readonly queue: Pick<Queue, "claimHeldTooLong" | "settle">
  readonly settler: Pick<Settler, "settle">
}): Promise<void> {
  const { store, queue, settler } = parts
  for (;;) {
    const { claimed, damaged } = await queue.claimHeldTooLong(atOnce, leaseMs)
    if (claimed.length + damaged.length === 0) return
    for (const mail of claimed)
      await settler.settle(mail, new Map(mail.recipients.map(({ no }) => [no, expired])))
    const settlements = damaged.flatMap(({ recipients, ...one }) =>
      recipients.map(no => ({ kind: "given-up", claimed: one, no }) as const),
    )
    await store.transaction(tx => queue.settle(tx, settlements))
  }
}
