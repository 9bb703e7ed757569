import assert from "node:assert/strict"
import { test } from "node:test"
import { EgressError } from "../../ports/network/egress.ts"
import { type AccountId, asId } from "../../store/index.ts"
import { createPrivacy } from "../gate.ts"
import { type Permit, PermitError, type Subject } from "../permit.ts"
import { personal } from "../personal.ts"
import { declaredFor } from "./agreement.ts"
import { ConsentError } from "./disclose.ts"
import { handling } from "./handling.ts"
import { smallestReservation } from "./reservations.ts"
import { openTestDisclosing } from "./test-disclosing.ts"

const stranger: Subject = { kind: "stranger" }
const anna: Subject = { kind: "account", account: asId<AccountId>(7) }
const domain = personal("user.communications.domain", "example.org")
const address = personal("user.contact.email", "anna@example.org")

const why = (wanted: PermitError["why"]) => (error: unknown) =>
  error instanceof PermitError && error.why === wanted
const stopped = (wanted: EgressError["why"]) => (error: unknown) =>
  error instanceof EgressError && error.why === wanted

test("releases to the DNS what its entry lists, and counts it", async () => {
  const { privacy, metrics } = openTestDisclosing()
  await privacy.gate("mail.screen", stranger, async permit => {
    const { value, egress } = await privacy.disclose(permit, "dns", domain)
    assert.equal(value, "example.org")
    await egress.release("dns")
  })
  assert.match(metrics.render(), /^letterkeep_disclosures_total\{recipient="dns"\} 1$/m)
})

test("releases nothing else, and nothing with an ended permit", async () => {
  const { privacy, metrics, written } = openTestDisclosing()
  let escaped: Permit<"mail.screen"> | undefined
  await privacy.gate("mail.screen", stranger, async permit => {
    escaped = permit
    const body = personal("user.content.private.mail", "Dear Alice")
    await assert.rejects(privacy.disclose(permit, "dns", body as never), why("wrong-recipient"))
    await assert.rejects(
      privacy.disclose(permit as never, "broker" as never, body as never),
      why("wrong-recipient"),
    )
  })
  await privacy.gate("mail.read", stranger, async permit => {
    await assert.rejects(privacy.disclose(permit as never, "dns", domain), why("wrong-recipient"))
  })
  await assert.rejects(async () => escaped && privacy.disclose(escaped, "dns", domain), why("ended"))
  assert.throws(
    () => privacy.egressFor("mail.read" as never, "dns", ["user.communications.domain"]),
    why("wrong-recipient"),
  )
  assert.match(metrics.render(), /^letterkeep_disclosures_total\{recipient="dns"\} 0$/m)
  assert.deepEqual(written, [])
})

test("what is about an account is in its ledger before the value is there", async () => {
  const { privacy, ledger, written } = openTestDisclosing()
  const writing = Promise.withResolvers<void>()
  ledger.before = () => writing.promise
  let released = false
  const work = privacy.gate("account.serve", anna, async permit => {
    const { egress } = await privacy.disclose(permit, "own-door", address)
    released = true
    await egress.release("own-door")
    await assert.rejects(egress.release("own-door"), stopped("spent"))
    await assert.rejects(egress.release("dns"), stopped("not-agreed"))
  })
  await new Promise(setImmediate)
  assert.equal(released, false)
  writing.resolve()
  await work
  assert.deepEqual(written, [
    {
      subject: 7,
      event: {
        kind: "disclosure",
        purpose: "account.serve",
        recipient: "own-door",
        categories: ["user.contact.email"],
        count: 1,
      },
    },
  ])
})

test("a permit about no accounts releases nothing, since no ledger would have it", async () => {
  const { privacy, metrics, written } = openTestDisclosing()
  const nobody: Subject = { kind: "accounts", accounts: [] }
  await privacy.gate("account.serve", nobody, async permit => {
    await assert.rejects(privacy.disclose(permit, "own-door", address), why("wrong-subject"))
  })
  await privacy.gate("mail.screen", nobody, async permit => {
    await assert.rejects(privacy.disclose(permit, "dns", domain), why("wrong-subject"))
  })
  assert.deepEqual(written, [])
  assert.doesNotMatch(metrics.render(), /^letterkeep_disclosures_total\{.*\} [1-9]/m)
})

test("what the ledger does not take does not leave", async () => {
  const { privacy, ledger, log } = openTestDisclosing()
  ledger.before = async () => {
    throw new Error("the disk is full")
  }
  await privacy.gate("account.serve", anna, async permit => {
    await assert.rejects(privacy.disclose(permit, "own-door", address), stopped("not-written"))
  })
  await assert.rejects(
    privacy.egressFor("mail.screen", "dns", ["user.communications.domain"]).release("dns"),
    stopped("not-written"),
  )
  assert.deepEqual(
    log.events.map(one => one.fields.why),
    ["not-written", "not-written"],
  )
})

for (const [name, changed] of [
  ["has ended", { endedAt: 900_000 }],
  ["is out of time", { until: 1_000_000 }],
  ["is for another purpose", { purposes: ["mail.read"] }],
] as const)
  test(`nothing goes where the agreement ${name}`, async () => {
    const { privacy, change, written, log, pass } = openTestDisclosing()
    const standing = privacy.egressFor("mail.screen", "dns", ["user.communications.domain"])
    change("dns", changed)
    await privacy.gate("mail.screen", stranger, async permit => {
      await assert.rejects(privacy.disclose(permit, "dns", domain), stopped("not-agreed"))
    })
    await assert.rejects(standing.release("dns"), stopped("not-agreed"))
    assert.deepEqual(written, [])
    assert.equal(log.events.length, 1, "the operator is told once a minute, not at each question")
    pass(60_000)
    await assert.rejects(standing.release("dns"), stopped("not-agreed"))
    assert.equal(log.events.length, 2)
  })

test("nothing goes where there never was an agreement, nor a field that it leaves out", async () => {
  const { privacy, change, agreements } = openTestDisclosing()
  change("dns", { fields: ["user.device.ip_address"] })
  await privacy.gate("mail.screen", stranger, async permit => {
    await assert.rejects(privacy.disclose(permit, "dns", domain), stopped("not-agreed"))
    await privacy.disclose(permit, "dns", personal("user.device.ip_address", "192.0.2.1"))
    agreements.delete("dns")
    const ip = personal("user.device.ip_address", "192.0.2.1")
    await assert.rejects(privacy.disclose(permit, "dns", ip), stopped("not-agreed"))
  })
})

test("a permit to send that was given before the agreement ended sends nothing after", async () => {
  const { privacy, change } = openTestDisclosing()
  await privacy.gate("mail.screen", stranger, async permit => {
    const { egress } = await privacy.disclose(permit, "dns", domain)
    change("dns", { endedAt: 1 })
    await assert.rejects(egress.release("dns"), stopped("not-agreed"))
  })
})

test("each thing that leaves over a standing permit is covered by the ledger", async () => {
  const { privacy, written } = openTestDisclosing()
  const standing = privacy.egressFor("mail.screen", "dns", ["user.communications.domain"])
  assert.deepEqual(written, [])
  await standing.release("dns")
  assert.deepEqual(written, [
    {
      subject: null,
      event: {
        kind: "disclosure",
        purpose: "mail.screen",
        recipient: "dns",
        categories: ["user.communications.domain", "user.communications.sender", "user.device.ip_address"],
        count: smallestReservation,
      },
    },
  ])
})

test("no standing permit is for a field that the policy does not list, nor for none", () => {
  const { privacy } = openTestDisclosing()
  for (const fields of [["user.contact.email"], ["user.communications.domain", "user.credentials"], []])
    assert.throws(() => privacy.egressFor("mail.screen", "dns", fields as never), why("wrong-recipient"))
})

test("what is no longer agreed goes over no permit, standing or not, that was given before", async () => {
  const { privacy, change, written } = openTestDisclosing()
  const sender = personal("user.communications.sender", "joe.example.org")
  const standing = privacy.egressFor("mail.screen", "dns", [
    "user.communications.domain",
    "user.communications.sender",
  ])
  const { egress } = await privacy.gate("mail.screen", stranger, permit =>
    privacy.disclose(permit, "dns", sender),
  )
  change("dns", { fields: ["user.communications.domain"] })
  for (const leave of [standing, egress]) await assert.rejects(leave.release("dns"), stopped("not-agreed"))
  assert.deepEqual(written, [])
  await privacy.egressFor("mail.screen", "dns", ["user.communications.domain"]).release("dns")
  assert.equal(written.length, 1)
})

test("what ends to be agreed while the ledger is written does not go, and is not written again", async () => {
  for (const changed of [{ fields: ["user.device.ip_address"] }, { endedAt: 1 }] as const) {
    const { privacy, change, written, ledger } = openTestDisclosing()
    ledger.before = async () => change("dns", changed)
    const standing = privacy.egressFor("mail.screen", "dns", ["user.communications.domain"])
    const single = () =>
      privacy.gate(
        "mail.screen",
        stranger,
        async permit => (await privacy.disclose(permit, "dns", domain)).egress,
      )
    const leaves = [
      standing,
      await single(),
      ...Array.from({ length: 2 * smallestReservation }, () => standing),
    ]
    const released = await Promise.allSettled(leaves.map(leave => leave.release("dns")))
    for (const one of released) assert.ok(one.status === "rejected" && stopped("not-agreed")(one.reason))
    assert.equal(written.length, 1)
  }
})

test("no standing permit reaches a recipient whose values are written one by one", () => {
  const { privacy } = openTestDisclosing()
  const toDoor = () => privacy.egressFor("account.serve", "own-door", ["user.contact.email"])
  assert.throws(toDoor, why("wrong-recipient"))
})

const toOutside = {
  declared: declaredFor,
  handling: { ...handling, "own-door": { ledger: "each", isOurs: false, consent: "sell-or-share" } },
} as const

test("addresses go to others only where the person chose so", async () => {
  const { privacy: without, written } = openTestDisclosing(toOutside)
  await without.gate("account.serve", anna, async permit => {
    await assert.rejects(without.disclose(permit, "own-door", address), ConsentError)
  })
  assert.deepEqual(written, [])
  const { privacy: given } = openTestDisclosing({ ...toOutside, choice: "yes" })
  await given.gate("account.serve", anna, async permit => {
    assert.equal((await given.disclose(permit, "own-door", address)).value, "anna@example.org")
  })
  // nobody can say yes for somebody whom the house does not know, nor for several at once
  for (const subject of [stranger, { kind: "accounts", accounts: [asId<AccountId>(7)] }] as const)
    await given.gate("account.serve", subject, async permit => {
      await assert.rejects(given.disclose(permit, "own-door", address), ConsentError)
    })
})

test("a recipient that names no choice never gets addresses", async () => {
  const { privacy } = openTestDisclosing({
    handling: { ...handling, "own-door": { ledger: "each", isOurs: false, consent: undefined } },
    choice: "yes",
  })
  await privacy.gate("account.serve", anna, async permit => {
    await assert.rejects(privacy.disclose(permit, "own-door", address), ConsentError)
  })
})

test("without a register and a ledger nothing leaves", async () => {
  const { gate, disclose, egressFor } = createPrivacy({ clock: { now: () => 0 } })
  await gate("mail.screen", stranger, async permit => {
    await assert.rejects(disclose(permit, "dns", domain), stopped("not-agreed"))
  })
  await assert.rejects(
    egressFor("mail.screen", "dns", ["user.communications.domain"]).release("dns"),
    stopped("not-agreed"),
  )
})
