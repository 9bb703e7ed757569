import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
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

  assert.equal((await people.signIn(ann, "wrong horse battery", "web")).kind, "refused")
  assert.equal((await people.signIn("nobody@example.org", password, "web")).kind, "refused")
  assert.equal((await people.signIn("no address", password, "web")).kind, "refused")
  const signedIn = await people.signIn("ANN@example.org", password, "web")
  assert(signedIn.kind === "signed-in")
  const opened = openSealed(await signedIn.session.sealKey(key.id), thing, sealed)
  assert.equal(opened.toString(), "a letter")
  assert.equal(people.liveSessions(), 1)
  signedIn.session.close()
  assert.equal(people.liveSessions(), 0)
  await assert.rejects(signedIn.session.sealKey(key.id), VaultError)
})
