// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import { run } from "../../fixtures/running.ts"
import { traceText } from "../index.ts"

async function traceOf(script: string): Promise<string> {
  return traceText((await run(script)).trace)
}

test("says what was tested, what was found, and what was decided, line by line", async () => {
  const script = [
    'require ["fileinto", "copy", "imap4flags", "variables"];',
    'if anyof (header :contains "X-None" "a", not address :domain "from" ["a.example", "b.example"]) {',
    '  set "where" "Shop";',
    '  addflag "$promo";',
    '  fileinto :copy "${where}/2026";',
    "}",
    "if size :over 1M { discard; }",
    'elsif header :is "subject" "Grüße from the sale" { redirect :copy "x@far.example"; }',
  ].join("\n")
  assert.equal(
    await traceOf(script),
    [
      'line 2: header :contains "X-None" "a": no (there is no X-None)',
      'line 2: address :domain "from" ["a.example", "b.example"]: no (From is "shop.example": none of it matches)',
      "line 2: not: yes",
      "line 2: anyof: yes",
      'line 3: where is now "Shop"',
      'line 4: the flags are now "$promo"',
      'line 5: a copy goes into "Shop/2026"',
      "line 7: size :over 1048576: no (the message has 258 octets)",
      'line 8: header :is "subject" "Grüße from the sale": yes (Subject is "Grüße from the sale")',
      "line 8: a copy is sent on to x@far.example",
      "end: nothing decided otherwise: the message is kept in the inbox",
    ].join("\n"),
  )
})

for (const [line, words] of [
  ['header :contains "subject" "SALE"', 'Subject "Grüße from the sale" holds "SALE"'],
  ['header :matches "subject" "*from*"', 'Subject "Grüße from the sale" fits "*from*"'],
  ['header :value "gt" "x-count" "11"', 'X-Count "12" is above "11"'],
  ['header :count "ge" ["to", "cc"] "2"', 'their number "2" is at least "2"'],
  ['envelope :domain "from" "shop.example"', 'the sender is "shop.example"'],
  ['body :contains "hello"', 'the text/plain part "Hello Bob\\r\\n" holds "hello"'],
  ['currentdate "year" "2026"', 'the year of now is "2026"'],
] as const) {
  test(`says why ${line} holds`, async () => {
    const requires = 'require ["relational", "envelope", "body", "date"];'
    assert.equal(
      (await traceOf(`${requires} if ${line} { }`)).split("\n")[0],
      `line 1: ${line}: yes (${words})`,
    )
  })
}

test("shows a few values of many, and no value at its whole length", async () => {
  const many = await traceOf('if header ["from", "to", "cc", "subject", "date"] "x" { }')
  assert.match(
    many,
    /From is "Anna Kern <anna@shop\.example>", To is .*, Cc is .* and 2 more: none of it matches/,
  )
  const long = await traceOf(`require "variables"; set "a" "${"\u{1f600}".repeat(200)}";`)
  assert.ok(long.split("\n")[0]?.length === 'line 1: a is now ""'.length + 81)
})

test("says why a script failed", async () => {
  assert.equal(
    await traceOf('require "reject"; keep; reject "no";'),
    [
      "line 1: the message is kept in the inbox",
      "line 1: a message is not refused and kept as well: the message is kept, and nothing else is done",
    ].join("\n"),
  )
})
