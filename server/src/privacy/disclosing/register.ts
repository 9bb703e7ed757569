import type { Clock } from "../../ports/clock.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import type { Store } from "../../store/index.ts"
import type { Recipient } from "../policy/index.ts"
import { type Agreement, isRecipient } from "./agreement.ts"
import { recipientNames } from "./facts.ts"
import {
  endAgreement,
  insertAgreement,
  lockRegister,
  makeStanding,
  parseRow,
  readAgreements,
} from "./rows.ts"
import { type AgreementWish, checkWish, type NotSo, refused, standing, unknownRecipient } from "./wish.ts"

/**
 * The register of recipients: what the operator has agreed with whom, at most what the policy declares. Every node
 * holds it in memory, so that asking costs nothing, and hears of each change when it commits.
 *
 * A recipient that was never spoken of gets its standing agreement when the register opens: what the policy declares,
 * until it is ended. One that the operator has ended stays ended.
 */
export interface Register {
  /** The newest agreement with a recipient; it may have ended or be out of time. */
  inForce(recipient: Recipient): Agreement | undefined
  /** All that were ever made with a recipient, newest first. */
  history(recipient: Recipient): readonly Agreement[]
  /** Puts an agreement in the place of the one that stands. In force on this node when it resolves. */
  agree(wish: AgreementWish): Promise<Agreed>
  /** Ends the one that stands. Nothing goes there from this node any more when it resolves. */
  end(recipient: string): Promise<{ readonly kind: "ended"; readonly agreement: Agreement } | NotSo>
  close(): Promise<void>
}

export type Agreed = { readonly kind: "agreed"; readonly agreement: Agreement } | NotSo

const channel = "agreements"
const notRead =
  "it is written, but the register could not be read again: look at the log, and at recipients list"

export async function openRegister(parts: {
  readonly store: Pick<Store, "sql" | "transaction" | "notify" | "listen">
  readonly clock: Clock
  readonly log: Log
}): Promise<Register> {
  const { store, clock, log } = parts
  await store.transaction(tx => makeStanding(tx, recipientNames, standing, clock.now()))
  let known = await readAll()
  let stale = false
  let reading: Promise<boolean> | undefined

  async function readAll(): Promise<readonly Agreement[]> {
    return (await readAgreements(store.sql)).map(parseRow).filter(one => one !== undefined)
  }
  /** False when it failed: the last that was known holds, and the next who asks has it tried again. */
  const read = (): Promise<boolean> => {
    stale = true
    reading ??= readAll()
      .then(
        agreements => {
          known = agreements
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
  const stop = await store.listen(
    channel,
    () => void readAgain(),
    () => void readAgain(),
  )
  await readAgain() // what changed before anybody listened
  const newest = (recipient: Recipient): Agreement | undefined =>
    known.find(agreement => agreement.recipient === recipient)

  return {
    inForce(recipient) {
      if (stale) void read()
      return newest(recipient)
    },
    history: recipient => known.filter(agreement => agreement.recipient === recipient),
    async agree(wish) {
      const checked = checkWish(wish, clock.now())
      if (checked.kind === "refused") return checked
      await store.transaction(async tx => {
        await lockRegister(tx)
        await endAgreement(tx, checked.row.recipient, clock.now())
        await insertAgreement(tx, checked.row, clock.now())
        await store.notify(tx, channel, "")
      })
      await readAgain()
      const agreement = newest(checked.recipient)
      if (agreement === undefined)
        return { kind: "refused", text: "the agreement was made, but is not there" }
      log.event("recipients.agreed", { recipient: own(agreement.recipient), agreement: agreement.id })
      return { kind: "agreed", agreement }
    },
    async end(name) {
      if (!isRecipient(name)) return unknownRecipient(name)
      const ended = await store.transaction(async tx => {
        await store.notify(tx, channel, "")
        return await endAgreement(tx, name, clock.now())
      })
      if (!(await readAgain())) return refused(notRead)
      const agreement = newest(name)
      if (!ended || agreement === undefined)
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
