import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "../ports/chance.ts"
import {
  type Choices,
  choiceDefinitions,
  createPrivacy,
  openChoices,
  organisation,
  secret,
} from "../privacy/index.ts"
import { openTestVaults } from "../vaults/open-test-vaults.ts"
import { openPeople } from "./index.ts"
import { addPerson, ann, password } from "./open-test-people.ts"

const no = {
  choice: "sell-or-share",
  value: "no",
  by: "person",
  wording: choiceDefinitions["sell-or-share"].wording,
} as const

async function openHouse(t: Parameters<typeof openTestVaults>[0]) {
  const house = await openTestVaults(t)
  const node = async () => {
    const choices = await openChoices({ ...house, ledger: { record: async () => undefined } })
    t.after(() => choices.close())
    return choices
  }
  const choices = await node()
  const privacy = createPrivacy({ clock: house.clock, choices, choiceVersion: choices.versionKept })
  const people = await openPeople({
    ...house,
    privacy,
    chance: systemChance,
    onAccountOpened: async () => undefined,
    onNotice: () => undefined,
    beforeSession: choices.keep,
  })
  t.after(() => people.close())
  await people.addOrg(organisation("Example"))
  await people.addDomain(organisation("example.org"))
  const { id } = await addPerson(people)
  const signIn = async () => {
    const signedIn = await people.signIn(ann, secret(password), "control")
    assert.ok(signedIn.kind === "signed-in")
    t.after(() => signedIn.session.close())
  }
  const versionOfPermit = () =>
    privacy.gate("mail.read", { kind: "account", account: id }, async permit => permit.choiceVersion)
  return { ...house, node, choices, id, signIn, versionOfPermit }
}

/** What another process has chosen is heard of. */
async function chooseElsewhere(elsewhere: Choices, { id, store }: Awaited<ReturnType<typeof openHouse>>) {
  const news = Promise.withResolvers<void>()
  const stop = await store.listen(
    "choices",
    () => news.resolve(),
    () => undefined,
  )
  await elsewhere.chooseNow(id, no)
  await news.promise
  await stop()
}

test("a permit about who is signed in has the version of their choices, one about who is not has none", async t => {
  const house = await openHouse(t)
  await chooseElsewhere(await house.node(), house)
  assert.equal(await house.versionOfPermit(), undefined)
  await house.signIn()
  assert.equal(await house.versionOfPermit(), 1)
})

test("permits have the new version soon after who is signed in has chosen, here or elsewhere", async t => {
  const house = await openHouse(t)
  await house.signIn()
  assert.equal(await house.versionOfPermit(), 0)
  await chooseElsewhere(await house.node(), house)
  while ((await house.versionOfPermit()) !== 1) await new Promise(setImmediate)
  await house.choices.chooseNow(house.id, no)
  while ((await house.versionOfPermit()) !== 2) await new Promise(setImmediate)
})

test("who cannot be told what they have chosen, because somebody has tampered with it, can sign in", async t => {
  const house = await openHouse(t)
  await chooseElsewhere(await house.node(), house)
  await house.store.owner`update choice set wording = 'whatever you like'`
  await house.signIn()
  assert.equal(await house.versionOfPermit(), undefined)
})
