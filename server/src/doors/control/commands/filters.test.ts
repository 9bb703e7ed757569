import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { foundBy, letter } from "../../../flow/filter/open-test-filters.ts"
import { openTestHouse, password } from "../../../flow/open-test-house.ts"
import { systemChance } from "../../../ports/chance.ts"
import { systemClock } from "../../../ports/clock.ts"
import { createStaffAccess, createStaffRegister } from "../../../privacy/index.ts"
import { createRecorder } from "../../../privacy/ledger/index.ts"
import { ControlError, type ControlResult } from "../command.ts"
import { filterTryCommands } from "./filter-try.ts"
import { filterCommands } from "./filters.ts"

const anna = { address: "anna@near.test", password }
const shop =
  'require ["fileinto", "mailbox"];\nif header :contains "subject" "shop" { fileinto :create "Shop"; }\n'

async function openDesk(t: TestContext) {
  const house = await openTestHouse(t)
  const { store, vaults, privacy, log } = house
  const outside = { clock: systemClock, chance: systemChance, log }
  const ledger = createRecorder({ store, vaults, ...outside })
  const staffRegister = createStaffRegister({ store, vaults, clock: systemClock, log })
  await staffRegister.agree({ name: "Rita", fields: undefined, until: systemClock.now() + 86_400_000 })
  const told: unknown[] = []
  const staff = createStaffAccess({
    ...{ privacy, store, ledger, register: staffRegister, ...outside },
    tell: async (_account, { command, reason }) => void told.push([command, reason]),
  })
  const commands = [...filterCommands({ ...house, staff, staffRegister }), ...filterTryCommands(house)]
  const ask = async (name: string, input: object = anna): Promise<ControlResult> => {
    const found = commands.find(each => each.name === name)
    assert.ok(found, name)
    const call = {
      signal: new AbortController().signal,
      progress: () => undefined,
      bytes: async () => undefined,
    }
    return await found.run({ by: "Rita", ...input }, call)
  }
  return { ...house, ask, told }
}

test("a person sets, lists, shows, changes and removes their filters, and they run", async t => {
  const house = await openDesk(t)
  const { ask } = house
  assert.equal((await ask("filter.list")).text, "no filters")
  assert.match((await ask("filter.set", { ...anna, script: shop })).text, /^"main" is set/)
  await ask("filter.set", { ...anna, script: "discard;", name: "Nothing" })
  assert.match((await ask("filter.list")).text, /^ {2}main {2}\d{4}-.*\n\* Nothing {2}/)
  await house.deliver(letter("shop"), "anna")
  await ask("filter.use", { ...anna, name: "main" })
  assert.equal((await ask("filter.show")).text, shop)
  assert.equal((await ask("filter.show", { ...anna, name: "Nothing" })).text, "discard;")
  await house.deliver(letter("shop"), "anna")
  assert.deepEqual(await foundBy(house), ["Shop: shop"])
  await ask("filter.off")
  await house.deliver(letter("shop"), "anna")
  assert.deepEqual(await foundBy(house), ["INBOX: shop", "Shop: shop"])
  assert.match((await ask("filter.remove", { ...anna, name: "main" })).text, /"main" is gone/)
  await assert.rejects(ask("filter.show"), /No filter is at work/)
})

test("refuses a wrong password, and says where a filter is wrong", async t => {
  const { ask } = await openDesk(t)
  for (const name of [
    "filter.set",
    "filter.list",
    "filter.show",
    "filter.use",
    "filter.off",
    "filter.remove",
    "filter.try",
  ])
    await assert.rejects(
      ask(name, { ...anna, password: "wrong", script: shop, name: "main" }),
      error => error instanceof ControlError && /password is wrong/.test(error.message),
      name,
    )
  await assert.rejects(
    ask("filter.set", { ...anna, script: 'keep;\nfileinto "x";' }),
    error =>
      error instanceof ControlError && /^the filter is wrong:\n {2}line 2, column 1: /.test(error.message),
  )
})

test("those who run the server stop a filter for a reason that the person is told, and see nothing of it", async t => {
  const house = await openDesk(t)
  const { ask, told } = house
  const reason = "it fills the queue each night"
  await assert.rejects(ask("filter.stop", { address: anna.address, reason }), /no filter runs on the mail/)
  await ask("filter.set", { ...anna, script: "discard;" })
  await assert.rejects(ask("filter.stop", { address: anna.address }), /--reason/)
  const { text, value } = await ask("filter.stop", { address: anna.address, reason })
  assert.doesNotMatch(JSON.stringify([text, value]), /discard|main/)
  assert.deepEqual(told, [["filter stop anna@near.test", reason]])
  await house.deliver(letter("here"), "anna")
  assert.deepEqual(await foundBy(house), ["INBOX: here"])
  assert.match((await ask("filter.list")).text, /^ {2}main .* stopped: whoever runs the server did that$/)
  await assert.rejects(ask("filter.show"), /No filter is at work\. One was stopped: whoever runs the server/)
})

test("says what a filter would have done with the last messages, and why, and changes nothing", async t => {
  const house = await openDesk(t)
  for (const subject of ["one", "a shop", "gone", "another shop", "away"])
    await house.deliver(letter(subject, [`Message-ID: <${subject.length}@far.test>`]), "anna")
  const script = `${shop}
    if header :is "subject" "gone" { discard; }`
  const withAnswer = `require ["fileinto", "mailbox", "vacation"]; ${script.slice(script.indexOf("\n"))} vacation "Away";`
  const before = await foundBy(house)
  const { text, value } = await house.ask("filter.try", { ...anna, script: withAnswer, last: "4" })
  const lines = text.split("\n")
  assert.match(lines[0] ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d {2}carla@far\.test {2}a shop$/)
  assert.equal(lines[1], "  goes into Shop; is answered")
  assert.match(text, /\n {4}line 2: header :contains "subject" "shop": yes \(.*\)\n/)
  assert.match(text, / {2}gone\n {2}is thrown away\n/)
  assert.match(text, / {2}another shop\n {2}goes into Shop\n/)
  assert.match(text, /\n4 messages: 3 would have been touched, 1 not$/)
  assert.equal((value as { looked: number }).looked, 4)
  assert.deepEqual(await foundBy(house), before)
  assert.equal((await house.store.sql`select from filter_memory`).length, 0)
  assert.equal((await house.store.sql`select from queued_mail`).length, 0)
  const all = await house.ask("filter.try", { ...anna, script: "keep;" })
  assert.equal(all.text, "5 messages: 0 would have been touched, 5 not")
})
