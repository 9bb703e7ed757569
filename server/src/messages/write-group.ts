/** One group of deliveries in one transaction. Accounts are locked in the order of their ids. */
import type { Chance } from "../ports/chance.ts"
import type { AccountId, EmailId, ModSeq, Store, Tx } from "../store/index.ts"
import { asId, createTableRows, StoreError } from "../store/index.ts"
import type { Alongside, RowPlace } from "./alongside.ts"
import { claimNumbers, claimUids } from "./claim-numbers.ts"
import { sizeOf } from "./delivery.ts"
import { changesChannel, writeNotifications } from "./notifications.ts"
import {
  addBody,
  addMembership,
  addRows,
  createBodyRows,
  createRows,
  filled,
  type Kept,
  type KeyedDelivery,
  type KeyedMessage,
  sealBody,
} from "./rows.ts"
import { mergeThreads, planThreads } from "./threads.ts"

/** Octets of sealed bodies that are held before they are sent to the database. */
const sliceBytes = 8 * 1024 * 1024

/** An account that has gone while its mail was on the way. */
export class NoSuchAccountError extends Error {
  override readonly name = "NoSuchAccountError"
  readonly temporary = false
}

export async function writeGroup(
  store: Store,
  group: readonly KeyedDelivery[],
  chance: Chance,
  alongside: readonly Alongside[] = [],
): Promise<readonly Kept[]> {
  const bodyIds = group.map(() => chance.bytes(16))
  const isLarge = group.reduce((sum, delivery) => sum + sizeOf(delivery), 0) > sliceBytes
  return await store.transaction(async tx => {
    // Bodies need no numbers: large ones go first, while no account is locked and other mail goes on.
    if (isLarge) await writeBodies(store, tx, group, bodyIds, chance)
    // Sent one behind the other without waiting; the connection answers them in order.
    const [state, placesOf, threads] = await Promise.all([
      claimNumbers(tx, group),
      claimUids(tx, group),
      planThreads(
        tx,
        group.map(({ account, threadHashes }) => ({ account, hashes: threadHashes })),
      ),
    ])
    const rows = createRows()
    const bodies = createBodyRows()
    const kept = group.map((delivery, index): Kept => {
      const numbers = state.get(delivery.account)
      const [first, ...others] = placesOf(delivery) ?? []
      const bodyId = bodyIds[index]
      if (numbers === undefined || first === undefined || bodyId === undefined)
        throw new NoSuchAccountError("the account has gone")
      const email = asId<EmailId>(numbers.email++)
      const each: Kept = {
        account: delivery.account,
        email,
        mailbox: first.mailbox,
        uid: first.uid,
        thread: threads.place(delivery.account, email, delivery.threadHashes),
        modseq: asId(++numbers.modseq),
      }
      const { receivedAt: savedAt } = delivery
      addRows(rows, each, delivery, bodyId, chance, { savedAt, deleted: first.deleted })
      for (const { mailbox, uid, deleted } of others)
        addMembership(rows.membership, { ...each, mailbox, uid }, { savedAt, deleted })
      if (!isLarge)
        for (const chunk of sealBody(delivery, bodyId, chance)) addBody(bodies, delivery, bodyId, chunk)
      return each
    })
    const others = createTableRows()
    for (const { addTo } of alongside) addTo?.(others)
    const written = [...filled([...Object.values(rows), bodies, threads.refs]), ...others.all()]
    if (written.length > 0) await store.copyIn(tx, ...written)
    for (const [account, modseq] of await mergeThreads(tx, threads.merges)) {
      const numbers = state.get(account)
      if (numbers !== undefined) numbers.modseq = modseq
    }
    const changed = [...state].map(([account, { modseq }]) => ({ account, modseq: asId<ModSeq>(modseq) }))
    for (const payload of writeNotifications(changed)) await store.notify(tx, changesChannel, payload)
    for (const [add, sums] of sumsOf(alongside)) await add(tx, sums)
    await lockRows(tx, alongside)
    for (const { work } of alongside) await work?.(tx)
    for (const once of new Set(alongside.map(each => each.once))) await once?.(tx)
    return kept
  })
}

async function lockRows(tx: Tx, alongside: readonly Alongside[]): Promise<void> {
  const wanted = Map.groupBy(
    alongside.flatMap(({ locks = [] }) => locks),
    ({ of }) => of,
  )
  for (const [table, locks] of [...wanted].sort(([a], [b]) => a.rank - b.rank))
    await table.lock(
      tx,
      locks.flatMap(({ places }): readonly RowPlace[] => places),
    )
}

type Tally = NonNullable<Alongside["tally"]>

function sumsOf(alongside: readonly Alongside[]): ReadonlyMap<Tally["add"], ReadonlyMap<AccountId, number>> {
  const all = new Map<Tally["add"], Map<AccountId, number>>()
  for (const { tally } of alongside) {
    if (tally === undefined) continue
    const sums = all.get(tally.add) ?? new Map<AccountId, number>()
    sums.set(tally.account, (sums.get(tally.account) ?? 0) + tally.count)
    all.set(tally.add, sums)
  }
  return all
}

/** In slices, sealed as they are sent: a large message to many people is never all sealed in memory. */
export async function writeBodies(
  store: Pick<Store, "copyIn" | "room">,
  tx: Tx,
  group: readonly KeyedMessage[],
  bodyIds: readonly Buffer[],
  chance: Chance,
): Promise<void> {
  let slice = createBodyRows()
  for (const [index, delivery] of group.entries()) {
    const bodyId = bodyIds[index]
    if (bodyId === undefined) throw new Error("a delivery without a body")
    for (const chunk of sealBody(delivery, bodyId, chance)) {
      addBody(slice, delivery, bodyId, chunk)
      if (slice.bytes < sliceBytes) continue
      await store.copyIn(tx, slice)
      slice = createBodyRows()
      // The disk may have come to its mark since the message was let in.
      if (store.room() === "low")
        throw new StoreError("the disk has come to its low-water mark", { temporary: true })
    }
  }
  const rest = filled([slice])
  if (rest.length > 0) await store.copyIn(tx, ...rest)
}
