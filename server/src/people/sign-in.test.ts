import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import { ipAddress, type MailAddress, mailAddress, secret } from "../privacy/index.ts"
import { openSealed, type SealedThing, seal, VaultError } from "../vaults/index.ts"
import { addPerson, ann, openTestPeople, password } from "./open-test-people.ts"

const chance = { bytes: (count: number) => randomBytes(count) }

test("opens with the right password what was sealed to the account, and with a wrong one nothing", async t => {
  const { people, vaults } = await openTestPeople(t)
  const { id } = await addPerson(people)
  const key = (await vaults.sealKeys([id])).get(id)
  assert(key)
  const thing: SealedThing = { account: id, kind: "body", id: "7", chunk: 0, final: true }
  const sealed = seal(key, thing, Buffer.from("a letter"), chance)

  assert.equal((await people.signIn(ann, secret("wrong horse battery"), "web")).kind, "refused")
  assert.equal(
    (await people.signIn(mailAddress("nobody@example.org"), secret(password), "web")).kind,
    "refused",
  )
  assert.equal((await people.signIn(mailAddress("no address"), secret(password), "web")).kind, "refused")
  const signedIn = await people.signIn(mailAddress("ANN@example.org"), secret(password), "web")
  assert(signedIn.kind === "signed-in")
  const opened = openSealed(await signedIn.session.sealKey(key.id), thing, sealed)
  assert.equal(opened.toString(), "a letter")
  assert.equal(people.liveSessions(), 1)
  signedIn.session.close()
  assert.equal(people.liveSessions(), 0)
  await assert.rejects(signedIn.session.sealKey(key.id), VaultError)
})

test("slows a guesser down, names that exist and names that do not alike", async t => {
  const { people, clock } = await openTestPeople(t)
  await addPerson(people)
  const kinds = async (address: MailAddress, source: (n: number) => string) => {
    const seen: string[] = []
    for (let n = 0; n < 12; n++)
      seen.push(
        (await people.signIn(address, secret("wrong wrong wrong"), "imap", ipAddress(source(n)))).kind,
      )
    return seen
  }
  const known = await kinds(ann, n => `192.0.2.${n}`)
  const unknown = await kinds(mailAddress("nobody@example.org"), n => `198.51.100.${n}`)
  assert.deepEqual(known, unknown)
  assert.deepEqual(known, [...Array(10).fill("refused"), "slow-down", "slow-down"])
  const slowed = await people.signIn(ann, secret(password), "imap", ipAddress("203.0.113.9"))
  assert(slowed.kind === "slow-down" && slowed.retryAfterSeconds > 0)
  clock.at += slowed.retryAfterSeconds * 1000
  assert.equal(
    (await people.signIn(ann, secret(password), "imap", ipAddress("203.0.113.9"))).kind,
    "signed-in",
  )
})

test("ends a session on a node that hears of the change from the database", async t => {
  const { people, store } = await openTestPeople(t)
  const { id } = await addPerson(people)
  const signedIn = await people.signIn(ann, secret(password), "web")
  assert(signedIn.kind === "signed-in")
  const heard = Promise.withResolvers<void>()
  await store.listen(
    "people_credentials",
    () => heard.resolve(),
    () => undefined,
  )
  await store.transaction(async tx => {
    await tx`update account set credential_generation = credential_generation + 1 where account_id = ${id}`
    await store.notify(tx, "people_credentials", `${id} ${signedIn.account.credentialGeneration + 1}`)
  })
  await heard.promise
  assert.equal(signedIn.session.closed, true)
  assert.equal(await people.isStillSignedIn(signedIn.account), false)
})

test("is an error, and no wrong password, when the password is right and its wrap does not open", async t => {
  const { people, store } = await openTestPeople(t)
  const { id } = await addPerson(people)
  const { id: bob } = await addPerson(people, mailAddress("bob@example.org"))
  await store.sql`update wrap set data = (select data from wrap where account_id = ${bob} and holder_kind = 'password')
    where account_id = ${id} and holder_kind = 'password'`
  await assert.rejects(people.signIn(ann, secret(password), "web"), { code: "not-authentic" })
})
