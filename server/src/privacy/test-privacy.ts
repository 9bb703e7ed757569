import { systemClock } from "../ports/clock.ts"
import { createPrivacy } from "./gate.ts"
import type { Permit, Subject } from "./permit.ts"
import type { Personal } from "./personal.ts"
import { type Category, type Purpose, purposes } from "./policy/index.ts"

/** A gate for tests that are about something else. */
export const testPrivacy = createPrivacy({ clock: systemClock })

/** What a test compares: equality does not look into personal values, all of a category are alike to it. */
export function opened<T>(value: Personal<Category, T>): T {
  const purpose = (Object.keys(purposes) as Purpose[]).find(
    each => // the table's own keys
      purposes[each].categories.some(one => `${value.category}.`.startsWith(`${one}.`)),
  )
  if (purpose === undefined) throw new Error(`no purpose opens ${value.category}`)
  const { whose } = value
  const subject: Subject = whose === undefined ? { kind: "stranger" } : { kind: "account", account: whose }
  let result: { readonly value: T } | undefined
  void testPrivacy.gate(purpose, subject, async permit => {
    result = { value: value.open(permit as never) } // the purpose was sought for it
  })
  return done(result)
}

/** Runs `work` at once, with a permit for taking mail in. */
export function withPermit<T>(work: (permit: Permit<"mail.receive">) => T): T {
  let result: { readonly value: T } | undefined
  void testPrivacy.gate("mail.receive", { kind: "stranger" }, async permit => {
    result = { value: work(permit) }
  })
  return done(result)
}

function done<T>(result: { readonly value: T } | undefined): T {
  if (result === undefined) throw new Error("the gate did not run its work at once")
  return result.value
}
