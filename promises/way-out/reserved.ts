import assert from "node:assert/strict"
import { test } from "node:test"
import { reservationLasts } from "../../server/src/privacy/disclosing/reservations.ts"
import { openTestDisclosing } from "../../server/src/privacy/disclosing/test-disclosing.ts"
import type { Mutation } from "../check-file.ts"

/**
 * What is reserved in the ledger for a recipient with small values: how many may leave, in which time, with which
 * fields. Each value that leaves is covered by an entry that says so.
 */
const file = "server/src/privacy/disclosing/reservations.ts"
const inTime = "whatever leaves is covered by an entry that is no older than a reservation lasts"
const inNumber = "never more leaves than is reserved, and no entry reserves more than a few thousand"
const inFields = "what was reserved for some fields is not used for others"

export const reservedMutations: readonly Mutation[] = [
  {
    name: "a reservation lasts for ever",
    file,
    find: "const isOver = clock.now() >= first.until",
    replace: "const isOver = first.until < 0",
    why: "the ledger would not say when something left",
    noticedBy: inTime,
  },
  {
    name: "a reservation is never used up",
    file,
    find: "if (!isOver && first.left > 0) {",
    replace: "if (!isOver) {",
    why: "more would leave than anybody can read of",
    noticedBy: inNumber,
  },
  {
    name: "reservations grow without end",
    file,
    find: "Math.min(largestReservation, account.size * 2)",
    replace: "account.size * 2",
    why: "one entry would cover whatever will ever leave",
    noticedBy: inNumber,
  },
  {
    name: "what was reserved for some fields is used for all",
    file,
    find: 'const key = [purpose, recipient, ...categories.toSorted()].join(" ")',
    replace: 'const key = [purpose, recipient].join(" ")',
    why: "the ledger would say less than what left",
    noticedBy: inFields,
  },
]

export function reservedChecks(): void {
  test(inTime, async () => {
    const { privacy, written, pass } = openTestDisclosing()
    const leave = privacy.egressFor("mail.screen", "dns", ["user.communications.domain"])
    await leave.release("dns")
    pass(reservationLasts - 1)
    await leave.release("dns")
    assert.equal(written.length, 1)
    pass(1)
    await leave.release("dns")
    assert.equal(written.length, 2)
  })

  test(inNumber, async () => {
    const { privacy, written } = openTestDisclosing()
    const leave = privacy.egressFor("mail.screen", "dns", ["user.communications.domain"])
    const reserved = () =>
      written.reduce((sum, { event }) => sum + (event.kind === "disclosure" ? event.count : 0), 0)
    for (let left = 1; left <= 20_000; left += 1) {
      await leave.release("dns")
      assert.ok(left <= reserved(), `${left} have left, ${reserved()} are reserved`)
    }
    for (const { event } of written) assert.ok(event.kind === "disclosure" && event.count <= 5000)
  })

  test(inFields, async () => {
    const { privacy, written, change } = openTestDisclosing()
    const fields = [["user.device.ip_address"], ["user.communications.domain"]] as const
    for (const each of fields) {
      change("dns", { fields: each })
      await privacy.egressFor("mail.screen", "dns", each).release("dns")
    }
    assert.deepEqual(
      written.map(({ event }) => event.kind === "disclosure" && event.categories),
      fields,
    )
  })
}
