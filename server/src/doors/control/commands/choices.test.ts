import assert from "node:assert/strict"
import { test } from "node:test"
import {
  type ChoiceMade,
  type Choices,
  ChoicesBrokenError,
  choiceDefinitions,
} from "../../../privacy/index.ts"
import { testPrivacy } from "../../../privacy/test-privacy.ts"
import { type AccountId, asId } from "../../../store/ids.ts"
import { ControlError } from "../command.ts"
import { choiceCommands } from "./choices.ts"

const anna = asId<AccountId>(7)
const { wording } = choiceDefinitions["sell-or-share"]

/** The commands over one account's choices, kept in memory; nobody signs in with another password than "right". */
function open(history: () => Promise<readonly ChoiceMade[]> = async () => []) {
  const said: string[] = []
  const looks: unknown[] = []
  const choices: Choices = {
    choose: async () => assert.fail("not in a transaction of the command's"),
    chooseNow: async (account, { value, by, wording }) => {
      assert.equal(account, anna)
      said.push(`${value} by ${by}: ${wording}`)
    },
    chooseOnce: async () => assert.fail("a person's choice is kept each time"),
    now: async () => "no",
    version: async () => said.length,
    versionKept: () => undefined,
    keep: async () => undefined,
    history,
  }
  const commands = choiceCommands({
    choices,
    privacy: testPrivacy,
    people: {
      findRecipient: async () => ({ kind: "local", accountId: anna }),
      signIn: async (_address, password) => {
        const isRight = await testPrivacy.gate(
          "account.serve",
          { kind: "stranger" },
          async permit => password.open(permit) === "right",
        )
        if (!isRight) return { kind: "refused" }
        const session = { account: anna, close: () => undefined }
        return { kind: "signed-in", session, account: { id: anna } } as never // the command asks for no more of them
      },
    },
    staff: {
      look: async (look, work) => {
        looks.push(look)
        return await work(undefined as never) // the history needs no permit of its own
      },
      act: async () => assert.fail("a look is no act"),
    },
    staffRegister: {
      whoLooks: async name =>
        name === "Rita"
          ? { kind: "bound", by: name as never } // who is bound is asked elsewhere
          : { kind: "refused", text: "nobody is bound" },
      list: async () => assert.fail("nobody asks"),
      agree: async () => assert.fail("nobody agrees"),
      end: async () => assert.fail("nobody ends"),
    },
  })
  const call = {
    progress: () => undefined,
    bytes: async () => undefined,
    signal: new AbortController().signal,
  }
  const run = async (name: string, input: object) => {
    const found = commands.find(each => each.name === name)
    assert.ok(found !== undefined)
    return await found.run({ address: "anna@near.test", by: "Rita", ...input }, call)
  }
  return { run, said, looks }
}

const asks = { choice: "sell-or-share", answer: "yes" }

test("a choice is made by who signs in, after seeing the words", async () => {
  const { run, said } = open()
  const asked = await run("choice.ask", asks)
  assert.equal(asked.text, wording)
  const { seen } = asked.value as { seen: string }
  await run("choice.set", { ...asks, seen, password: "right" })
  assert.deepEqual(said, [`yes by person: ${wording}`])
})

test("refuses an answer to other words, a wrong password, what is no answer, and what is no choice", async () => {
  const { run, said } = open()
  const { seen } = (await run("choice.ask", asks)).value as { seen: string }
  for (const input of [
    { ...asks, seen: "0123456789abcdef", password: "right" },
    { ...asks, seen, password: "wrong" },
    { ...asks, answer: "perhaps", seen, password: "right" },
    { ...asks, choice: "constructor", seen, password: "right" },
  ])
    await assert.rejects(run("choice.set", input), ControlError)
  assert.deepEqual(said, [])
})

test("shows what stands and all that was made, for a reason alone", async () => {
  const made: ChoiceMade = {
    choice: "sell-or-share",
    value: "yes",
    by: "person",
    at: 0,
    policyVersion: "1.3",
    wording,
  }
  const { run, looks } = open(async () => [made])
  await assert.rejects(run("choices", {}), ControlError)
  assert.deepEqual(looks, [])
  const { text } = await run("choices", { reason: "she asked on the phone" })
  assert.match(
    text,
    /^sell-or-share: yes\n1970-01-01 00:00 {2}sell-or-share: yes, by the person, policy 1\.3\n/,
  )
  assert.equal(looks.length, 1)
})

test("says in words that somebody has tampered with them", async () => {
  const { run } = open(async () => {
    throw new ChoicesBrokenError("number 2 is missing")
  })
  await assert.rejects(
    run("choices", { reason: "she asked on the phone" }),
    error => error instanceof ControlError && /number 2 is missing/.test(error.message),
  )
})
