/** What those who run the server can ask of the queue, and do to what waits there. */
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Permit } from "../../privacy/index.ts"
import { type AccountId, createTableRows, type Store, type Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"
import { openSentRecorder } from "../history/record-sent.ts"
import {
  holdMail,
  isBeforeItsTime,
  type RemovedMail,
  releaseMail,
  removeMail,
  retryMail,
  senderOf,
} from "./intervene.ts"
import { countQueue, queuedAfter, showQueued } from "./look.ts"
import type { Queue } from "./open-queue.ts"
import type { MailPlace } from "./places.ts"
import { showRecipients } from "./show-recipients.ts"

export type Intervention = "hold" | "release" | "retry"

export type QueueDesk = ReturnType<typeof openQueueDesk>

export function openQueueDesk(parts: {
  readonly store: Store
  readonly vaults: Pick<Vaults, "sealKeys" | "openQueueKey">
  readonly queue: Pick<Queue, "notifyDue">
  readonly clock: Clock
  readonly chance: Chance
}) {
  const { store, queue, clock } = parts

  async function change(tx: Tx, place: MailPlace, what: Intervention): Promise<number> {
    if (what === "hold") return await holdMail(tx, place)
    const count = await (what === "release" ? releaseMail(tx, place) : retryMail(tx, place))
    await queue.notifyDue(tx)
    return count
  }

  async function remove(place: MailPlace, record: (tx: Tx) => Promise<void>): Promise<RemovedMail> {
    const recorder = await openSentRecorder(parts, [place.account])
    return await store.transaction(async tx => {
      const done = await removeMail(tx, place)
      const { removed: recipients, inHand } = done
      if (recipients.length + inHand.length > 0) await record(tx)
      if (recipients.length === 0) return done
      const tables = createTableRows()
      const event = { kind: "failed", recipients, why: "taken-out" } as const
      recorder.event(tables, place.account, place.mail, clock.now(), event)
      await store.copyIn(tx, ...tables.all())
      return done
    })
  }

  return {
    counts: () => countQueue(store),
    /** The mails that have waited longest, behind one of them. */
    page: (after: { readonly at: Date; readonly mail: MailId } | undefined, limit: number) =>
      queuedAfter(store, after, limit),
    show: (mails: readonly MailId[], permit: Permit<"account.support">) => showQueued(store, mails, permit),
    recipients: (account: AccountId, mail: MailId, permit: Permit<"account.support">) =>
      showRecipients(parts, account, mail, permit),
    senderOf: (mail: MailId) => senderOf(store.sql, mail),
    isBeforeItsTime: (place: MailPlace) => isBeforeItsTime(store.sql, place),
    /** `record` is called in its transaction, where it does anything. Resolves to how many recipients it did it to. */
    intervene: (place: MailPlace, what: Intervention, record: (tx: Tx) => Promise<void>): Promise<number> =>
      store.transaction(async tx => {
        const count = await change(tx, place, what)
        if (count > 0) await record(tx)
        return count
      }),
    /** As `intervene`; its sender finds in the history who was taken out. */
    remove,
  }
}
