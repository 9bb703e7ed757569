import assert from "node:assert/strict"
import { test } from "node:test"
import { mailAddress, secret } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { arrive, enter, read } from "./open-test-mail.ts"
import { addPerson, ann, openTestPeople, password } from "./open-test-people.ts"

const next = "a newer battery staple"

test("changes the password: old mail opens with the new one, nothing with the old one, and sessions end", async t => {
  const house = await openTestPeople(t)
  const { people, notices } = house
  const { id } = await addPerson(people)
  const mail = await arrive(house, id, "before")
  const session = await enter(house, password)
  const before = await people.signIn(ann, secret(password), "web")
  assert(before.kind === "signed-in")

  assert.equal((await people.changePassword(ann, secret(password), secret(next))).kind, "changed")
  assert.equal(session.closed, true)
  assert.equal(people.liveSessions(), 0)
  assert.equal(await people.isStillSignedIn(before.account), false)
  assert.equal((await people.signIn(ann, secret(password), "web")).kind, "refused")
  assert.equal(await read(await enter(house, next), mail), "before")
  assert.deepEqual(notices, [[id, "password-changed"]])
})

test("changes nothing without the current password, or to a poor one", async t => {
  const house = await openTestPeople(t)
  const { people, notices } = house
  await addPerson(people)
  const why = async (current: string, wanted: string) => {
    const done = await people.changePassword(ann, secret(current), secret(wanted))
    return done.kind === "refused" ? done.why : done.kind
  }
  assert.equal(await why("not the password", next), "wrong-secret")
  assert.equal(await why(password, "password12"), "bad-password")
  await enter(house, password)
  assert.deepEqual(notices, [])
})

test("lets one of two changes made at once win", async t => {
  const house = await openTestPeople(t)
  await addPerson(house.people)
  const done = await Promise.all([
    house.people.changePassword(ann, secret(password), secret(`${next} 1`)),
    house.people.changePassword(ann, secret(password), secret(`${next} 2`)),
  ])
  assert.deepEqual(done.map(each => each.kind).sort(), ["changed", "refused"])
  const rows = await house.store.sql`select 1 from credential where kind = 'password'`
  assert.equal(rows.length, 1)
})

test("an app password reads for its own protocols only, and one for sending opens no mail", async t => {
  const house = await openTestPeople(t)
  const { people } = house
  const { id } = await addPerson(people)
  const mail = await arrive(house, id, "a letter")
  const reading = await people.addAppPassword(ann, secret(password), ["imap", "submission"], secret("Laptop"))
  const sending = await people.addAppPassword(ann, secret(password), ["submission"], secret("Printer"))
  assert(reading.kind === "added" && sending.kind === "added")

  assert.equal(await read(await enter(house, opened(reading.secret), "imap"), mail), "a letter")
  assert.equal(
    await read(await enter(house, opened(reading.secret).toLowerCase().replaceAll("-", " "), "imap"), mail),
    "a letter",
  )
  assert.equal((await people.signIn(ann, secret(opened(reading.secret)), "pop3")).kind, "refused")
  assert.equal((await people.signIn(ann, secret(opened(reading.secret)), "web")).kind, "refused")
  assert.equal((await people.signIn(ann, secret(opened(sending.secret)), "imap")).kind, "refused")
  const sender = await enter(house, opened(sending.secret), "submission")
  assert.deepEqual(sender.generations, [])
  await assert.rejects(read(sender, mail), { code: "generation-closed" })
  for (const other of [opened(reading.secret), password]) {
    assert.deepEqual((await enter(house, other, "submission")).generations, [], "to send opens no mail")
  }
  const wraps = await house.store.sql<
    { holder_id: number }[]
  >`select holder_id from wrap where holder_kind = 'app-password'`
  assert.deepEqual(
    wraps.map(row => row.holder_id),
    [reading.id],
  )
})

test("an app password changes no password, stays valid when the password changes, and ends when removed", async t => {
  const house = await openTestPeople(t)
  const { people } = house
  await addPerson(people)
  const added = await people.addAppPassword(ann, secret(password), ["imap"], secret("Phone"))
  assert(added.kind === "added")
  assert.equal((await people.changePassword(ann, secret(opened(added.secret)), secret(next))).kind, "refused")
  assert.equal(
    (await people.addAppPassword(ann, secret(opened(added.secret)), ["imap"], secret("Thief"))).kind,
    "refused",
  )
  assert.equal((await people.changePassword(ann, secret(password), secret(next))).kind, "changed")
  const session = await enter(house, opened(added.secret), "imap")
  const own = await enter(house, next)
  const [listed] = await people.listAppPasswords(own)
  assert.deepEqual([listed?.label && opened(listed.label), listed?.protocols], ["Phone", ["imap"]])
  assert.equal((await people.removeAppPassword(own, added.id)).kind, "removed")
  assert.equal(session.closed, true)
  assert.equal((await people.signIn(ann, secret(opened(added.secret)), "imap")).kind, "refused")
})

test("refuses app passwords for what they cannot be for", async t => {
  const { people } = await openTestPeople(t)
  await addPerson(people)
  for (const protocols of [[], ["web"], ["imap", "control"]]) {
    const done = await people.addAppPassword(ann, secret(password), protocols, secret("x"))
    assert.equal(done.kind === "refused" && done.why, "bad-protocols")
  }
  const unnamed = await people.addAppPassword(ann, secret(password), ["imap"], secret(" "))
  assert.equal(unnamed.kind === "refused" && unnamed.why, "bad-label")
})

test("verifies no credential that was copied to another account or made another kind", async t => {
  const { people, store } = await openTestPeople(t)
  const { id: annId } = await addPerson(people)
  const { id: eve } = await addPerson(people, mailAddress("eve@example.org"))
  await store.sql`update credential set (kdf, verify) =
    (select kdf, verify from credential where account_id = ${eve} and kind = 'password')
    where account_id = ${annId} and kind = 'password'`
  assert.equal(
    (await people.signIn(mailAddress("eve@example.org"), secret(password), "web")).kind,
    "signed-in",
  )
  assert.equal((await people.signIn(ann, secret(password), "web")).kind, "refused")
})

test("an app password changes no password though the database says that it is for everything", async t => {
  const { people, store } = await openTestPeople(t)
  await addPerson(people)
  const added = await people.addAppPassword(ann, secret(password), ["imap"], secret("Phone"))
  assert(added.kind === "added")
  await store.sql`update credential set protocols = '{any,control}' where kind = 'app-password'`
  const done = await people.changePassword(ann, secret(opened(added.secret)), secret(next))
  assert.equal(done.kind === "refused" && done.why, "wrong-secret")
})
