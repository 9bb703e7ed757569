import assert from "node:assert/strict"
import { test } from "node:test"
import type { Agreement, Register } from "../../../privacy/index.ts"
import { ControlError } from "../command.ts"
import { examineAgreements } from "../doctor/agreements.ts"
import { recipientCommands } from "./recipients.ts"

const now = Date.parse("2026-11-26T12:00:00Z")
const day = 24 * 60 * 60 * 1000

const standing: Agreement = {
  id: 1,
  recipient: "dns",
  purposes: ["mail.screen"],
  fields: ["user.communications.domain"],
  country: undefined,
  ground: "contract",
  agreedAt: now - day,
  until: undefined,
  endedAt: undefined,
}

/** A register that holds one agreement for each recipient and notes what it is asked. */
function fake(changed: Partial<Agreement> = {}) {
  const asked: Parameters<Register["agree"]>[0][] = []
  const agreement = { ...standing, ...changed }
  const register: Register = {
    inForce: recipient => (recipient === "dns" ? agreement : { ...standing, recipient }),
    history: recipient => [recipient === "dns" ? agreement : { ...standing, recipient }],
    async agree(wish) {
      asked.push(wish)
      return { kind: "agreed", agreement }
    },
    end: async () => ({ kind: "refused", text: "no agreement with dns stands that could be ended" }),
    close: async () => undefined,
  }
  const commands = recipientCommands(register, { now: () => now })
  const call = {
    progress: () => undefined,
    bytes: async () => undefined,
    signal: new AbortController().signal,
  }
  const run = async (name: string, input: unknown) => {
    const found = commands.find(each => each.name === name)
    assert.ok(found !== undefined)
    return await found.run(input, call)
  }
  return { register, asked, run }
}

test("a day holds through that day, a moment until that moment", async () => {
  const { run, asked } = fake()
  await run("recipients.agree", { recipient: "dns", until: "2027-12-31" })
  await run("recipients.agree", { recipient: "dns", until: "2027-12-31T12:00:00+01:00" })
  await run("recipients.agree", { recipient: "dns" })
  assert.deepEqual(
    asked.map(wish => wish.until),
    [Date.parse("2028-01-01T00:00:00Z"), Date.parse("2027-12-31T11:00:00Z"), undefined],
  )
})

test("what is no date is refused before the register is asked", async () => {
  const { run, asked } = fake()
  for (const until of [
    "soon",
    "2027-13-01",
    "2027-02-31",
    "2027-02-29",
    "2027-04-31T12:00:00Z",
    "2027-12-31T25:00:00Z",
    "1",
    "",
    "31.12.2027",
    "2027-12-31T12:00:00",
  ])
    await assert.rejects(run("recipients.agree", { recipient: "dns", until }), ControlError, until)
  assert.deepEqual(asked, [])
})

test("the register's refusal is the operator's error", async () => {
  await assert.rejects(fake().run("recipients.end", { recipient: "dns" }), {
    name: "ControlError",
    message: "no agreement with dns stands that could be ended",
  })
})

test("the list says of each recipient whether anything flows, and why not", async () => {
  const says = async (changed: Partial<Agreement>) => {
    const { value } = await fake(changed).run("recipients.list", {})
    const { recipients } = value as {
      recipients: { name: string; state: { flows: boolean; says: string } }[]
    }
    return recipients.find(one => one.name === "dns")?.state
  }
  assert.deepEqual(await says({}), { flows: true, says: "agreed" })
  assert.equal((await says({ until: now + 1 }))?.flows, true)
  assert.deepEqual(await says({ until: now }), {
    flows: false,
    says: "the agreement ran out on 2026-11-26T12:00:00.000Z",
  })
  assert.match((await says({ endedAt: now - 1 }))?.says ?? "", /was ended/)
})

test("the doctor says what has stopped, and a month before what will", () => {
  const state = (changed: Partial<Agreement>) => examineAgreements(fake(changed).register, now).state
  assert.equal(state({}), "well")
  assert.equal(state({ until: now + 40 * day }), "well")
  assert.equal(state({ until: now + 20 * day }), "look")
  assert.equal(state({ until: now }), "wrong")
  assert.equal(state({ endedAt: now - 1 }), "wrong")
  const { says, todo } = examineAgreements(fake({ endedAt: now - 1 }).register, now)
  assert.match(says, /451/)
  assert.equal(todo, "./letterkeep recipients agree dns")
})
