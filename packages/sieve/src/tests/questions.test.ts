// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import { actionsOf, holds, run, usualMessage } from "../../fixtures/running.ts"
import type { DuplicateQuestion } from "../index.ts"

const world = {
  mailboxExists: async (name: string) => ["INBOX", "Shop"].includes(name),
  specialUseExists: (attribute: string, mailbox: string | undefined) =>
    attribute === "\\Junk" && (mailbox ?? "Spam") === "Spam",
}

for (const [line, expected] of [
  ['mailboxexists "Shop"', true],
  ['mailboxexists ["Shop", "INBOX"]', true],
  ['mailboxexists ["Shop", "None"]', false],
  ['specialuse_exists "\\\\Junk"', true],
  ['specialuse_exists ["\\\\Junk", "\\\\Sent"]', false],
  ['specialuse_exists "Spam" "\\\\Junk"', true],
  ['specialuse_exists "Shop" "\\\\Junk"', false],
  ['ihave ["fileinto", "body"]', true],
  ['ihave "vnd.other"', false],
] as const) {
  test(`${line} is ${expected}`, async () => assert.equal(await holds(line, { world }), expected))
}

async function asked(test: string, message = usualMessage): Promise<readonly DuplicateQuestion[]> {
  const outcome = await run(`require ["duplicate", "variables"]; if ${test} { }`, { message })
  assert.ok(outcome.kind === "finished")
  return outcome.remember
}

test("duplicate asks by Message-ID for a week where nothing else is said, and has it remembered", async () => {
  assert.deepEqual(await asked("duplicate"), [
    { handle: undefined, id: "<1@shop.example>", seconds: 604_800, last: false },
  ])
})

test("duplicate asks by another field, or by what the script makes, for as long as it says", async () => {
  assert.deepEqual(await asked('duplicate :handle "h" :header "X-Count" :seconds 60 :last'), [
    { handle: "h", id: "12", seconds: 60, last: true },
  ])
  assert.deepEqual(await asked('duplicate :uniqueid "12" :seconds 999999999'), [
    { handle: undefined, id: "12", seconds: 7_776_000, last: false },
  ])
})

test("duplicate takes no notice of where an identifier is from, and decodes that of a field", async () => {
  const before = 'header :matches "message-id" "*", '
  assert.deepEqual(await asked(`allof (${before} duplicate :uniqueid "\${0}")`), await asked("duplicate"))
  const message = "X-Id: =?utf-8?q?=C3=A9?=\n\n"
  assert.equal((await asked('duplicate :header "x-id"', message))[0]?.id, "é")
})

test("duplicate for no seconds is no, and asks nothing", async () => {
  assert.deepEqual(await asked("duplicate :seconds 0"), [])
  assert.equal(await holds("duplicate :seconds 0", { world: { isDuplicate: () => true } }), false)
})

test("duplicate has nothing to ask where there is no identifier", async () => {
  assert.deepEqual(await asked("duplicate", "Subject: x\n\n"), [])
  assert.equal(
    await holds("duplicate", { message: "Subject: x\n\n", world: { isDuplicate: () => true } }),
    false,
  )
})

test("duplicate says what the answer is, and nothing is remembered of a script that fails", async () => {
  assert.equal(await holds("duplicate", { world: { isDuplicate: async () => true } }), true)
  const failed = await run('require ["duplicate", "ihave"]; if duplicate { } error "no";')
  assert.ok(!("remember" in failed))
})

test("hasflag looks at the internal flags and at those of variables, key by key", async () => {
  const before = 'setflag ["\\\\Seen", "$Later red"]; set "v" "blue \\\\Draft";'
  for (const [line, expected] of [
    ['hasflag "$later"', true],
    ['hasflag "green red"', true],
    ['hasflag ["green", "blue"]', false],
    ['hasflag ["v", "w"] "blue"', true],
    ['hasflag :contains "v" "draf"', true],
    ['hasflag :matches "$*"', true],
    ['hasflag :count "eq" "3"', true],
    ['hasflag :count "ge" ["v"] "3"', false],
    ['hasflag ""', false],
  ] as const)
    assert.equal(await holds(line, {}, before), expected, line)
})

test("flags are set, added once in any case, and taken away", async () => {
  const flagsAfter = async (script: string) => {
    const [action] = await actionsOf(`require ["imap4flags", "variables"]; ${script}`)
    return action?.kind === "keep" ? action.flags.join(" ") : ""
  }
  assert.equal(await flagsAfter('addflag "a"; addflag ["A b", "\\\\seen"];'), "a b \\seen")
  assert.equal(await flagsAfter('setflag "a b c"; removeflag ["B", "x"];'), "a c")
  assert.equal(await flagsAfter('setflag "a"; setflag "b";'), "b")
  assert.equal(await flagsAfter('setflag ["\\\\Recent", "\\\\Other", "a(b", "é", "ok"];'), "ok")
  assert.equal(await flagsAfter('setflag "v" "a"; addflag "v" "b"; removeflag "v" "a"; setflag "${v}";'), "b")
})
