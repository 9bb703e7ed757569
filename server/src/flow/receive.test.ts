import assert from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import {
  createFirstMailboxes,
  createKeep,
  createQuotas,
  listMailboxes,
  listMessages,
  openBody,
  setQuota,
} from "../messages/index.ts"
import { openPeople } from "../people/index.ts"
import { systemChance } from "../ports/chance.ts"
import { systemClock } from "../ports/clock.ts"
import { recordingLog, silentLog } from "../ports/log.ts"
import { systemTimer } from "../ports/timer.ts"
import { createPrivacy, ipAddress, mailAddress } from "../privacy/index.ts"
import { testPrivacy } from "../privacy/test-privacy.ts"
import { createScreening } from "../screening/index.ts"
import type { AccountId } from "../store/ids.ts"
import { openTestStore } from "../store/test-store.ts"
import { openVaults } from "../vaults/index.ts"
import type { Envelope, Outcome } from "./envelope.ts"
import { headerLimit } from "./gather.ts"
import { createReceive } from "./receive.ts"

const password = "correct horse battery"

async function openHouse(t: TestContext, dns: DnsTable = {}) {
  const folder = await mkdtemp(join(tmpdir(), "letterkeep-receive-"))
  const store = await openTestStore(t)
  const privacy = createPrivacy({ clock: systemClock })
  const parts = { store, privacy, clock: systemClock, chance: systemChance, log: silentLog }
  const vaults = await openVaults({ ...parts, keyFile: join(folder, "keys.json") })
  const people = await openPeople({
    ...parts,
    vaults,
    onAccountOpened: (tx, account) => createFirstMailboxes(tx, vaults, account, 0, null),
    onNotice: () => undefined,
  })
  t.after(async () => {
    await people.close()
    await vaults.close()
    await rm(folder, { recursive: true, force: true })
  })
  await people.addOrg("Near")
  await people.addDomain("near.test")
  for (const name of ["anna", "ben"]) await people.addAccount(mailAddress(`${name}@near.test`), password)

  const disk: { room: "enough" | "low" } = { room: "enough" }
  const log = recordingLog()
  const receive = createReceive({
    people,
    quotas: createQuotas(store, systemClock),
    privacy,
    screening: createScreening<AccountId>({
      resolver: createTableResolver(dns),
      rules: (account, from, envelopeFrom) =>
        people.senderRules(account, mailAddress(from), mailAddress(envelopeFrom)),
      hostname: "mx.near.test",
      clock: systemClock,
      timer: systemTimer,
      authentication: true,
    }),
    vaults,
    keep: createKeep(store, vaults, systemChance),
    room: () => disk.room,
    clock: systemClock,
    chance: systemChance,
    log,
    hostname: "mx.near.test",
  })

  /** What the person finds after sign-in. */
  const mailOf = async (name: string) => {
    const signedIn = await people.signIn(mailAddress(`${name}@near.test`), password, "control")
    assert.equal(signedIn.kind, "signed-in")
    if (signedIn.kind !== "signed-in") return []
    const { session } = signedIn
    const names = new Map(
      (await listMailboxes(store.sql, vaults, session.account)).map(box => [box.id, box.name]),
    )
    const found: { mailbox: string; body: string; reasons: string[] }[] = []
    await privacy.gate("mail.read", { kind: "account", account: session.account }, async permit => {
      for await (const message of listMessages(store, session)) {
        const chunks: Buffer[] = []
        for await (const chunk of openBody(store, session, message.body)) chunks.push(chunk.open(permit))
        found.push({
          mailbox: names.get(message.mailbox) ?? "",
          body: Buffer.concat(chunks).toString("latin1"),
          reasons: message.entry?.open(permit).screening.reasons.map(reason => reason.code) ?? [],
        })
      }
    })
    session.close()
    return found
  }

  const envelopeTo = async (...names: string[]): Promise<Envelope> => {
    const recipients = await Promise.all(
      names.map(async name => {
        const found = await receive.recipient(mailAddress(`${name}@near.test`))
        assert.equal(found.kind, "local")
        return found.kind === "local" ? [found] : []
      }),
    )
    return {
      source: { ip: ipAddress("192.0.2.1"), port: 4000 },
      helo: "mx.far.test",
      protocol: "ESMTP",
      reversePath: mailAddress("carla@far.test"),
      recipients: recipients.flat(),
      smtputf8: false,
      body: "7BIT",
      requireTls: false,
    }
  }
  const deliver = async (message: string, ...names: string[]): Promise<Outcome> => {
    const incoming = receive.begin(await envelopeTo(...names))
    // In pieces, as a socket would bring it.
    for (let at = 0; at < message.length; at += 1000)
      incoming.write(Buffer.from(message.slice(at, at + 1000), "latin1"))
    return await incoming.finish()
  }
  return { receive, deliver, mailOf, envelopeTo, people, store, disk, log }
}

const letter =
  "From: carla@far.test\r\nDate: Tue, 3 Nov 2026 04:05:06 +0000\r\nSubject: Hi\r\n\r\nGood day\r\n"

/** What follows the fields that were written above a message. */
function asItCame(body: string): string {
  return body
    .slice(body.indexOf("\r\n", body.indexOf("X-Letterkeep-Screening:")) + 2)
    .replace(/^(\t[^\n]*\n)+/, "")
}

test("keeps a message for two readers as it came, below what a server has to write above it", async t => {
  const { deliver, mailOf, log } = await openHouse(t)
  assert.equal((await deliver(letter, "anna", "ben")).kind, "kept")
  for (const name of ["anna", "ben"]) {
    const [mail, ...more] = await mailOf(name)
    assert.ok(mail)
    assert.deepEqual(more, [])
    assert.equal(mail.mailbox, "INBOX")
    assert.equal(asItCame(mail.body), letter)
    assert.match(
      mail.body,
      /^Return-Path: <carla@far\.test>\r\nReceived: from mx\.far\.test \(\[192\.0\.2\.1\]\)\r\n/,
    )
    assert.doesNotMatch(mail.body, /near\.test>/, "one reader must not learn of the other")
    assert.match(mail.body, /\r\nAuthentication-Results: mx\.near\.test;/)
  }
  assert.deepEqual(
    log.events.map(event => event.name),
    ["receive.kept"],
  )
})

test("gives one copy to somebody who is named by two addresses", async t => {
  const { deliver, mailOf, people } = await openHouse(t)
  await people.addAlias(mailAddress("anna.b@near.test"), mailAddress("anna@near.test"))
  assert.equal((await deliver(letter, "anna", "anna.b", "anna+tag")).kind, "kept")
  assert.equal((await mailOf("anna")).length, 1)
})

test("refuses what its domain wants refused, and keeps none of it", async t => {
  const { deliver, mailOf, log } = await openHouse(t, {
    "_dmarc.far.test": { txt: ["v=DMARC1; p=reject"] },
    "far.test": { txt: ["v=spf1 -all"], a: ["192.0.2.9"] },
  })
  const outcome = await deliver(letter, "anna")
  assert.equal(outcome.kind, "refused")
  assert.deepEqual(await mailOf("anna"), [])
  assert.deepEqual(
    log.events.map(event => event.fields.why),
    ["policy"],
  )
})

test("puts what is doubted into Junk, with the reasons, for each reader by their own rules", async t => {
  const { deliver, mailOf, people } = await openHouse(t)
  await people.addRule(mailAddress("ben@near.test"), "block", "@far.test")
  assert.equal((await deliver(letter, "anna", "ben")).kind, "kept")
  assert.equal((await mailOf("anna"))[0]?.mailbox, "INBOX")
  const [junk] = await mailOf("ben")
  assert.equal(junk?.mailbox, "Junk")
  assert.equal(junk?.reasons[0], "blocked-by-you")
  assert.match(junk?.body ?? "", /\r\nX-Letterkeep-Screening: junk;\r\n\tblocked-by-you /)
})

test("takes out only the fields that forge our own authentication results", async t => {
  const { deliver, mailOf } = await openHouse(t)
  const forged = "Authentication-Results: mx.near.test;\r\n\tdmarc=pass header.from=far.test\r\n"
  const others = "Authentication-Results: mx.other.test; spf=pass\r\n"
  await deliver(`X-First: 1\r\n${forged}${others}${forged}${letter}`, "anna")
  assert.equal(asItCame((await mailOf("anna"))[0]?.body ?? ""), `X-First: 1\r\n${others}${letter}`)
})

test("refuses a header without an end", async t => {
  const { deliver, mailOf } = await openHouse(t)
  const endless = `X-Long: ${"y".repeat(900)}\r\n`.repeat(Math.ceil(headerLimit / 900) + 1)
  const outcome = await deliver(`${endless}\r\nbody\r\n`, "anna")
  assert.ok(outcome.kind === "refused" && outcome.code === "content")
  assert.deepEqual(await mailOf("anna"), [])
})

test("puts off what there is no room for, and what the store does not take", async t => {
  const { deliver, disk, store, mailOf } = await openHouse(t)
  disk.room = "low"
  assert.deepEqual(await deliver(letter, "anna"), { kind: "later", why: "room" })
  disk.room = "enough"
  await store.sql`alter table idx_entry rename to away`
  assert.deepEqual(await deliver(letter, "anna"), { kind: "later", why: "store" })
  await store.sql`alter table away rename to idx_entry`
  assert.deepEqual(await mailOf("anna"), [])
})

test("keeps nothing of a message whose sender went away", async t => {
  const { receive, envelopeTo, mailOf, deliver } = await openHouse(t)
  const incoming = receive.begin(await envelopeTo("anna"))
  incoming.write(Buffer.from(letter))
  incoming.abandon()
  assert.equal((await deliver(letter, "anna")).kind, "kept")
  assert.equal((await mailOf("anna")).length, 1)
})

test("tells who is here, who is not, and who has no room", async t => {
  const { receive } = await openHouse(t)
  const kindOf = async (address: string, size?: number) =>
    (await receive.recipient(mailAddress(address), size)).kind
  assert.equal(await kindOf("anna@near.test"), "local")
  assert.equal(await kindOf("nobody@near.test"), "unknown")
  assert.equal(await kindOf("anna@elsewhere.test"), "not-ours")
  const ben = await receive.recipient(mailAddress("Ben+x@NEAR.test"))
  assert.equal(ben.kind, "local")
})

test("turns away what is larger than the room that an account has left", async t => {
  const { receive, store, people } = await openHouse(t)
  const ben = await testPrivacy.gate("account.serve", { kind: "stranger" }, permit =>
    people.findRecipient(mailAddress("ben@near.test"), permit),
  )
  assert.ok(ben.kind === "local")
  assert.equal(await setQuota(store, ben.accountId, 1000), true)
  assert.equal((await receive.recipient(mailAddress("ben@near.test"), 999)).kind, "local")
  assert.equal((await receive.recipient(mailAddress("ben@near.test"), 1001)).kind, "over-quota")
})
