import assert from "node:assert/strict"
import { test } from "node:test"
import { cliCommands } from "./commands.ts"
import { help, parseCall, usageOf } from "./parse.ts"
import { UsageError } from "./usage-error.ts"

function parse(line: string) {
  const call = parseCall(
    line.split(" ").filter(word => word !== ""),
    () => "rita",
  )
  if (call.kind === "help") return "help"
  const { command, dataFolder, json } = call
  return { words: command.words, arguments: call.arguments, dataFolder, json }
}

test("reads a command with its arguments, wherever its options stand", () => {
  const expected = {
    words: "account add",
    arguments: { address: "anna@example.org" },
    dataFolder: "/srv/mail",
    json: true,
  }
  assert.deepEqual(parse("--data /srv/mail account add anna@example.org --password-stdin --json"), expected)
  assert.deepEqual(parse("account add --json --password-stdin anna@example.org --data=/srv/mail"), expected)
})

test("takes ./data and no JSON where nothing else is said", () => {
  assert.deepEqual(parse("status"), { words: "status", arguments: {}, dataFolder: "data", json: false })
})

test("reads a list, a text and a flag", () => {
  assert.deepEqual(parse("app-password add a@b.example --label phone --protocols imap,pop3"), {
    words: "app-password add",
    arguments: { address: "a@b.example", label: "phone", protocols: ["imap", "pop3"] },
    dataFolder: "data",
    json: false,
  })
  assert.deepEqual(parse("read a@b.example --raw --password-stdin"), {
    words: "read",
    arguments: { address: "a@b.example", raw: true },
    dataFolder: "data",
    json: false,
  })
})

test("keeps the file that an answer goes into to itself, and asks for it", () => {
  const line = ["ledger", "export", "a@b.example", "--password-stdin"]
  const call = parseCall([...line, "--out", "proofs.json"])
  assert.ok(call.kind === "command")
  assert.equal(call.out, "proofs.json")
  assert.deepEqual(call.arguments, { address: "a@b.example" })
  assert.throws(() => parseCall(line), /say where to write it.*--out FILE/)
  assert.throws(() => parseCall([...line, "--out", ""]), UsageError)
})

test("hands a reason on as it was typed, and leaves it to the server to ask for one", () => {
  const asked = ["account", "show", "a@b.example"]
  const withReason = parseCall([...asked, "--reason", "asked by phone how full it is"], () => "rita")
  assert.ok(withReason.kind === "command")
  assert.deepEqual(withReason.arguments, {
    address: "a@b.example",
    reason: "asked by phone how full it is",
    by: "rita",
  })
  const without = parseCall(asked, () => undefined)
  assert.ok(without.kind === "command")
  assert.deepEqual(without.arguments, { address: "a@b.example", by: undefined })
  assert.match(usageOf(without.command), /ADDRESS --reason TEXT \[--by NAME\]$/)
})

test("takes an argument that may be left out, or leaves it out, and no more than that", () => {
  const given = (line: string) => {
    const parsed = parseCall(line.split(" "))
    return parsed.kind === "command" ? parsed.arguments : undefined
  }
  const undo = "sent undo a@b.example"
  assert.deepEqual(given(`${undo} 7 --password-stdin`), { address: "a@b.example", mail: "7" })
  assert.deepEqual(given(`${undo} --all --password-stdin`), { address: "a@b.example", all: true })
  assert.throws(
    () => given(`${undo} 7 8 --password-stdin`),
    /sent undo ADDRESS \[MAIL\] --password-stdin \[--all\]/,
  )
  assert.throws(() => given("sent undo --all --password-stdin"), /it goes: letterkeep sent undo ADDRESS/)
})

test("knows commands that begin alike apart", () => {
  for (const { words, takes, options } of cliCommands) {
    const stdin = options?.["password-stdin"] === undefined ? "" : "--password-stdin"
    const out = options?.out === "file" ? "--out x" : ""
    const parsed = parse(`${words} ${takes.map(name => `x${name}`).join(" ")} ${stdin} ${out}`)
    assert.ok(parsed !== "help" && parsed.words === words, words)
  }
})

test("shows help for no words, help and --help, with a line for each command", () => {
  assert.deepEqual([parse(""), parse("help"), parse("--help"), parse("status --help")], Array(4).fill("help"))
  for (const command of cliCommands) assert.ok(help().includes(`  ${usageOf(command)} `), command.words)
})

const refusals: readonly (readonly [string, RegExp])[] = [
  ["dance", /there is no command "dance"/],
  ["account dance", /it goes: letterkeep account add ADDRESS/],
  ["account add", /it goes: letterkeep account add ADDRESS --password-stdin/],
  ["status now", /it goes: letterkeep status/],
  ["status --raw", /"status" takes no --raw/],
  ["status --verbose", /--verbose/],
  ["status --data", /--data/],
  ["read a@b.example", /passwords come from standard input/],
  ["account add a@b.example --password hunter2", /--password/],
]
for (const [line, expected] of refusals)
  test(`refuses "${line}" with what would have been right`, () => {
    assert.throws(
      () => parse(line),
      error => error instanceof UsageError && expected.test(error.message),
    )
  })
