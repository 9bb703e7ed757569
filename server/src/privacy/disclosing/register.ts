import type { Clock } from "../../ports/clock.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import type { Store, Tx } from "../../store/index.ts"
import type { Recipient } from "../policy/index.ts"
import { type Agreement, type InForce, isRecipient } from "./agreement.ts"
import { agreementsOf } from "./agreements-of.ts"
import { firstEntries, type Made } from "./first-entries.ts"
import {
  addEntry,
  beginning,
  ENTRIES_LIMIT,
  ending,
  lockRegister,
  type Reading,
  type RowParts,
  readEntries,
} from "./rows.ts"
import { type AgreementWish, checkWish, type NotSo, refused, unknownRecipient } from "./wish.ts"

/**
 * The register of recipients: what the operator has agreed with whom, at most what the policy declares. Every node
 * holds it in memory, so that asking costs nothing, and hears of each change when it commits.
 *
 * A recipient that was never spoken of gets its standing agreement when the register opens: what the policy declares,
 * until it is ended. One that the operator has ended stays ended.
 *
 * A register that was altered in the database counts as no agreement with anybody: nothing flows, the log says so, and
 * the next agreement that the operator makes begins it anew.
 */
export interface Register {
  /** The newest agreement with a recipient, which may have ended or be out of time; "broken": see above. */
  inForce(recipient: Recipient): InForce
  /** All that were ever made with a recipient, since the register was last begun anew, newest first. */
  history(recipient: Recipient): readonly Agreement[]
  /**
   * Puts an agreement in the place of the one that stands. In force on this node when it resolves. Refused beyond what
   * the policy declares, and beyond 10,000 entries.
   */
  agree(wish: AgreementWish): Promise<Agreed>
  /** Ends the one that stands. Nothing goes there from this node any more when it resolves. */
  end(recipient: string): Promise<{ readonly kind: "ended"; readonly agreement: Agreement } | NotSo>
  close(): Promise<void>
}

export type Agreed = { readonly kind: "agreed"; readonly agreement: Agreement } | NotSo

const channel = "agreements"
const altered = "the register was altered in the database; agree anew with whom you want to tell something"
const notRead =
  "it is written, but the register could not be read again: look at the log, and at recipients list"

export async function openRegister(parts: {
  readonly store: Pick<Store, "sql" | "transaction" | "notify" | "listen">
  readonly vaults: RowParts["vaults"]
  readonly ledger: RowParts["ledger"]
  readonly clock: Clock
  readonly log: Log
}): Promise<Register> {
  const { store, vaults, clock, log } = parts
  let known: Known = { last: 0, agreements: [] }
  let stale = false
  let reading: Promise<boolean> | undefined

  /** Adds to the list what `changes` makes of it, one after another. */
  const change = async (tx: Tx, read: Reading, changes: readonly Made[]) => {
    let number = read.last
    for (const entry of changes) {
      number += 1
      await addEntry(tx, parts, { saidAt: new Date(clock.now()), ...entry, number })
    }
    if (changes.length > 0) await store.notify(tx, channel, "")
  }
  /** With nobody else changing it. */
  const locked = <T>(work: (tx: Tx, read: Reading) => Promise<T>): Promise<T> =>
    store.transaction(async tx => {
      await lockRegister(tx)
      return await work(tx, await readEntries(tx, vaults))
    })
  async function readAll(): Promise<Known> {
    const read = await readEntries(store.sql, vaults)
    // what a process has seen, nobody takes back from it
    const why =
      read.kind === "broken"
        ? read.why
        : read.last < known.last
          ? `there were ${known.last} entries, and ${read.last} are there`
          : undefined
    if (why === undefined && read.kind === "whole")
      return { last: read.last, agreements: agreementsOf(read.entries) }
    log.event("recipients.broken", { why: own(why ?? "") })
    return { last: Math.max(read.last, known.last), agreements: "broken" }
  }
  /** False when it failed: the last that was known holds, and the next who asks has it tried again. */
  const read = (): Promise<boolean> => {
    stale = true
    reading ??= readAll()
      .then(
        found => {
          known = found
          stale = false
          return true
        },
        error => {
          log.event("recipients.unread", { error: failure(error) })
          return false
        },
      )
      .finally(() => {
        reading = undefined
      })
    return reading
  }
  const readAgain = async (): Promise<boolean> => {
    await reading // it may have read before the change
    return await read()
  }
  await locked(async (tx, found) => await change(tx, found, await firstEntries(tx, found)))
  known = await readAll()
  const stop = await store.listen(
    channel,
    () => void readAgain(),
    () => void readAgain(),
  )
  await readAgain() // what changed before anybody listened
  const history = (recipient: Recipient): readonly Agreement[] =>
    known.agreements === "broken" ? [] : known.agreements.filter(one => one.recipient === recipient)
  const newest = (recipient: Recipient): InForce =>
    known.agreements === "broken" ? "broken" : history(recipient)[0]

  return {
    inForce(recipient) {
      if (stale) void read()
      return newest(recipient)
    },
    history,
    async agree(wish) {
      const checked = checkWish(wish, clock.now())
      if (checked.kind === "refused") return checked
      const done = await locked(async (tx, found) => {
        const isBroken = found.kind === "broken" || found.last < known.last
        if (!isBroken && found.entries.length >= ENTRIES_LIMIT) return "full"
        const from = { ...found, last: Math.max(found.last, known.last) }
        await change(tx, from, isBroken ? [beginning, checked.row] : [checked.row])
        return isBroken ? "begun-anew" : "agreed"
      })
      if (done === "full") return refused(`the register is full: it holds ${ENTRIES_LIMIT} entries`)
      if (done === "begun-anew") log.event("recipients.begun-anew", {})
      await readAgain()
      const agreement = newest(checked.recipient)
      if (agreement === undefined || agreement === "broken") return refused(notRead)
      log.event("recipients.agreed", { recipient: own(agreement.recipient), agreement: agreement.id })
      return { kind: "agreed", agreement }
    },
    async end(name) {
      if (!isRecipient(name)) return unknownRecipient(name)
      const done = await locked(async (tx, found) => {
        if (found.kind === "broken" || found.last < known.last) return "broken"
        const stands = agreementsOf(found.entries).find(one => one.recipient === name)
        if (stands === undefined || stands.endedAt !== undefined) return "none"
        await change(tx, found, [ending(name)])
        return "ended"
      })
      if (!(await readAgain())) return refused(notRead)
      const agreement = newest(name)
      if (done === "broken" || agreement === "broken") return refused(`nothing goes to ${name}: ${altered}`)
      if (done === "none" || agreement === undefined)
        return refused(`no agreement with ${name} stands that could be ended`)
      log.event("recipients.ended", { recipient: own(name), agreement: agreement.id })
      return { kind: "ended", agreement }
    },
    async close() {
      await stop()
      await reading
    },
  }
}

interface Known {
  /** The highest number that this process has seen. */
  readonly last: number
  readonly agreements: readonly Agreement[] | "broken"
}
