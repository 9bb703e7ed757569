import type { Clock } from "../../ports/clock.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import type { Store } from "../../store/index.ts"
import {
  type Category,
  isCategory,
  type Purpose,
  purposes,
  type Recipient,
  recipients,
} from "../policy/index.ts"
import { type Ground, grounds, isDeclaredCountry } from "../policy/transfers.ts"
import { type Agreement, declaredFor, isRecipient } from "./agreement.ts"
import { recipientNames } from "./facts.ts"
import {
  type AgreementRow,
  endAgreement,
  insertAgreement,
  lockRegister,
  makeStanding,
  type NewAgreement,
  readAgreements,
} from "./rows.ts"

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

export interface AgreementWish {
  readonly recipient: string
  /** Undefined: all that the policy declares. */
  readonly purposes: readonly string[] | undefined
  readonly fields: readonly string[] | undefined
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined
  /** Milliseconds since 1970. */
  readonly until: number | undefined
}

export type Agreed = { readonly kind: "agreed"; readonly agreement: Agreement } | NotSo
/** `text`: why, for the operator. */
export interface NotSo {
  readonly kind: "refused"
  readonly text: string
}

const channel = "agreements"

export async function openRegister(parts: {
  readonly store: Pick<Store, "sql" | "transaction" | "notify" | "listen">
  readonly clock: Clock
  readonly log: Log
}): Promise<Register> {
  const { store, clock, log } = parts
  await store.transaction(tx => makeStanding(tx, recipientNames, standing, clock.now()))
  let known = await readAll()
  let stale = false
  let reading: Promise<void> | undefined

  async function readAll(): Promise<readonly Agreement[]> {
    return (await readAgreements(store.sql)).map(parseRow).filter(one => one !== undefined)
  }
  /** What a failed reading leaves is tried again when next asked: meanwhile the last that was known holds. */
  const read = (): Promise<void> => {
    stale = true
    reading ??= readAll()
      .then(
        agreements => {
          known = agreements
          stale = false
        },
        error => log.event("recipients.unread", { error: failure(error) }),
      )
      .finally(() => {
        reading = undefined
      })
    return reading
  }
  const readAgain = async (): Promise<void> => {
    await reading // it may have read before the change
    await read()
  }
  const stop = await store.listen(
    channel,
    () => void readAgain(),
    () => void readAgain(),
  )
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
      await readAgain()
      const agreement = newest(name)
      if (!ended || agreement === undefined)
        return { kind: "refused", text: `no agreement with ${name} stands that could be ended` }
      log.event("recipients.ended", { recipient: own(name), agreement: agreement.id })
      return { kind: "ended", agreement }
    },
    close: () => stop(),
  }
}

/** What a recipient is agreed to have from the start. */
function standing(recipient: Recipient): NewAgreement {
  const { where } = recipients[recipient]
  return {
    recipient,
    ...declaredFor(recipient),
    country: null,
    ground: where.kind === "this-machine" ? null : where.ground,
    until: null,
  }
}

type Checked =
  | {
      readonly kind: "fits"
      readonly recipient: Recipient
      readonly row: NewAgreement
    }
  | NotSo

/** The policy declares the most that can be agreed. */
export function checkWish(wish: AgreementWish, now: number): Checked {
  const { recipient, country } = wish
  if (!isRecipient(recipient)) return unknownRecipient(recipient)
  const most = declaredFor(recipient)
  const beyond = [
    ...(wish.purposes ?? []).filter(name => !most.purposes.some(purpose => purpose === name)),
    ...(wish.fields ?? []).filter(name => !most.fields.some(field => field === name)),
  ]
  if (beyond.length > 0)
    return refused(
      `the policy does not let ${recipient} have ${beyond.join(", ")}: at most ${[...most.purposes, ...most.fields].join(", ")}`,
    )
  const chosen = standing(recipient)
  const agreed = {
    ...chosen,
    purposes: wish.purposes ?? chosen.purposes,
    fields: wish.fields ?? chosen.fields,
  }
  if (agreed.purposes.length === 0 || agreed.fields.length === 0)
    return refused("an agreement is for one purpose and one field at least")
  const { where } = recipients[recipient]
  if (country !== undefined && !isDeclaredCountry(where, country))
    return refused(`the policy does not say that data goes to "${country}" for ${recipient}`)
  if (wish.until !== undefined && !(wish.until > now)) return refused("it would have ended already")
  const until = wish.until === undefined ? null : new Date(wish.until)
  return { kind: "fits", recipient, row: { ...agreed, country: country ?? null, until } }
}

function refused(text: string): NotSo {
  return { kind: "refused", text }
}

function unknownRecipient(name: string): NotSo {
  return refused(`the policy knows no recipient "${name}": it has ${recipientNames.join(", ")}`)
}

/** Undefined for a recipient that this version of the program does not know; so for purposes and fields. */
function parseRow(row: AgreementRow): Agreement | undefined {
  const { recipient } = row
  if (!isRecipient(recipient)) return undefined
  return {
    id: row.id,
    recipient,
    purposes: row.purposes.filter(isPurpose),
    fields: row.fields.filter((name): name is Category => isCategory(name)),
    country: row.country ?? undefined,
    ground: isGround(row.ground) ? row.ground : undefined,
    agreedAt: row.agreedAt.getTime(),
    until: row.until?.getTime(),
    endedAt: row.endedAt?.getTime(),
  }
}

function isPurpose(name: string): name is Purpose {
  return Object.hasOwn(purposes, name)
}

function isGround(name: string | null): name is Ground {
  return name !== null && Object.hasOwn(grounds, name)
}
