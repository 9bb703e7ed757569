import { systemClock } from "../ports/clock.ts"
import { createPrivacy } from "./gate.ts"
import type { Permit } from "./permit.ts"
import type { Personal } from "./personal.ts"

/** A gate for tests that are about something else. */
export const testPrivacy = createPrivacy({ clock: systemClock })

/** What a test compares: equality does not look into personal values, all of a category are alike to it. */
export function opened<T>(value: Personal<"user.contact.email" | "user.device.ip_address", T>): T {
  return withPermit(permit => value.open(permit))
}

/** Runs `work` at once, with a permit for taking mail in. */
export function withPermit<T>(work: (permit: Permit<"mail.receive">) => T): T {
  const made: { result?: { readonly value: T } } = {}
  void testPrivacy.gate("mail.receive", { kind: "stranger" }, async permit => {
    made.result = { value: work(permit) }
  })
  if (made.result === undefined) throw new Error("the gate did not run its work at once")
  return made.result.value
}
