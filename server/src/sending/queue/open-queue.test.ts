import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import { peerWord } from "../../privacy/index.ts"
import { opened } from "../../privacy/test-privacy.ts"
import type { Claimed } from "../contract.ts"
import { minute, openTestQueue, wish } from "./open-test-queue.ts"

const addressesOf = (claimed: Claimed | undefined): string[] =>
  claimed?.recipients.map(({ address }) => opened(address)) ?? []

test("gives what was put in, each domain's recipients together, and the text as it was", async t => {
  const { queue, put, addAccount } = await openTestQueue(t)
  const anna = await addAccount()
  const text = randomBytes(600_000)
  const to = ["carla@far.test", "Dora@FAR.test", "emil@münchen.test"]
  const more = { requireTls: true, ret: "HDRS", envid: peerWord("QQ314159"), signedBy: "near.test" } as const
  const mail = await put(anna, { to, text, more })
  const { claimed, more: isMore } = await queue.claim(wish)
  assert.equal(isMore, false)
  const [far, other] = claimed.toSorted((one, another) =>
    one.recipients.length < another.recipients.length ? 1 : -1,
  )
  assert.deepEqual(addressesOf(far), ["carla@far.test", "Dora@FAR.test"])
  assert.deepEqual([far?.domain, other?.domain], ["far.test", "xn--mnchen-3ya.test"])
  assert.deepEqual(addressesOf(other), ["emil@münchen.test"])
  for (const one of [far, other]) {
    assert.ok(one)
    assert.deepEqual(
      [one.mail, one.account, one.size, one.requireTls, one.ret, one.signedBy, one.kind],
      [mail, anna, text.length, true, "HDRS", "near.test", "submitted"],
    )
    assert.equal(one.envid && opened(one.envid), "QQ314159")
    assert.equal(opened(one.reversePath), "anna@near.test")
    assert.ok(opened(await one.text()).equals(text))
  }
})

test("a message goes with its last recipient, also where the last two go at the same moment", async t => {
  const { queue, put, addAccount, store, settle } = await openTestQueue(t)
  const anna = await addAccount()
  await put(anna, { to: ["carla@far.test", "dora@wide.test"], text: "letter" })
  const { claimed } = await queue.claim(wish)
  assert.equal(claimed.length, 2)
  await Promise.all(
    claimed.map(one => settle({ claimed: one, no: one.recipients[0]?.no ?? 9, kind: "handed-over" })),
  )
  for (const table of ["queued_mail", "queued_body", "queued_recipient"])
    assert.equal((await store.sql`select from ${store.sql(table)}`).length, 0, table)
})

test("one that failed waits its time, keeps what was answered, and counts its tries", async t => {
  const { queue, put, addAccount, settle, letPass } = await openTestQueue(t)
  const anna = await addAccount()
  await put(anna)
  const [first] = (await queue.claim(wish)).claimed
  assert.ok(first)
  const answer = { why: "refused", reply: { code: 451, enhanced: "4.7.1", text: "come later" } } as const
  const again = { kind: "again", afterMs: 5 * minute, answer, toldOfDelay: true } as const
  assert.deepEqual(await settle({ claimed: first, no: 0, ...again }), [])
  assert.deepEqual((await queue.claim(wish)).claimed, [])
  const left = await queue.nextDueIn()
  assert.ok(left !== undefined && left > 4 * minute && left <= 5 * minute)
  await letPass(5 * minute)
  assert.equal(await queue.nextDueIn(), 0)
  const [second] = (await queue.claim(wish)).claimed
  assert.deepEqual(
    second?.recipients.map(({ attempts, toldOfDelay }) => [attempts, toldOfDelay]),
    [[1, true]],
  )
})

test("nothing is claimed before its time", async t => {
  const { queue, put, addAccount, letPass } = await openTestQueue(t)
  await put(await addAccount(), { more: { notBefore: Date.now() + minute } })
  assert.deepEqual((await queue.claim(wish)).claimed, [])
  await letPass(minute)
  assert.equal((await queue.claim(wish)).claimed.length, 1)
})

test("what a killed worker had in hand is claimed again when its lease is over, and not before", async t => {
  const { queue, node, put, addAccount, letPass } = await openTestQueue(t)
  const mail = await put(await addAccount())
  assert.equal((await queue.claim(wish)).claimed.length, 1)
  const other = await node()
  await letPass(wish.leaseMs - 5000)
  assert.deepEqual((await other.claim(wish)).claimed, [])
  await letPass(5000)
  const [again] = (await other.claim(wish)).claimed
  assert.deepEqual([again?.mail, again?.recipients[0]?.attempts], [mail, 1])
})

test("a renewed lease holds on, and one that others have by now is said to be lost", async t => {
  const { queue, put, addAccount, letPass } = await openTestQueue(t)
  const anna = await addAccount()
  await put(anna)
  const { claimed } = await queue.claim(wish)
  await letPass(wish.leaseMs - 1000)
  assert.deepEqual(await queue.renew(claimed, wish.leaseMs), [])
  await letPass(2000)
  assert.deepEqual((await queue.claim(wish)).claimed, [])
  await letPass(wish.leaseMs)
  const { claimed: others } = await queue.claim(wish)
  assert.equal(others.length, 1)
  assert.deepEqual(await queue.renew(claimed, wish.leaseMs), claimed)
  assert.deepEqual(await queue.renew(others, wish.leaseMs), [])
})

test("whoever lost a lease puts nothing off and gives nothing up; what was handed over has gone all the same", async t => {
  const { queue, put, addAccount, letPass, settle } = await openTestQueue(t)
  await put(await addAccount())
  const [late] = (await queue.claim(wish)).claimed
  assert.ok(late)
  await letPass(wish.leaseMs)
  const [now] = (await queue.claim(wish)).claimed
  assert.ok(now)
  const givenUp = { claimed: late, no: 0, kind: "given-up" } as const
  const again = {
    claimed: late,
    no: 0,
    kind: "again",
    afterMs: 0,
    answer: { why: "refused" },
    toldOfDelay: false,
  } as const
  assert.deepEqual(await settle(givenUp), [givenUp])
  assert.deepEqual(await settle(again), [again])
  assert.deepEqual(await settle({ claimed: late, no: 0, kind: "handed-over" }), [])
  const last = { claimed: now, no: 0, kind: "given-up" } as const
  assert.deepEqual(await settle(last), [last])
})

test("what a worker gives back is due at once, and counts for no try", async t => {
  const { queue, put, addAccount } = await openTestQueue(t)
  await put(await addAccount())
  await queue.giveBack((await queue.claim(wish)).claimed)
  const [again] = (await queue.claim(wish)).claimed
  assert.equal(again?.recipients[0]?.attempts, 0)
})

test("what was altered is said, and held when that is written down; the rest goes on", async t => {
  const { queue, put, addAccount, store, log } = await openTestQueue(t)
  const anna = await addAccount()
  const envelope = await put(anna, { to: ["one@far.test"] })
  const recipient = await put(anna, { to: ["two@far.test", "three@far.test"] })
  const moved = await put(anna, { to: ["four@far.test"] })
  const good = await put(anna, { to: ["five@far.test"] })
  await store.sql`update queued_mail set envelope = envelope || '\\x00'::bytea where mail_id = ${envelope}`
  await store.sql`update queued_recipient set data = (
    select data from queued_recipient where mail_id = ${recipient} and no = 0) where mail_id = ${recipient} and no = 1`
  await store.sql`update queued_mail set envelope = (select envelope from queued_mail where mail_id = ${good})
    where mail_id = ${moved}`
  const { claimed, damaged } = await queue.claim(wish)
  assert.deepEqual(
    claimed.map(({ mail }) => mail),
    [good],
  )
  assert.deepEqual(damaged.map(({ mail }) => mail).toSorted(), [envelope, recipient, moved].toSorted())
  const said = log.events.filter(({ name }) => name === "queue.mail-not-opened")
  assert.deepEqual(said.map(({ fields }) => fields.mail).toSorted(), [envelope, recipient, moved].toSorted())
  for (const one of damaged) {
    assert.equal(await store.transaction(tx => queue.setAside(tx, one)), true)
    assert.equal(await store.transaction(tx => queue.setAside(tx, one)), false)
  }
  const held = await store.sql`select from queued_recipient where held`
  assert.equal(held.length, 4)
})

test("what is held until its time is over is claimed to be given up, once, and nothing else is", async t => {
  const { queue, put, addAccount, store, letPass, settle } = await openTestQueue(t)
  const anna = await addAccount()
  const ended = { more: { expiresAt: Date.now() - 1 } }
  const held = await put(anna, { ...ended, to: ["one@far.test", "two@wide.test"] })
  const damaged = await put(anna, ended)
  const young = await put(anna)
  await put(anna, ended)
  await store.sql`update queued_recipient set held = true where mail_id in (${held}, ${damaged}, ${young})`
  await store.sql`update queued_mail set envelope = ''::bytea where mail_id = ${damaged}`
  const claim = () => queue.claimHeldTooLong(10, wish.leaseMs)
  const first = await claim()
  assert.deepEqual(
    first.claimed.map(({ mail, domain }) => [mail, domain]).toSorted(),
    [
      [held, "far.test"],
      [held, "wide.test"],
    ].toSorted(),
  )
  assert.deepEqual(
    first.damaged.map(({ mail }) => mail),
    [damaged],
  )
  assert.deepEqual(await claim(), { claimed: [], damaged: [] })
  await letPass(wish.leaseMs)
  const { claimed } = await claim()
  const lost = first.claimed.map(
    one => ({ claimed: one, no: one.recipients[0]?.no ?? -1, kind: "given-up" }) as const,
  )
  assert.equal((await settle(...lost)).length, 2)
  assert.deepEqual(
    await settle(
      ...claimed.map(one => ({ claimed: one, no: one.recipients[0]?.no ?? -1, kind: "given-up" }) as const),
    ),
    [],
  )
  assert.equal((await store.sql`select from queued_recipient where mail_id = ${held}`).length, 0)
})

test("no recipient is sent to another domain because somebody changed the row that says where they are", async t => {
  const { queue, put, addAccount, store } = await openTestQueue(t)
  const anna = await addAccount()
  await put(anna, { to: ["one@evil.test", "two@far.test"] })
  await put(anna, { to: ["three@good.test"] })
  const [evil] = (await queue.claim(wish)).claimed.filter(({ domain }) => domain === "evil.test")
  assert.ok(evil)
  await store.sql`update queued_recipient set destination = ${evil.destination}, lease = null, due_at = now()`
  const { claimed, damaged } = await queue.claim(wish)
  assert.deepEqual(claimed, [])
  assert.equal(damaged.flatMap(({ recipients }) => recipients).length, 3)
})

test("a body of which a piece is missing, moved, altered or cut gives no text", async t => {
  const { queue, put, addAccount, store } = await openTestQueue(t)
  const anna = await addAccount()
  const text = randomBytes(3 * 256 * 1024)
  const spoil: readonly ((mail: number) => Promise<unknown>)[] = [
    mail => store.sql`delete from queued_body where mail_id = ${mail} and no = 2`,
    mail => store.sql`delete from queued_body where mail_id = ${mail} and no = 1`,
    mail => store.sql`update queued_body set no = no + 10 where mail_id = ${mail}`,
    mail =>
      store.sql`update queued_body set data = data || '\\x00'::bytea where mail_id = ${mail} and no = 0`,
    mail => store.sql`update queued_body b set data = (select data from queued_body o
      where o.mail_id = b.mail_id and o.no = 1 - b.no) where mail_id = ${mail} and no < 2`,
  ]
  for (const [at, how] of spoil.entries()) {
    const mail = await put(anna, { text })
    await how(mail)
    const [claimed] = (await queue.claim(wish)).claimed
    assert.ok(claimed)
    await assert.rejects(claimed.text(), { name: "DamagedMailError" }, String(at))
  }
})

test("with the account its waiting mail goes", async t => {
  const { put, addAccount, store } = await openTestQueue(t)
  const anna = await addAccount()
  await put(anna, { text: "letter" })
  await store.sql`delete from account where account_id = ${anna}`
  for (const table of ["queued_mail", "queued_body", "queued_recipient"])
    assert.equal((await store.sql`select from ${store.sql(table)}`).length, 0, table)
})

test("no address, no domain and no word of a message lies in the clear in any row", async t => {
  const { put, queue, settle, addAccount, store } = await openTestQueue(t)
  const words = ["Brieftext8801", "carla8802", "ferne8803", "Kennung8804", "Absender8805", "Antwort8806"]
  const { mailAddress } = await import("../../privacy/index.ts")
  const anna = await addAccount()
  await put(anna, {
    to: ["carla8802@ferne8803.test"],
    text: `Dear Carla, Brieftext8801`,
    more: { envid: peerWord("Kennung8804"), reversePath: mailAddress("Absender8805@near.test", anna) },
  })
  const [claimed] = (await queue.claim(wish)).claimed
  assert.ok(claimed)
  const answer = { why: "refused", reply: { code: 450, enhanced: undefined, text: "Antwort8806" } } as const
  await settle({ claimed, no: 0, kind: "again", afterMs: 0, answer, toldOfDelay: false })
  const tables = await store.sql<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`
  let octets = 0
  for (const { name } of tables)
    for await (const row of store.copyOut(store.sql, `select * from ${name}`))
      for (const value of row) {
        octets += value?.length ?? 0
        for (const word of words)
          assert.ok(
            !value?.toString("latin1").toLowerCase().includes(word.toLowerCase()),
            `${word} in ${name}`,
          )
      }
  assert.ok(octets > 500)
})

test("refuses a message for nobody, for too many, without a domain, or of another size than it says", async t => {
  const { put, addAccount } = await openTestQueue(t)
  const anna = await addAccount()
  await assert.rejects(put(anna, { to: [] }), RangeError)
  await assert.rejects(
    put(anna, { to: Array.from({ length: 1001 }, (_, no) => `a${no}@far.test`) }),
    RangeError,
  )
  await assert.rejects(put(anna, { to: ["carla"] }), RangeError)
  await assert.rejects(put(anna, { text: "four", more: { size: 5 } }), RangeError)
})

test("a node hears when something was queued", async t => {
  const { put, queue, addAccount } = await openTestQueue(t)
  const heard = Promise.withResolvers<void>()
  const stop = await queue.listen(heard.resolve)
  await put(await addAccount())
  await heard.promise
  await stop()
})
