import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { type ReportedRecipient, typedAddress, writeDsn } from "@letterkeep/dsn"
import fc from "fast-check"
import { systemChance } from "../ports/chance.ts"
import { mailAddress, secret, senderPattern } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { findSent, type SentEvent } from "../sending/index.ts"
import { type AccountId, asId } from "../store/ids.ts"
import { createReadReport } from "./delivery-reports.ts"
import { letter as plainLetter, vouchedFor } from "./filter/open-test-filters.ts"
import { password } from "./open-test-house.ts"
import { openTestSending } from "./open-test-sending.ts"

const gone: ReportedRecipient = {
  final: typedAddress("bob@inner.far.test"),
  original: typedAddress("bob@far.test"),
  action: "failed",
  status: "5.1.1",
  diagnostic: { type: "smtp", value: "550 5.1.1 nobody of that name lives here" },
}

/** As a server writes it that took the message before. */
const reportOf = (...recipients: readonly ReportedRecipient[]): Buffer =>
  writeDsn({
    report: { reportingMta: { type: "dns", value: "MX1.far.test" }, arrivedAt: 0, recipients },
    hostname: "mx1.far.test",
    from: "postmaster@far.test",
    to: "anna@near.test",
    date: 0,
    messageId: "one@far.test",
    boundary: "0123456789abcdef0123456789abcdef",
    original: Buffer.from(plainLetter("hello")),
    ret: "headers",
    international: false,
  }).bytes

/** Of a report, which has no return path, the name that its server gives is looked at. */
const provenFor = {
  ...vouchedFor,
  "mx.far.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] },
  "_dmarc.far.test": { txt: ["v=DMARC1; p=none"] },
}

const toBob = "From: anna@near.test\nSubject: hello\n\nGood day.\n"

async function open(t: TestContext) {
  const house = await openTestSending(t, { dns: provenFor })
  const { receive, returnTags, store, people } = house
  const accountOf = async (name: string): Promise<AccountId> => {
    const found = await receive.recipient(mailAddress(`${name}@near.test`))
    return found.kind === "local" ? found.accountId : assert.fail(`${name} is not here`)
  }
  const anna = await accountOf("anna")
  const kept = await house.send(anna, ["bob@far.test"], toBob)
  assert.equal(kept.kind, "kept")
  const [row] = await store.sql<{ mail_id: number }[]>`select mail_id from sent_mail`
  const mail = row?.mail_id ?? 0
  const tagged = returnTags.tag("anna@near.test", anna, mail)
  /** What comes from another server, for these addresses. */
  const comes = async (bytes: Buffer | string, to: readonly string[], from = "") => {
    const recipients = await Promise.all(
      to.map(async address => {
        const found = await receive.recipient(mailAddress(address))
        return found.kind === "local" ? found : assert.fail(`${address} is ${found.kind}`)
      }),
    )
    const envelope = await house.envelopeTo("anna")
    const incoming = receive.begin({ ...envelope, recipients, reversePath: mailAddress(from) })
    incoming.write(Buffer.from(bytes))
    return await incoming.finish()
  }
  /** What Anna's history says of the message. */
  const said = async (): Promise<readonly SentEvent[]> => {
    const signedIn = await people.signIn(mailAddress("anna@near.test"), secret(password), "control")
    assert.ok(signedIn.kind === "signed-in")
    const found = await findSent(store, signedIn.session, mail)
    signedIn.session.close()
    return found?.events.map(({ event }) => (event === undefined ? assert.fail() : opened(event))) ?? []
  }
  return { ...house, anna, ben: await accountOf("ben"), mail, tagged, comes, said }
}

test("a report that comes to the return path of a message stands in that message's history", async t => {
  const { comes, tagged, said, mailOf } = await open(t)
  assert.equal((await comes(reportOf(gone), [tagged.toUpperCase()])).kind, "kept")
  assert.deepEqual(await said(), [
    {
      kind: "reported",
      address: "bob@inner.far.test",
      original: "bob@far.test",
      action: "failed",
      status: "5.1.1",
      diagnostic: "550 5.1.1 nobody of that name lives here",
      by: "mx1.far.test",
      proven: "far.test",
    },
  ])
  const [inbox] = (await mailOf("anna")).filter(({ mailbox }) => mailbox === "INBOX")
  assert.ok(inbox !== undefined)
  assert.ok(inbox.body.endsWith(reportOf(gone).toString("latin1")), "it lies in the inbox as it came")
  assert.ok(!inbox.body.includes("+b="), "the tag is no business of its reader's")
})

test("each recipient that a report names has an event, and what is named twice has one", async t => {
  const { comes, tagged, said } = await open(t)
  const other: ReportedRecipient = {
    final: typedAddress("dora@far.test"),
    action: "delayed",
    status: "4.2.2",
  }
  await comes(reportOf(gone, other, gone, other), [tagged])
  assert.deepEqual(
    (await said()).map(event => event.kind === "reported" && [event.address, event.action]),
    [
      ["bob@inner.far.test", "failed"],
      ["dora@far.test", "delayed"],
    ],
  )
})

for (const [what, to] of [
  ["the plain address", () => "anna@near.test"],
  ["an address with another tag", () => "anna+shop@near.test"],
  ["a tag that is not ours", (tagged: string) => tagged.replace(/.@/, end => (end === "a@" ? "b@" : "a@"))],
  ["somebody else's address with the tag", (tagged: string) => tagged.replace("anna", "ben")],
] as const)
  test(`a report that comes to ${what} is mail like other mail`, async t => {
    const { comes, tagged, said } = await open(t)
    assert.equal((await comes(reportOf(gone), [to(tagged)])).kind, "kept")
    assert.deepEqual(await said(), [])
  })

test("nothing is believed that comes to several addresses at once", async t => {
  const { comes, tagged, said } = await open(t)
  await comes(reportOf(gone), [tagged, "ben@near.test"])
  await comes(reportOf(gone), [tagged, tagged])
  assert.deepEqual(await said(), [])
})

test("nothing is believed that screening puts into Junk", async t => {
  const { comes, tagged, said, people, mailOf } = await open(t)
  await people.addRule(mailAddress("anna@near.test"), "block", senderPattern("far.test"))
  await comes(reportOf(gone), [tagged])
  assert.deepEqual(await said(), [])
  assert.deepEqual((await mailOf("anna")).map(({ mailbox }) => mailbox).sort(), ["Junk", "Sent"])
})

test("what comes to a return path and is no report is delivered as to the plain address, and answered", async t => {
  const { comes, tagged, said, setFilter, mailOf, queue } = await open(t)
  await setFilter(
    "anna",
    'require ["envelope", "subaddress", "fileinto", "vacation"]; if envelope :detail "to" "*" { discard; } vacation "away";',
  )
  const before = await queue.claim({ limit: 100, each: 100, leaseMs: 600_000, busy: [] })
  assert.equal(before.claimed.length, 1)
  assert.equal((await comes(plainLetter("a question"), [tagged], "carla@far.test")).kind, "kept")
  assert.deepEqual(await said(), [])
  assert.ok(
    (await mailOf("anna")).some(({ mailbox, body }) => mailbox === "INBOX" && body.includes("a question")),
  )
  const { claimed } = await queue.claim({ limit: 100, each: 100, leaseMs: 600_000, busy: [] })
  assert.deepEqual(
    claimed.map(({ kind }) => kind),
    ["reply"],
  )
})

test("a report is answered by no filter, whatever return path it has", async t => {
  const { comes, tagged, said, setFilter, queue } = await open(t)
  await queue.claim({ limit: 100, each: 100, leaseMs: 600_000, busy: [] })
  await setFilter("anna", 'require "vacation"; vacation "away";')
  const named = Buffer.from(
    reportOf(gone)
      .toString("latin1")
      .replace(/^Auto-Submitted:.*\r\n/im, ""),
    "latin1",
  )
  assert.equal((await comes(named, [tagged], "carla@far.test")).kind, "kept")
  assert.deepEqual(await said(), [], "with a return path anybody can send it")
  assert.deepEqual((await queue.claim({ limit: 100, each: 100, leaseMs: 600_000, busy: [] })).claimed, [])
})

for (const command of ["reject", "ereject"])
  test(`a report that a filter would refuse by ${command} is kept, understood, and not answered`, async t => {
    const { comes, tagged, said, setFilter, mailOf, queue } = await open(t)
    await queue.claim({ limit: 100, each: 100, leaseMs: 600_000, busy: [] })
    await setFilter("anna", `require "${command}"; ${command} "no thanks";`)
    assert.equal((await comes(reportOf(gone), [tagged])).kind, "kept")
    assert.equal((await said()).length, 1)
    assert.deepEqual((await mailOf("anna")).map(({ mailbox }) => mailbox).sort(), ["INBOX", "Sent"])
    assert.deepEqual((await queue.claim({ limit: 100, each: 100, leaseMs: 600_000, busy: [] })).claimed, [])
  })

const nothingSaid = reportOf(gone)
  .toString("latin1")
  .replace(/^Content-Type: message\/delivery-status\r$/m, "Content-Type: text/plain\r")

for (const [what, bytes, from] of [
  ["a person's", reportOf(gone), "carla@far.test"],
  ["one that says nothing", nothingSaid, ""],
  ["a person's that says nothing", nothingSaid, "carla@far.test"],
] as const)
  test(`whoever knows a tag gets round no filter's refusal by the form of a report: ${what}`, async t => {
    const { comes, tagged, said, setFilter, mailOf } = await open(t)
    await setFilter("anna", 'require "reject"; reject "no thanks";')
    assert.equal((await comes(bytes, ["anna@near.test"], from)).kind, "refused")
    assert.equal((await comes(bytes, [tagged], from)).kind, "refused")
    assert.deepEqual(await said(), [])
    assert.deepEqual(
      (await mailOf("anna")).map(({ mailbox }) => mailbox),
      ["Sent"],
    )
  })

test("a report is understood that a filter throws away", async t => {
  const { comes, tagged, said, setFilter, mailOf } = await open(t)
  await setFilter("anna", "discard;")
  assert.equal((await comes(reportOf(gone), [tagged])).kind, "kept")
  assert.equal((await said()).length, 1)
  assert.deepEqual(
    (await mailOf("anna")).map(({ mailbox }) => mailbox),
    ["Sent"],
  )
})

test("a report about a message whose history has gone is mail like other mail", async t => {
  const { comes, tagged, said, store, mailOf } = await open(t)
  await store.sql`delete from sent_mail`
  assert.equal((await comes(reportOf(gone), [tagged])).kind, "kept")
  assert.deepEqual(await said(), [])
  assert.equal((await store.sql`select from sent_event`).length, 0)
  assert.equal((await mailOf("anna")).length, 2)
})

const nobody = asId<AccountId>(7)
/** Reads without a database: what it would write is asked for, and not written. */
const readReport = createReadReport({
  vaults: { sealKeys: async () => new Map(), serverHash: () => Buffer.alloc(32) },
  chance: systemChance,
  store: { copyIn: async () => assert.fail("nothing is written here") },
})
const readFor = (bytes: Uint8Array) =>
  readReport({
    recipients: [{ accountId: nobody, address: mailAddress("anna@near.test"), sentMail: 5 }],
    verdicts: new Map([[nobody, { kind: "accept", reasons: [] }]]),
    isPathNull: true,
    provenDomain: "far.test",
    bytes: Buffer.from(bytes),
    now: 0,
  })

test("whatever comes to a return path is read without a fault, and so is a report that was altered anywhere", async () => {
  const whole = reportOf(gone, { ...gone, final: typedAddress("dora@far.test") })
  const altered = fc
    .tuple(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 20 }), fc.nat(40))
    .map(([at, put, left]) => Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + left)]))
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), altered), async bytes => {
      const read = await readFor(bytes)
      assert.ok(read === undefined || read.events <= 4)
    }),
    { numRuns: 500 },
  )
})

test("of what a report says only so much is kept, however much it is", async () => {
  const long = "x".repeat(5_000)
  const names = Array.from({ length: 1_500 }, (_, no) => `p${no}${long.slice(0, 200)}@far.test`)
  const said = { type: "smtp", value: `550 ${long}` }
  const read = await readFor(
    reportOf(...names.map(name => ({ ...gone, final: typedAddress(name), diagnostic: said }))),
  )
  assert.ok(read !== undefined && read.events > 100 && read.events <= 1_000, `${read?.events}`)
  assert.ok((read.alongside?.bytes ?? 0) < read.events * 2_000)
})
