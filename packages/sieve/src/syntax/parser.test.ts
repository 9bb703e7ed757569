// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { validScripts } from "../../fixtures/scripts.ts"
import { scriptLimits } from "../limits.ts"
import { parseScript } from "./parser.ts"
import { printScript } from "./print.ts"
import type { ArgumentNode, CommandNode } from "./tree.ts"

function treeOf(text: string): readonly CommandNode[] {
  const parsed = parseScript(text, scriptLimits)
  if (parsed.kind === "faulty") assert.fail(`${parsed.fault.text} in ${text}`)
  return parsed.commands
}

function faultOf(text: string, limits = scriptLimits): string {
  const parsed = parseScript(text, limits)
  return parsed.kind === "faulty" ? parsed.fault.text : ""
}

/** A tree with all places alike. */
function placeless(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value) => (key === "at" ? 0 : value)))
}

function firstString(text: string): string {
  const argument = treeOf(text)[0]?.args[0]
  return argument?.kind === "string" ? argument.value : assert.fail("no string")
}

test("reads a tree with its places", () => {
  assert.deepEqual(treeOf('if\n  header :Is ["a",\n"b"] 1k { Keep; }'), [
    {
      kind: "command",
      at: { line: 1, column: 1 },
      name: "if",
      args: [],
      tests: [
        {
          kind: "test",
          at: { line: 2, column: 3 },
          name: "header",
          args: [
            { kind: "tag", at: { line: 2, column: 10 }, name: "is" },
            {
              kind: "list",
              at: { line: 2, column: 14 },
              strings: [
                { kind: "string", at: { line: 2, column: 15 }, value: "a" },
                { kind: "string", at: { line: 3, column: 1 }, value: "b" },
              ],
            },
            { kind: "number", at: { line: 3, column: 6 }, value: 1024 },
          ],
          tests: [],
          listed: false,
        },
      ],
      listed: false,
      block: [
        {
          kind: "command",
          at: { line: 3, column: 11 },
          name: "keep",
          args: [],
          tests: [],
          listed: false,
          block: undefined,
        },
      ],
    },
  ])
})

for (const [script, value] of [
  ['x "a\\"b\\\\c\\d";', 'a"b\\cd'],
  ['x "a\nb\r\nc";', "a\r\nb\r\nc"],
  ["x text:\na\n..b\n.c\n...d\n.\n;", "a\r\n.b\r\n.c\r\n..d\r\n"],
  ["x TEXT: \t# why\r\na\r\n.\r\n;", "a\r\n"],
  ["x text:\n.\n;", ""],
  ['x "${a}";', "${a}"],
  ['x "# no comment /* neither */";', "# no comment /* neither */"],
] as const) {
  test(`reads ${JSON.stringify(script)}`, () => assert.equal(firstString(script), value))
}

test("counts lines behind comments and texts of several lines", () => {
  const tree = treeOf('# a\n/* b\nc */ x text:\nd\n.\n; y\r\n"\n" ; z;')
  assert.deepEqual(
    tree.map(({ name, at }) => [name, at.line, at.column]),
    [
      ["x", 3, 6],
      ["y", 6, 3],
      ["z", 8, 5],
    ],
  )
})

test("refuses what is larger than its limits, by name", () => {
  assert.match(faultOf("keep;", { ...scriptLimits, scriptLength: 4 }), /has 5 characters; 4 are allowed/)
  assert.match(faultOf("keep; keep;", { ...scriptLimits, tokens: 3 }), /more than 3 words/)
  assert.match(faultOf('x ["a", "b", "c"];', { ...scriptLimits, listItems: 2 }), /at most 2 strings/)
  const blocks = (depth: number) => `${"if true {".repeat(depth)}${"}".repeat(depth)}`
  assert.equal(faultOf(blocks(scriptLimits.nesting)), "")
  assert.match(faultOf(blocks(scriptLimits.nesting + 1)), /64 deep/)
  assert.match(faultOf(`if ${"not ".repeat(60_000)}true {}`), /deep in one another|more than/)
  assert.match(faultOf("if anyof (".repeat(20_000)), /64 deep/)
})

for (const [name, script] of Object.entries(validScripts)) {
  test(`prints ${name} so that it reads the same`, () => {
    const tree = treeOf(script)
    assert.deepEqual(placeless(treeOf(printScript(tree))), placeless(tree))
  })
}

const at = { line: 1, column: 1 }
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,6}$/)
const value = fc.string({ unit: "grapheme" }).map(text => text.replace(/[\0\n]/g, "\r\n"))
const string = value.map(value => ({ kind: "string", at, value }) as const)
const argument: fc.Arbitrary<ArgumentNode> = fc.oneof(
  string,
  fc.record({
    kind: fc.constant("list" as const),
    at: fc.constant(at),
    strings: fc.array(string, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant("number" as const), at: fc.constant(at), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant("tag" as const), at: fc.constant(at), name }),
)
const args = fc.array(argument, { maxLength: 3 })
const { command } = fc.letrec<{ test: unknown; tests: unknown; command: CommandNode }>(tie => ({
  tests: fc.oneof(
    { maxDepth: 4 },
    fc.constant({ tests: [], listed: false }),
    tie("test").map(test => ({ tests: [test], listed: false })),
    fc.array(tie("test"), { minLength: 1, maxLength: 3 }).map(tests => ({ tests, listed: true })),
  ),
  test: fc
    .tuple(name, args, tie("tests"))
    .map(([name, args, tests]) => ({ kind: "test", at, name, args, ...Object(tests) })),
  command: fc
    .tuple(
      name,
      args,
      tie("tests"),
      fc.oneof({ maxDepth: 4 }, fc.constant(undefined), fc.array(tie("command"), { maxLength: 3 })),
    )
    .map(([name, args, tests, block]) => ({ kind: "command", at, name, args, ...Object(tests), block })),
}))

test("reads every tree that it prints", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 4 }), tree => {
      assert.deepEqual(placeless(treeOf(printScript(tree))), placeless(tree))
    }),
    { numRuns: 300 },
  )
})

test("answers any text, and any bytes read as text", () => {
  const pieces = fc.constantFrom(
    '"',
    "text:",
    "\n",
    ".\n",
    "/*",
    "*/",
    "#",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ";",
    ",",
    ":a",
    "1k",
    "if",
    "\\",
    " ",
  )
  const soup = fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }).map(all => all.join(""))
  const bytes = fc.uint8Array({ maxLength: 200 }).map(all => Buffer.from(all).toString("latin1"))
  fc.assert(
    fc.property(fc.oneof(soup, bytes, fc.string({ unit: "binary" })), text => {
      const parsed = parseScript(text, scriptLimits)
      if (parsed.kind === "tree")
        assert.deepEqual(placeless(treeOf(printScript(parsed.commands))), placeless(parsed.commands))
      else {
        const lines = text.split("\n")
        assert.ok(parsed.fault.at.line <= lines.length)
        assert.ok(parsed.fault.at.column <= (lines[parsed.fault.at.line - 1] ?? "").length + 1)
      }
    }),
    { numRuns: 2_000 },
  )
})
