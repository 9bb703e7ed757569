import assert from "node:assert/strict"
import { test } from "node:test"
import { createScramClient } from "../../../packages/sasl/fixtures/scram-client.ts"
import { systemChance } from "../ports/chance.ts"
import { secret as asSecret, createPrivacy, ipAddress } from "../privacy/index.ts"
import { createArgonQueue } from "./argon-queue.ts"
import { addCredential, credentialsOf, holderOf } from "./credentials.ts"
import { codeKdf, deriveCode, derivePassword } from "./kdf.ts"
import { arrive, enter, read } from "./open-test-mail.ts"
import { addPerson, openTestPeople, password } from "./open-test-people.ts"
import { makeCode, readCode } from "./readable-code.ts"
import { createStretchQueue } from "./stretch-queue.ts"

test("an app password of 0.1.0 reads as before, and does not sign in by SCRAM", async t => {
  const house = await openTestPeople(t)
  const { store, vaults, clock, people } = house
  const { id } = await addPerson(people)
  const mail = await arrive(house, id, "a letter")
  const argon = createArgonQueue()
  const privacy = createPrivacy({ clock })
  const parts = {
    store,
    vaults,
    privacy,
    clock,
    chance: systemChance,
    argon,
    stretching: createStretchQueue(),
  }
  const main = (await credentialsOf(store.sql, id)).find(each => each.kind === "password")
  assert(main)
  const derived = await derivePassword(argon, password, main.kdf)
  assert(derived)
  const secret = makeCode("app-password", systemChance)
  const random = readCode("app-password", secret)
  assert(random)
  await store.transaction(async tx => {
    const keys = await vaults.openWraps(id, holderOf(main, derived), tx)
    const old = deriveCode(random, codeKdf(systemChance))
    await addCredential(tx, parts, id, { kind: "app-password", protocols: ["imap"], derived: old }, keys)
  })

  assert.equal(await read(await enter(house, secret, "imap"), mail), "a letter")
  const client = createScramClient({ name: "ann@example.org", password: secret })
  const channel = { mechanism: "SCRAM-SHA-256", bindings: new Map() } as const
  const exchange = people.beginScram("imap", ipAddress("192.0.2.1"), channel)
  const challenge = await exchange.first(asSecret(client.first))
  assert(challenge.kind === "challenge")
  assert.equal((await exchange.last(asSecret(client.final(challenge.bytes)))).kind, "refused")
})
