import assert from "node:assert/strict"
import { test } from "node:test"
import { smallestReservation } from "../../server/src/privacy/disclosing/reservations.ts"
import { openTestDisclosing } from "../../server/src/privacy/disclosing/test-disclosing.ts"
import { createPrivacy, personal } from "../../server/src/privacy/index.ts"
import type { Mutation } from "../check-file.ts"
import { isRefused } from "./refused.ts"

/**
 * When the way out looks at an agreement: before a value is released, at each use of a leave, and again when the
 * ledger has been written, since an agreement may end at any of these moments. The register is in the test's hands, so
 * that it can hold what the operator's command would refuse, as another version's register may.
 */
const disclose = "server/src/privacy/disclosing/disclose.ts"
const agreement = "server/src/privacy/disclosing/agreement.ts"
const held = "reservations.take(purpose, recipient, () => requireAgreed(purpose, recipient, fields)),"
const none =
  "nothing is told under an agreement that was never made, or is for another purpose or other fields"
const between = "an agreement that ends after the leave was given stops it, and nothing is said to have left"
const meanwhile = "an agreement that ends while the ledger is being written stops what waits for it"
const narrowed = "a field that is no longer agreed does not go by a leave that was given for it"
const noRegister = "where there is no register nothing goes to anybody"

export const agreedMutations: readonly Mutation[] = [
  {
    name: "what was never agreed may go",
    file: agreement,
    find: 'if (agreement === undefined) return "never-agreed"',
    replace: "if (agreement === undefined) return undefined",
    why: "a recipient would need no agreement at all",
    noticedBy: none,
  },
  {
    name: "an agreement for one purpose is good for all",
    file: agreement,
    find: '  if (!agreement.purposes.includes(purpose)) return "not-for-this"\n',
    replace: "",
    why: "a recipient would be told things for what was never agreed",
    noticedBy: none,
  },
  {
    name: "a value is released before anybody looks at the agreement",
    file: disclose,
    find: "      requireAgreed(purpose, recipient, [category])\n      const released",
    replace: "      const released",
    why: "whoever takes the value needs no leave to have seen it",
    noticedBy: none,
  },
  {
    name: "a leave for one value outlives its agreement",
    file: disclose,
    find: "if (isEach) requireAgreed(purpose, recipient, [category])",
    replace: "if (isEach) left = 0",
    why: "what was begun before the end would go out after it",
    noticedBy: between,
  },
  {
    name: "the ledger is written for what may not leave",
    file: disclose,
    find: held,
    replace:
      "reservations.take(purpose, recipient, (asked => () => (asked++ === 0 ? [] : requireAgreed(purpose, recipient, fields)))(0)),",
    why: "people would read that something left which did not",
    noticedBy: between,
  },
  {
    name: "nobody looks again when the ledger is written",
    file: disclose,
    find: held,
    replace:
      "reservations.take(purpose, recipient, (once => () => (once ??= requireAgreed(purpose, recipient, fields)))(undefined)),",
    why: "a slow disk would be a way out after the end",
    noticedBy: meanwhile,
  },
  {
    name: "a leave is good for whatever is agreed",
    file: disclose,
    find: held,
    replace:
      "reservations.take(purpose, recipient, () => requireAgreed(purpose, recipient, [agreements.inForce(recipient).fields[0]])),",
    why: "what the operator took out of an agreement would go on, and the ledger would not say so",
    noticedBy: narrowed,
  },
  {
    name: "without a register values are released",
    file: disclose,
    find: "  async disclose(_permit, recipient) {\n    throw new EgressError",
    replace:
      "  async disclose(_permit, recipient) {\n    if (recipient !== undefined) return undefined as never\n    throw new EgressError",
    why: "a part that is not wired up would be a way out",
    noticedBy: noRegister,
  },
  {
    name: "without a register sockets open",
    file: disclose,
    find: "mintEgress(recipient, async () => {\n      throw new EgressError",
    replace: "mintEgress(recipient, async () => {\n      if (recipient === undefined) throw new EgressError",
    why: "a part that is not wired up would be a way out",
    noticedBy: noRegister,
  },
]

const domain = personal("user.communications.domain", "far.example")
const stranger = { kind: "stranger" } as const

export function agreedChecks(): void {
  test(none, async () => {
    const house = openTestDisclosing()
    const refusedNow = async (isAsked: boolean): Promise<void> => {
      await assert.rejects(discloseIn(house), isRefused("EgressError", "not-agreed"))
      const standing = house.privacy.egressFor("mail.screen", "dns", ["user.communications.domain"])
      if (isAsked) await assert.rejects(standing.release("dns"), isRefused("EgressError", "not-agreed"))
      assert.deepEqual(house.written, [])
    }
    house.change("dns", { purposes: ["mail.read"] })
    await refusedNow(true)
    house.change("dns", { purposes: ["mail.screen"], fields: ["user.device.ip_address"] })
    await refusedNow(false) // for a standing leave, what it says comes later
    house.agreements.delete("dns")
    await refusedNow(true)
  })

  test(between, async () => {
    const house = openTestDisclosing()
    const { egress } = await discloseIn(house)
    const standing = house.privacy.egressFor("mail.screen", "dns", ["user.communications.domain"])
    const each = await house.privacy.gate("account.serve", stranger, permit =>
      house.privacy.disclose(permit, "own-door", personal("user.contact.email", "anna@house.example")),
    )
    const before = [...house.written]
    for (const recipient of ["dns", "own-door"] as const)
      house.change(recipient, { endedAt: house.clock.now() })
    for (const leave of [egress, standing])
      await assert.rejects(leave.release("dns"), isRefused("EgressError", "not-agreed"))
    await assert.rejects(each.egress.release("own-door"), isRefused("EgressError", "not-agreed"))
    assert.deepEqual(house.written, before)
  })

  test(meanwhile, async () => {
    const house = openTestDisclosing()
    house.ledger.before = async () => house.change("dns", { endedAt: house.clock.now() })
    const leave = house.privacy.egressFor("mail.screen", "dns", ["user.communications.domain"])
    await assert.rejects(leave.release("dns"), isRefused("EgressError", "not-agreed"))
    assert.equal(house.written.length, 1, "nothing was written meanwhile: this shows nothing")
  })

  test(narrowed, async () => {
    const house = openTestDisclosing()
    const [domain, sender] = ["user.communications.domain", "user.communications.sender"] as const
    const both = house.privacy.egressFor("mail.screen", "dns", [domain, sender])
    const one = house.privacy.egressFor("mail.screen", "dns", [domain])
    await both.release("dns")
    house.change("dns", { fields: [domain] })
    await assert.rejects(both.release("dns"), isRefused("EgressError", "not-agreed"))
    await one.release("dns")
    assert.deepEqual(house.written.at(-1)?.event.kind === "disclosure" && house.written.at(-1)?.event, {
      kind: "disclosure",
      purpose: "mail.screen",
      recipient: "dns",
      categories: [domain],
      count: smallestReservation,
    })
  })

  test(noRegister, async () => {
    const privacy = createPrivacy({ clock: { now: () => 0 } })
    await assert.rejects(discloseIn({ privacy }), isRefused("EgressError", "not-agreed"))
    const leave = privacy.egressFor("mail.screen", "dns", ["user.communications.domain"])
    await assert.rejects(leave.release("dns"), isRefused("EgressError", "not-agreed"))
  })
}

function discloseIn({ privacy }: Pick<ReturnType<typeof openTestDisclosing>, "privacy">) {
  return privacy.gate("mail.screen", stranger, permit => privacy.disclose(permit, "dns", domain))
}
