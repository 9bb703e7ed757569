import assert from "node:assert/strict"
import { test } from "node:test"
import { checkScript } from "@letterkeep/sieve"
import fc from "fast-check"
import { openTestHouse } from "../open-test-house.ts"
import { arrivalLimits } from "./limits.ts"
import { foundBy, letter } from "./open-test-filters.ts"

/** A variable in a script. */
const named = "$".concat("{x}")

/** Commands of which none asks for a message to be thrown away, refused or sent elsewhere. */
const name = fc.constantFrom(
  "INBOX",
  "inbox",
  "Archive",
  "Junk",
  "New/Box",
  "Nowhere",
  "a//b",
  named,
  "ü",
  "/",
  "x".repeat(300),
)
const flags = fc.constantFrom(
  "",
  ':flags "\\\\Seen" ',
  ':flags ["work", "\\\\Deleted"] ',
  ':flags "\\\\Flagged $junk" ',
)
const file = fc
  .tuple(fc.constantFrom("", ":copy "), fc.constantFrom("", ":create "), flags, name)
  .map(([copy, create, flag, mailbox]) => `fileinto ${copy}${create}${flag}"${mailbox}";`)
const command = fc.oneof(
  { weight: 5, arbitrary: file },
  flags.map(flag => `keep ${flag};`),
  fc.constantFrom(
    ...[
      'vacation "Away";',
      'error "no";',
      "stop;",
      'addflag "\\\\Answered";',
      'set "x" "Archive";',
      'set "x" "";',
    ],
    ...['fileinto :specialuse "\\\\Sent" "Nowhere";', `fileinto :specialuse "\\\\All" :create "${named}z";`],
  ),
)
const question = fc.constantFrom(
  ...[
    "true",
    "false",
    "duplicate",
    'header :contains "x-letterkeep-screening" "accept"',
    'mailboxexists "New/Box"',
  ],
  ...['header :matches "subject" "*"', 'not body :contains "Good"', 'specialuse_exists "\\\\Sent"'],
)
const script = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: command },
      fc
        .tuple(question, fc.array(command, { maxLength: 3 }), fc.array(command, { maxLength: 2 }))
        .map(([asked, yes, no]) => `if ${asked} { ${yes.join(" ")} } else { ${no.join(" ")} }`),
    ),
    { maxLength: 5 },
  )
  .map(all => all.join("\n"))

const needs =
  'require ["fileinto", "copy", "mailbox", "imap4flags", "vacation", "ihave", "variables", "special-use", "duplicate", "body"];\n'

test("whatever a filter does that throws nothing away, refuses nothing and forwards nothing, the message is there", async t => {
  const house = await openTestHouse(t)
  let serial = 0
  await fc.assert(
    fc.asyncProperty(script, async text => {
      if (checkScript(needs + text).kind === "faulty") return
      await house.setFilter("anna", needs + text)
      const subject = `number ${++serial}`
      const outcome = await house.deliver(letter(subject, ["Message-ID: <always@far.test>"]), "anna")
      assert.equal(outcome.kind, "kept")
      const places = (await foundBy(house)).filter(each => each.endsWith(`: ${subject}`))
      assert.ok(places.length >= 1, text)
      assert.equal(new Set(places).size, places.length, `twice in a mailbox: ${text}`)
    }),
    { numRuns: 60 },
  )
})

test("no filter outlasts its limits: the message is kept, and its owner told", async t => {
  const house = await openTestHouse(t)
  const long = letter(
    "long",
    Array.from({ length: 20 }, () => "X: y"),
    "carla@far.test",
  ).replace("Good day", `${"lorem ipsum a b c d ".repeat(45)}\r\n`.repeat(1000))
  const costly = {
    characters: `require "body";\n${'if body :raw :matches "*a*b*c*d*e*zz*" { discard; }\n'.repeat(500)}`,
    steps: `if header :is "x" [${Array.from({ length: 4000 }, (_, n) => `"${n}"`).join(", ")}] { discard; }`,
    redirects: Array.from(
      { length: arrivalLimits.redirects + 1 },
      (_, n) => `redirect "n${n}@far.test";`,
    ).join("\n"),
    memory: `require "variables"; set "a" "${"x".repeat(8_000)}"; set "b" "${"$".concat("{a}").repeat(9)}"; discard;`,
  }
  for (const [what, text] of Object.entries(costly)) {
    await house.setFilter("anna", text)
    const before = performance.now()
    assert.equal(
      (await house.deliver(long.replace("Subject: long", `Subject: ${what}`), "anna")).kind,
      "kept",
    )
    assert.ok(performance.now() - before < 5_000, what)
    const ran = house.log.events.findLast(({ name }) => name === "filter.ran")
    assert.deepEqual([what, ran?.fields.emails, ran?.fields.faults], [what, 1, 1])
  }
  await house.tellFault.idle()
  const expected = [
    ...Object.keys(costly).map(what => `INBOX: ${what}`),
    "INBOX: Your filter could not do all that it says",
  ]
  assert.deepEqual(await foundBy(house), expected.sort())
})
