// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import { actionsOf, run } from "../../fixtures/running.ts"
import type { SieveAction } from "../index.ts"

/** Actions in short: "fileinto a", "keep", "implicit keep". */
function short(action: SieveAction): string {
  switch (action.kind) {
    case "keep":
      return action.implicit ? "implicit keep" : "keep"
    case "fileinto":
      return `fileinto ${action.mailbox}`
    case "redirect":
      return `redirect ${action.address}`
    case "reject":
      return `${action.how} ${action.reason}`
    case "discard":
      return "discard"
    case "vacation":
      return `reply to ${action.to}`
  }
}

async function shortOf(script: string): Promise<readonly string[]> {
  return (await actionsOf(script)).map(short)
}

const all =
  'require ["fileinto", "copy", "reject", "ereject", "imap4flags", "mailbox", "special-use", "variables"];'

for (const [script, actions] of [
  ["", ["implicit keep"]],
  ["keep;", ["keep"]],
  ["keep; keep;", ["keep"]],
  ["discard;", ["discard"]],
  ["discard; keep;", ["discard", "keep"]],
  ["stop; discard;", ["implicit keep"]],
  ["if true { stop; } discard;", ["implicit keep"]],
  ["if true { if true { stop; } discard; } discard;", ["implicit keep"]],
  ['fileinto "a";', ["fileinto a"]],
  ['fileinto "a"; fileinto "b"; fileinto "a";', ["fileinto a", "fileinto b"]],
  ['fileinto "a"; keep;', ["fileinto a", "keep"]],
  ['keep; fileinto "inbox";', ["keep"]],
  ['fileinto "INBOX"; keep;', ["fileinto INBOX"]],
  ['fileinto :copy "a";', ["fileinto a", "implicit keep"]],
  ['fileinto :copy "a"; fileinto "a";', ["fileinto a"]],
  ['redirect "x@y.example";', ["redirect x@y.example"]],
  ['redirect :copy "x@y.example";', ["redirect x@y.example", "implicit keep"]],
  ['redirect "x@y.example"; redirect "X@Y.example";', ["redirect x@y.example"]],
  ['redirect "Bob <x@y.example>";', ["redirect x@y.example"]],
  ['redirect "\\"b k\\"@y.example";', ['redirect "b k"@y.example']],
  ['reject "no";', ["reject no"]],
  ['ereject "no"; discard;', ["ereject no", "discard"]],
  ["if false { keep; } elsif true { discard; } else { keep; }", ["discard"]],
  ["if false { discard; } elsif false { discard; } else { keep; }", ["keep"]],
  ["if true { } elsif true { discard; } else { discard; }", ["implicit keep"]],
] as const) {
  test(`${JSON.stringify(script)} asks for ${actions.join(", ")}`, async () => {
    assert.deepEqual(await shortOf(`${all} ${script}`), actions)
  })
}

test("hands flags, attributes and the wish for a new mailbox on", async () => {
  const [action] = await actionsOf(
    `${all} fileinto :create :specialuse "\\\\Junk" :flags ["\\\\Seen", "$a b"] "Spam";`,
  )
  assert.ok(action?.kind === "fileinto")
  assert.equal(action.create, true)
  assert.equal(action.specialUse, "\\Junk")
  assert.deepEqual(action.flags, ["\\Seen", "$a", "b"])
})

test("sets the internal flags on what comes after them, and on the implicit keep", async () => {
  const script = `${all} addflag "a"; fileinto :copy "one"; addflag "b"; fileinto :copy :flags "c" "two";`
  const flags = (await actionsOf(script)).map(action => ("flags" in action ? action.flags : []))
  assert.deepEqual(flags, [["a"], ["c"], ["a", "b"]])
})

test("keeps the flags of the last of two times that go into one mailbox", async () => {
  const [action, ...more] = await actionsOf(
    `${all} fileinto :flags ["a", "B"] "x"; fileinto :flags ["b", "c"] "x";`,
  )
  assert.deepEqual(more, [])
  assert.deepEqual(action?.kind === "fileinto" && action.flags, ["b", "c"])
})

for (const [script, fault] of [
  ['reject "no"; keep;', /not refused and kept/],
  ['keep; reject "no";', /not refused and kept/],
  ['fileinto "a"; ereject "no";', /not refused and filed/],
  ['redirect "a@b.example"; reject "no";', /not refused and redirected/],
  ['reject "no"; reject "no";', /refused before/],
  ['set "m" ""; fileinto "${m}";', /no mailbox is called/],
  ['set "m" "a\nb"; fileinto "${m}";', /no mailbox is called/],
  ['set "a" "nobody"; redirect "${a}";', /no address that mail can be sent to/],
  ['set "a" "⒈com"; redirect "a@${a}.example";', /a@⒈com\.example\\?" is at a domain that cannot be/],
] as const) {
  test(`${JSON.stringify(script)} fails, and the message is kept without more`, async () => {
    const outcome = await run(`${all} addflag "x"; ${script}`)
    assert.ok(outcome.kind === "failed")
    assert.match(outcome.fault.text, fault)
    assert.equal(outcome.byLimit, false)
    assert.deepEqual(outcome.actions, [{ kind: "keep", at: undefined, implicit: true, flags: [] }])
    assert.match(outcome.trace.at(-1)?.kind === "note" ? JSON.stringify(outcome.trace.at(-1)) : "", fault)
  })
}

test("error ends the script in its own words", async () => {
  const outcome = await run('require "ihave"; discard; error "too old";')
  assert.ok(outcome.kind === "failed")
  assert.equal(outcome.fault.text, "the script says: too old")
  assert.deepEqual(outcome.fault.at, { line: 1, column: 27 })
})
