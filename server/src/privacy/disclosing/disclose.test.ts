import assert from "node:assert/strict"
import { test } from "node:test"
import { createTableResolver } from "@letterkeep/dns"
import { EgressError } from "../../ports/network/egress.ts"
import { type AccountId, asId } from "../../store/index.ts"
import { discloseToDns } from "../disclosed-dns.ts"
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
  assert.throws(() => privacy.egressFor("mail.read" as never, "dns"), why("wrong-recipient"))
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
  await assert.rejects(privacy.egressFor("mail.screen", "dns").release("dns"), stopped("not-written"))
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
    const standing = privacy.egressFor("mail.screen", "dns")
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
  const standing = privacy.egressFor("mail.screen", "dns")
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

test("no standing permit reaches a recipient whose values are written one by one", () => {
  const { privacy } = openTestDisclosing()
  assert.throws(() => privacy.egressFor("account.serve", "own-door"), why("wrong-recipient"))
})

const toOutside = {
  declared: (recipient: "dns" | "own-door") => declaredFor(recipient),
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
  await assert.rejects(egressFor("mail.screen", "dns").release("dns"), stopped("not-agreed"))
})

test("a resolver behind the gate answers as the one before it does, each question a disclosure", async () => {
  const { privacy, metrics } = openTestDisclosing()
  const table = createTableResolver({
    "example.org": { txt: ["v=spf1 -all"], a: ["192.0.2.1"] },
    "192.0.2.1": { ptr: ["example.org"] },
  })
  const resolver = discloseToDns(privacy, table)
  assert.deepEqual(await resolver.txt("example.org"), await table.txt("example.org"))
  assert.deepEqual(await resolver.a("example.org"), await table.a("example.org"))
  assert.deepEqual(await resolver.aaaa("example.org"), await table.aaaa("example.org"))
  assert.deepEqual(await resolver.mx("none.test"), await table.mx("none.test"))
  assert.deepEqual(await resolver.ptr("192.0.2.1"), await table.ptr("192.0.2.1"))
  assert.match(metrics.render(), /^letterkeep_disclosures_total\{recipient="dns"\} 5$/m)
})

test("a name goes out as all that it is made of, and not at all where one of these is not agreed", async () => {
  const { privacy, metrics, change, written } = openTestDisclosing()
  const table = createTableResolver({ "joe.example.org": { a: ["192.0.2.1"], txt: ["x"], mx: [] } })
  const resolver = discloseToDns(privacy, table)
  const sender = resolver.naming(new Set(["sender-address"]))
  const both = resolver.naming(new Set(["sender-address", "client-address"]))
  assert.equal((await sender.a("joe.example.org")).kind, "found")
  assert.match(metrics.render(), /^letterkeep_disclosures_total\{recipient="dns"\} 2$/m)
  assert.equal((await both.txt("joe.example.org")).kind, "found")
  assert.match(metrics.render(), /^letterkeep_disclosures_total\{recipient="dns"\} 5$/m)
  await privacy.egressFor("mail.screen", "dns").release("dns")
  const [reserved] = written.map(({ event }) => (event.kind === "disclosure" ? event.categories : []))
  assert.ok(
    reserved?.includes("user.communications.sender"),
    "the ledger says that it may have been asked for",
  )

  const refused = { kind: "failed", why: "refused" }
  change("dns", { fields: ["user.communications.domain", "user.device.ip_address"] })
  for (const ask of [sender.a, sender.aaaa, sender.mx, sender.txt, both.a])
    assert.deepEqual(await ask("joe.example.org"), refused)
  assert.equal((await resolver.naming(new Set(["client-address"])).a("joe.example.org")).kind, "found")
  assert.equal((await resolver.a("joe.example.org")).kind, "found")
  change("dns", { fields: ["user.communications.domain", "user.communications.sender"] })
  assert.deepEqual(await both.a("joe.example.org"), refused)
  assert.equal((await sender.a("joe.example.org")).kind, "found")
})

test("a resolver behind the gate answers that it was refused where nothing may be told", async () => {
  const { privacy, change } = openTestDisclosing()
  const resolver = discloseToDns(privacy, createTableResolver({ "example.org": { a: ["192.0.2.1"] } }))
  change("dns", { endedAt: 1 })
  assert.deepEqual(await resolver.a("example.org"), { kind: "failed", why: "refused" })
})
