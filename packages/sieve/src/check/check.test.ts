// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { invalidScripts, validScripts } from "../../fixtures/scripts.ts"
import { type Capability, capabilities, checkScript, faultText } from "../index.ts"

for (const [name, script] of Object.entries(validScripts)) {
  test(`takes ${name}`, () => {
    const checked = checkScript(script)
    assert.deepEqual(checked.kind === "faulty" ? checked.faults.map(faultText) : [], [])
    assert.deepEqual(checked.warnings, [])
  })
}

for (const [script, line, column, words] of invalidScripts) {
  test(`says where ${JSON.stringify(script)} is wrong`, () => {
    const checked = checkScript(script)
    assert.ok(checked.kind === "faulty")
    const [first] = checked.faults
    assert.match(first?.text ?? "", words)
    assert.deepEqual(first?.at, { line, column })
  })
}

test("tells all faults that are not of syntax, in their order, and no more than its limit", () => {
  const checked = checkScript('if frob { fileinto "a"; }\nkeep :x;\nredirect "b";')
  assert.ok(checked.kind === "faulty")
  assert.deepEqual(
    checked.faults.map(fault => fault.at.line),
    [1, 1, 2, 3],
  )
  const many = checkScript("frob;\n".repeat(100), { faults: 3 })
  assert.ok(many.kind === "faulty")
  assert.deepEqual(
    many.faults.map(faultText),
    [1, 2, 3].map(line => `line ${line}, column 1: this server knows no command "frob"`),
  )
})

for (const [script, words] of [
  ["stop; keep;", /^nothing runs from here/],
  ['if header "Subject:" "x" { keep; }', /no header field is called "Subject:"/],
  ['require "vacation"; vacation :mime "Gone.";', /begins with header fields/],
] as const) {
  test(`warns of ${JSON.stringify(script)}, and takes it`, () => {
    const checked = checkScript(script)
    assert.equal(checked.kind, "script")
    assert.match(checked.warnings[0]?.text ?? "", words)
  })
}

test("knows what was required", () => {
  const checked = checkScript('require ["copy", "vacation-seconds"];')
  assert.ok(checked.kind === "script")
  assert.deepEqual([...checked.script.capabilities], ["copy", "vacation-seconds", "vacation"])
})

/** For each extension what only it allows. */
const opened: Readonly<Record<Capability, string>> = {
  fileinto: 'fileinto "a";',
  envelope: 'if envelope "from" "a" { }',
  "encoded-character": 'redirect "a${hex:40}b.example";',
  "comparator-i;octet": "",
  "comparator-i;ascii-casemap": "",
  "comparator-i;ascii-numeric": 'if header :comparator "i;ascii-numeric" "a" "1" { }',
  reject: 'reject "no";',
  ereject: 'ereject "no";',
  copy: 'redirect :copy "a@b.example";',
  variables: 'if string "a" "a" { }',
  relational: 'if header :count "eq" "a" "1" { }',
  imap4flags: 'keep :flags "a";',
  subaddress: 'if address :detail "from" "a" { }',
  body: 'if body "a" { }',
  vacation: 'vacation "a";',
  "vacation-seconds": 'vacation :seconds 1 "a";',
  date: 'if currentdate "year" "2026" { }',
  index: 'if header :index 1 "a" "b" { }',
  mailbox: 'if mailboxexists "a" { }',
  "special-use": 'if specialuse_exists "\\\\Junk" { }',
  duplicate: "if duplicate { }",
  ihave: 'error "no";',
}

for (const capability of capabilities) {
  test(`${capability} allows what only it allows`, () => {
    const script = opened[capability]
    assert.equal(checkScript(`require "${capability}"; ${script}`).kind, "script")
    if (script !== "") assert.equal(checkScript(script).kind, "faulty")
  })
}

test("answers any order of words", () => {
  const words = [
    ...[
      "require",
      "if",
      "elsif",
      "else",
      "keep",
      "fileinto",
      "redirect",
      "set",
      "vacation",
      "addflag",
      "not",
      "anyof",
    ],
    ...[
      "allof",
      "header",
      "address",
      "date",
      "size",
      "ihave",
      "hasflag",
      "body",
      ":is",
      ":count",
      ":comparator",
      ":index",
    ],
    ...[
      ":over",
      ":flags",
      ":days",
      "(",
      ")",
      "{",
      "}",
      "[",
      "]",
      ",",
      ";",
      "1",
      '"x"',
      '"variables"',
      '"${a}"',
      '"from"',
    ],
    ...['"eq"', '"imap4flags"', '"ihave"', "true"],
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 25 }), all => {
      const script = `require ["variables", "imap4flags", "date", "index", "body", "relational", "ihave"];\n${all.join(" ")}`
      const checked = checkScript(script)
      if (checked.kind === "faulty") assert.ok(checked.faults.length > 0)
    }),
    { numRuns: 3_000 },
  )
})
