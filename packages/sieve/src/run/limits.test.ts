// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { compiled, inputOf, run } from "../../fixtures/running.ts"
import { checkScript, type RunLimits, runLimits, runScript } from "../index.ts"

const long = "x".repeat(100)

const tooMuch: readonly (readonly [keyof RunLimits, number, string, RegExp])[] = [
  ["steps", 10, "keep; ".repeat(11), /more than 10 steps/],
  [
    "steps",
    10,
    `if header ["a", "b"] [${'"x", '.repeat(20)}"y"] {} ${'if header "to" ["1", "2", "3", "4"] {} '.repeat(3)}`,
    /steps/,
  ],
  [
    "characters",
    1_000,
    `set "a" "${long}"; ${`set "b" "\${a}\${a}\${a}"; `.repeat(5)}`,
    /more than 1000 characters/,
  ],
  ["characters", 1_000, `if header :matches "subject" "${"*?".repeat(600)}" {}`, /more than 1000 characters/],
  ["variables", 3, 'set "a" ""; set "b" ""; set "c" ""; set "d" "";', /more than 3 variables/],
  ["variables", 1, 'addflag "a" "x"; addflag "b" "x";', /more than 1 variables/],
  ["textLength", 250, `set "a" "${long}"; fileinto "\${a}\${a}\${a}";`, /more than 250 characters/],
  ["redirects", 2, [1, 2, 3].map(one => `redirect "${one}@b.example";`).join(""), /more than 2 addresses/],
  ["actions", 3, [1, 2, 3, 4].map(one => `fileinto "${one}";`).join(""), /more than 3 actions/],
  ["flags", 2, 'addflag "a b c";', /more than 2 flags/],
  ["duplicates", 1, "if duplicate { } if duplicate { }", /more than 1 times/],
]

for (const [name, limit, script, words] of tooMuch) {
  test(`fails where ${name} would be above its limit: ${script.slice(0, 40)}`, async () => {
    const requires = 'require ["variables", "imap4flags", "fileinto", "duplicate"];'
    const within = await run(requires + script)
    assert.equal(within.kind, "finished", within.kind === "failed" ? within.fault.text : "")
    const outcome = await run(requires + script, { limits: { [name]: limit } })
    assert.ok(outcome.kind === "failed")
    assert.match(outcome.fault.text, words)
    assert.equal(outcome.byLimit, true)
  })
}

test("a long script on a long message comes to its limits", async () => {
  const words = Array.from({ length: 1_000 }, (_, at) => `"word${at}"`).join(", ")
  const script = `require ["body", "variables"]; ${`if anyof (header :contains ["subject", "to"] [${words}], body :contains [${words}], body :matches "*a*b*c?d*") { discard; } `.repeat(10)}`
  const message = `Subject: ${"x".repeat(100_000)}\n\n${"abc ".repeat(250_000)}`
  const outcome = await run(script, { message })
  assert.ok(outcome.kind === "failed")
  assert.match(outcome.fault.text, /more than (50000000 characters|100000 steps)/)
})

test("cuts the value of a variable where it is too long, and no character in two", async () => {
  const script = 'require ["variables", "fileinto"]; set "a" "xy😀z"; fileinto "${a}";'
  for (const [variableLength, mailbox] of [
    [6, "xy😀z"],
    [4, "xy😀"],
    [3, "xy"],
    [1, "x"],
  ] as const) {
    const outcome = await run(script, { limits: { variableLength } })
    assert.equal(outcome.actions[0]?.kind === "fileinto" && outcome.actions[0].mailbox, mailbox)
  }
})

test("says how many lines of the trace found no room", async () => {
  const outcome = await run("keep; ".repeat(20), { limits: { traceEntries: 5 } })
  assert.equal(outcome.trace.length, 6)
  assert.match(JSON.stringify(outcome.trace.at(-1)), /15 lines more/)
})

test("ends within its limits, whatever a script that is right and a message say", async () => {
  const lines = [
    'set "a" "${a}${a}${1}x";',
    'set :quotewildcard :upper "b" "${a}*?${b}";',
    'if header :matches "subject" ["*${a}*", "*a*?*"] { set "c" "${2}"; }',
    'if string :matches "${a}" "*?*x?*" { keep; }',
    'if body :contains "${b}" { fileinto "${c}x"; }',
    'addflag "${a} ${b}";',
    'if date :index 1 "date" "${c}" "1" { discard; }',
    'if hasflag :count "gt" ["${a}"] { redirect "${a}@b.example"; }',
    'vacation "${a}";',
    'reject "${b}";',
  ]
  const script = fc.array(fc.constantFrom(...lines), { maxLength: 40 }).map(all => all.join("\n"))
  const requires =
    'require ["variables", "imap4flags", "fileinto", "body", "date", "index", "relational", "reject", "vacation"];\n'
  const limits = { steps: 500, characters: 100_000, variableLength: 500, textLength: 2_000 }
  await fc.assert(
    fc.asyncProperty(script, fc.string({ unit: "binary", maxLength: 300 }), async (text, message) => {
      const checked = checkScript(requires + text)
      if (checked.kind === "faulty") return
      const outcome = await runScript(checked.script, inputOf({ message: `Subject: ${message}`, limits }))
      assert.ok(outcome.actions.length > 0 && outcome.actions.length <= runLimits.actions)
      assert.ok(outcome.spent.steps <= limits.steps + 1)
      // One comparison of a value with a key may go beyond before it is counted.
      assert.ok(outcome.spent.characters <= limits.characters + 10_000)
    }),
    { numRuns: 500 },
  )
})

test("runs one script again and again with the same outcome", async () => {
  const script = compiled(
    'require ["variables", "fileinto"]; if header :matches "subject" "* *" { set "a" "${a}${2}"; fileinto "${a}"; }',
  )
  const first = await runScript(script, inputOf())
  assert.deepEqual(await runScript(script, inputOf()), first)
})

for (const [what, script] of [
  [
    "tests",
    `if anyof (${Array.from({ length: 20 }, (_, n) => `body :raw :matches "*${n}*a*z"`).join(", ")}) { }`,
  ],
  ["keys", `if body :raw :matches [${Array.from({ length: 20 }, (_, n) => `"*${n}*a*z"`).join(", ")}] { }`],
] as const) {
  test(`rests between ${what} when it has looked at much, and gives the same answer`, async () => {
    const message = `Subject: x\n\n${"a 1 ".repeat(25_000)}`
    let rests = 0
    const rest = async (): Promise<void> => {
      rests += 1
    }
    const limits = { charactersAtOnce: 300_000 }
    const program = compiled(`require "body"; ${script}`)
    const input = inputOf({ message })
    const plain = await runScript(program, { ...input, limits })
    const rested = await runScript(program, { ...input, limits, rest })
    assert.deepEqual(rested, plain)
    // One comparison more than the limit, at most.
    assert.ok(
      rests >= Math.floor(plain.spent.characters / 700_000) && rests > 2,
      `${rests} of ${plain.spent.characters}`,
    )
    assert.ok(rests <= plain.spent.characters / limits.charactersAtOnce)
  })
}
