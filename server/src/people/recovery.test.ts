import assert from "node:assert/strict"
import { test } from "node:test"
import { type MailAddress, mailAddress, secret } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { arrive, enter, read } from "./open-test-mail.ts"
import { addPerson, ann, openTestPeople, password } from "./open-test-people.ts"

const next = "a newer battery staple"
const third = "yet another long secret"

test("recovers with the code: mail opens with the new password, the code is spent, a new one works", async t => {
  const house = await openTestPeople(t)
  const { people, notices } = house
  const { id, recoveryCode } = await addPerson(people)
  const mail = await arrive(house, id, "before")
  const session = await enter(house, password)

  const done = await people.recover(ann, secret(recoveryCode.toLowerCase()), secret(next))
  assert(done.kind === "recovered")
  assert.equal(session.closed, true)
  assert.equal((await people.signIn(ann, secret(password), "web")).kind, "refused")
  assert.equal(await read(await enter(house, next), mail), "before")
  assert.equal((await people.recover(ann, secret(recoveryCode), secret(third))).kind, "refused")
  assert.equal(
    (await people.recover(ann, secret(opened(done.recoveryCode)), secret(third))).kind,
    "recovered",
  )
  assert.equal(await read(await enter(house, third), mail), "before")
  assert.deepEqual(
    notices.map(([, notice]) => notice),
    ["password-recovered", "password-recovered"],
  )
})

test("refuses a code with a slip, another person's code, and a name that is not there, all as wrong", async t => {
  const { people } = await openTestPeople(t)
  const { recoveryCode } = await addPerson(people)
  const other = await addPerson(people, mailAddress("bob@example.org"))
  const why = async (address: MailAddress, code: string) => {
    const done = await people.recover(address, secret(code), secret(next))
    return done.kind === "refused" ? done.why : done.kind
  }
  const slip = (recoveryCode.startsWith("7") ? "8" : "7") + recoveryCode.slice(1)
  assert.equal(await why(ann, slip), "wrong-secret")
  assert.equal(await why(ann, other.recoveryCode), "wrong-secret")
  assert.equal(await why(mailAddress("nobody@example.org"), recoveryCode), "wrong-secret")
})

test("renews the recovery code with the password, and the one before it opens nothing", async t => {
  const house = await openTestPeople(t)
  const { people } = house
  const { id, recoveryCode } = await addPerson(people)
  const mail = await arrive(house, id, "a letter")
  const renewed = await people.renewRecoveryCode(ann, secret(password))
  assert(renewed.kind === "renewed")
  assert.equal((await people.recover(ann, secret(recoveryCode), secret(next))).kind, "refused")
  assert.equal(
    (await people.recover(ann, secret(opened(renewed.recoveryCode)), secret(next))).kind,
    "recovered",
  )
  assert.equal(await read(await enter(house, next), mail), "a letter")
})

test("an administrator's reset opens new mail alone; the old recovery code with the present password opens the rest", async t => {
  const house = await openTestPeople(t)
  const { people, notices, store } = house
  const { id, recoveryCode } = await addPerson(people)
  const app = await people.addAppPassword(ann, secret(password), ["imap"], secret("Phone"))
  assert(app.kind === "added")
  const old = await arrive(house, id, "before")
  const session = await enter(house, password)

  const reset = await people.adminReset(ann, secret(next))
  assert(reset.kind === "reset")
  assert.equal(session.closed, true)
  assert.equal((await people.signIn(ann, secret(password), "web")).kind, "refused")
  assert.equal((await people.signIn(ann, secret(opened(app.secret)), "imap")).kind, "refused")
  const fresh = await arrive(house, id, "after")
  const afterReset = await enter(house, next)
  assert.equal(await read(afterReset, fresh), "after")
  await assert.rejects(read(afterReset, old), { code: "generation-closed" })

  const without = await people.recover(ann, secret(recoveryCode), secret("not the present one"))
  assert.equal(without.kind, "refused")
  const done = await people.recover(ann, secret(recoveryCode), secret(next))
  assert(done.kind === "reopened")
  assert.equal(done.generations, 1)
  const whole = await enter(house, next)
  assert.deepEqual(whole.generations, [1, 2])
  assert.equal(await read(whole, old), "before")
  assert.equal(await read(whole, fresh), "after")
  const left = await store.sql<{ kind: string }[]>`select kind from credential order by kind`
  assert.deepEqual(
    left.map(row => row.kind),
    ["password", "recovery"],
  )
  assert.deepEqual(
    notices.map(([, notice]) => notice),
    ["app-password-added", "password-reset", "old-mail-reopened"],
  )

  assert.equal((await people.recover(ann, secret(opened(reset.recoveryCode)), secret(third))).kind, "refused")
  assert.equal(
    (await people.recover(ann, secret(opened(done.recoveryCode)), secret(third))).kind,
    "recovered",
  )
  assert.equal(await read(await enter(house, third), old), "before")
})

test("the old password with the present one opens old mail too, across two resets", async t => {
  const house = await openTestPeople(t)
  const { people } = house
  const { id } = await addPerson(people)
  const first = await arrive(house, id, "first")
  const reset = await people.adminReset(ann, secret(next))
  assert(reset.kind === "reset")
  const second = await arrive(house, id, "second")
  await people.adminReset(ann, secret(third))

  assert.equal((await people.reopenOldMail(ann, secret(next), secret(password))).kind, "refused")
  const nothing = await people.reopenOldMail(ann, secret(third), secret("some other password"))
  assert.equal(nothing.kind === "refused" && nothing.why, "wrong-secret")
  assert.equal((await people.reopenOldMail(ann, secret(third), secret(password))).kind, "reopened")
  const session = await enter(house, third)
  assert.deepEqual(session.generations, [1, 3])
  assert.equal(await read(session, first), "first")
  await assert.rejects(read(session, second), { code: "generation-closed" })
  assert.equal(
    (await people.reopenOldMail(ann, secret(third), secret(opened(reset.recoveryCode)))).kind,
    "reopened",
  )
  assert.equal(await read(await enter(house, third), second), "second")
  const rows = await house.store.sql`select 1 from credential`
  assert.equal(rows.length, 2)
})

test("an administrator cannot open the old mail with all that a reset gives", async t => {
  const house = await openTestPeople(t)
  const { people } = house
  const { id } = await addPerson(people)
  const old = await arrive(house, id, "before")
  const reset = await people.adminReset(ann, secret(next))
  assert(reset.kind === "reset")
  const recovered = await people.recover(ann, secret(opened(reset.recoveryCode)), secret(third))
  assert(recovered.kind === "recovered")
  const session = await enter(house, third)
  assert.deepEqual(session.generations, [2])
  await assert.rejects(read(session, old), { code: "generation-closed" })
})
