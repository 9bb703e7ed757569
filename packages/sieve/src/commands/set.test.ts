// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import { actionsOf, type Case } from "../../fixtures/running.ts"

/** What a text of a script becomes, by the name of a mailbox. */
async function becomes(script: string, text: string, given: Case = {}): Promise<string> {
  const requires = 'require ["variables", "fileinto", "encoded-character", "envelope", "relational"];'
  const [action] = await actionsOf(`${requires} ${script} fileinto "<${text}>";`, given)
  return action?.kind === "fileinto" ? action.mailbox.slice(1, -1) : assert.fail("nothing was filed")
}

for (const [script, text, expected] of [
  ["", "${none}", ""],
  ["", "${0}${1}${32}${001}", ""],
  ['set "a" "x";', "${A}${a}", "xx"],
  ['set "A" "x"; set "a" "y";', "${a}", "y"],
  ['set "a" "${b}"; set "b" "x";', "${a}", ""],
  ['set "a" "x"; set "a" "${a}${a}";', "${a}", "xx"],
  ['set "s" "$"; set "a" "x";', "${s}{a}", "${a}"],
  ['set "a" "x";', "${${a}", "${x"],
  ['set "a" "x";', "$ {a} ${a", "$ {a} ${a"],
  ['set "a" "x";', "\\${a}", "x"],
  ['set :upper "a" "straße";', "${a}", "STRAßE"],
  ['set :lower :upperfirst "a" "ANNA";', "${a}", "Anna"],
  ['set :upperfirst :lower "a" "ANNA";', "${a}", "Anna"],
  ['set :lowerfirst "a" "";', "${a}", ""],
  ['set :upperfirst "a" "😀x";', "${a}", "😀x"],
  ['set :lower "a" "ÄB";', "${a}", "Äb"],
  ['set :lowerfirst "a" "Äb";', "${a}", "Äb"],
  ['set :length "a" "é😀x";', "${a}", "3"],
  ['set :quotewildcard "a" "*?\\\\x";', "${a}", "\\*\\?\\\\x"],
  ['set :quotewildcard :length "a" "*x";', "${a}", "3"],
  ["", "${hex:40}${unicode: 20ac }", "@€"],
  ["", "${hex: C3}${HEX:a9}", "é"],
  ["", "${hex:24}{a}", ""],
  ['set "a" "x";', "${hex:24 7b}a}", "x"],
  ['set "a" "hex:40";', "${${a}}", "${hex:40}"],
  ['if header :matches "subject" "*from*" { }', "${1}|${2}|${0}", "Grüße | the sale|Grüße from the sale"],
  ['if header :matches "subject" "*from*" { } if header :matches "subject" "nothing" { }', "${1}", "Grüße "],
  ['if header :contains "subject" "sale" { }', "${0}", ""],
  ['if not header :matches "from" "*<*>" { }', "${2}", "anna@shop.example"],
  ['if header :matches ["x-none", "to"] ["x", "*<*@*>"] { }', "${1}${2}", "Bob bob+news"],
  ['if header :matches "subject" "?????*" { set "a" "${5}${4}"; }', "${a}", "eß"],
  ['if string :matches "a.b.c" "*.*" { }', "${1}/${2}", "a/b.c"],
  ['if allof (string :matches "x" "?", string :matches "y" "?") { }', "${1}", "y"],
  ['if anyof (string :matches "x" "?", string :matches "y" "?") { }', "${1}", "x"],
] as const) {
  test(`${script} makes ${text} to ${JSON.stringify(expected)}`, async () => {
    assert.equal(await becomes(script, text), expected)
  })
}

test("keeps match variables to their number", async () => {
  const stars = "*.".repeat(40)
  const script = `if string :matches "${Array.from({ length: 40 }, (_, at) => `${at}.`).join("")}" "${stars}" { }`
  assert.equal(await becomes(script, "${1} ${32}"), "0 31")
})

test("counts texts that are not empty", async () => {
  assert.equal(
    await becomes('if string :count "eq" ["a", "${none}", ""] "1" { set "a" "one"; }', "${a}"),
    "one",
  )
})
