import assert from "node:assert/strict"
import { test } from "node:test"
import { asId } from "../../../store/ids.ts"
import { mailbox, withRole } from "../fixtures/fake-mail.ts"
import { openDoor } from "../fixtures/open-door.ts"

const tree = [
  mailbox("INBOX", { role: "inbox" }),
  withRole("Sent", "sent", { id: asId(35), total: 3, unseen: 1, uidNext: 9, bytes: 700, modseq: asId(77) }),
  mailbox("Grüße & mehr", { subscribed: false }),
  mailbox("Lists/imap/old", { subscribed: true }),
  mailbox("Lists", { subscribed: false }),
  mailbox("Bare/inside", { subscribed: false }),
  withRole("Deep/Archive", "archive", { subscribed: false }),
]

/** Subscribed; their mailboxes have gone. */
const gone = ["Lists/lost", "Bare", "Past/deep/down"]

/** A command, and the untagged lines that answer it. */
const cases: readonly (readonly [command: string, lines: readonly string[]])[] = [
  ['LIST "" ""', ['* LIST (\\Noselect) "/" ""']],
  ['LIST "" INBOX', ['* LIST (\\HasNoChildren) "/" INBOX']],
  ['LIST "" inBOX', ['* LIST (\\HasNoChildren) "/" INBOX']],
  [
    'LIST "" %',
    [
      '* LIST (\\HasNoChildren) "/" INBOX',
      '* LIST (\\NonExistent \\Noselect \\HasChildren) "/" Bare',
      '* LIST (\\NonExistent \\Noselect \\HasChildren) "/" Deep',
      '* LIST (\\HasNoChildren) "/" "Gr&APwA3w-e &- mehr"',
      '* LIST (\\HasChildren) "/" Lists',
      '* LIST (\\HasNoChildren \\Sent) "/" Sent',
    ],
  ],
  [
    'LIST "" Lists/*',
    [
      '* LIST (\\NonExistent \\Noselect \\HasChildren) "/" Lists/imap',
      '* LIST (\\HasNoChildren) "/" Lists/imap/old',
    ],
  ],
  ["LIST Lists/ %", ['* LIST (\\NonExistent \\Noselect \\HasChildren) "/" Lists/imap']],
  ['LIST "" "Gr&APwA3w-e*"', ['* LIST (\\HasNoChildren) "/" "Gr&APwA3w-e &- mehr"']],
  ['LIST "" {3+}\r\n&A-', []],
  // LIST-EXTENDED
  [
    'LIST (SUBSCRIBED) "" *',
    [
      '* LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
      '* LIST (\\NonExistent \\HasChildren \\Subscribed) "/" Bare',
      '* LIST (\\HasNoChildren \\Subscribed) "/" Lists/imap/old',
      '* LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Lists/lost',
      '* LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Past/deep/down',
      '* LIST (\\HasNoChildren \\Subscribed \\Sent) "/" Sent',
    ],
  ],
  [
    'LIST (SUBSCRIBED RECURSIVEMATCH) "" %',
    [
      '* LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
      '* LIST (\\NonExistent \\HasChildren \\Subscribed) "/" Bare',
      '* LIST (\\HasChildren) "/" Lists ("CHILDINFO" ("SUBSCRIBED"))',
      '* LIST (\\NonExistent \\HasNoChildren) "/" Past ("CHILDINFO" ("SUBSCRIBED"))',
      '* LIST (\\HasNoChildren \\Subscribed \\Sent) "/" Sent',
    ],
  ],
  // RFC 5258 §3.5: not for children that are told themselves
  [
    'LIST (SUBSCRIBED RECURSIVEMATCH) "" Lists*',
    [
      '* LIST (\\HasNoChildren \\Subscribed) "/" Lists/imap/old',
      '* LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Lists/lost',
    ],
  ],
  [
    'LIST (SUBSCRIBED RECURSIVEMATCH) "" (Lists Lists/imap/old)',
    [
      '* LIST (\\HasChildren) "/" Lists ("CHILDINFO" ("SUBSCRIBED"))',
      '* LIST (\\HasNoChildren \\Subscribed) "/" Lists/imap/old',
    ],
  ],
  [
    'LIST (SUBSCRIBED RECURSIVEMATCH) "" (Lists/imap Lists/imap/%)',
    ['* LIST (\\HasNoChildren \\Subscribed) "/" Lists/imap/old'],
  ],
  ['LIST (SPECIAL-USE RECURSIVEMATCH) "" Deep*', ['* LIST (\\HasNoChildren \\Archive) "/" Deep/Archive']],
  [
    'LIST (SPECIAL-USE RECURSIVEMATCH) "" Deep',
    ['* LIST (\\NonExistent \\Noselect \\HasChildren) "/" Deep ("CHILDINFO" ("SPECIAL-USE"))'],
  ],
  ['LIST "" Lists/lost', []],
  [
    'LIST "" Bare RETURN (SUBSCRIBED)',
    ['* LIST (\\NonExistent \\Noselect \\HasChildren \\Subscribed) "/" Bare'],
  ],
  [
    'LIST "" (INBOX Sent) RETURN (SUBSCRIBED CHILDREN)',
    [
      '* LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
      '* LIST (\\HasNoChildren \\Subscribed \\Sent) "/" Sent',
    ],
  ],
  // SPECIAL-USE
  [
    'LIST (SPECIAL-USE) "" *',
    ['* LIST (\\HasNoChildren \\Archive) "/" Deep/Archive', '* LIST (\\HasNoChildren \\Sent) "/" Sent'],
  ],
  ['LIST "" Sent RETURN (SPECIAL-USE)', ['* LIST (\\HasNoChildren \\Sent) "/" Sent']],
  // LIST-STATUS, with STATUS=SIZE, OBJECTID and APPENDLIMIT
  [
    'LIST "" (Sent Bare) RETURN (STATUS (MESSAGES UNSEEN SIZE))',
    [
      '* LIST (\\NonExistent \\Noselect \\HasChildren) "/" Bare',
      '* LIST (\\HasNoChildren \\Sent) "/" Sent',
      "* STATUS Sent (MESSAGES 3 UNSEEN 1 SIZE 700)",
    ],
  ],
  [
    "STATUS Sent (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE HIGHESTMODSEQ MAILBOXID APPENDLIMIT)",
    [
      "* STATUS Sent (MESSAGES 3 RECENT 0 UIDNEXT 9 UIDVALIDITY 1 UNSEEN 1 DELETED 0 SIZE 700 HIGHESTMODSEQ 77 " +
        "MAILBOXID (mz) APPENDLIMIT 52428800)",
    ],
  ],
  // LSUB
  ['LSUB "" ""', ['* LSUB (\\Noselect) "/" ""']],
  [
    'LSUB "" *',
    [
      '* LSUB () "/" INBOX',
      '* LSUB () "/" Bare',
      '* LSUB () "/" Lists/imap/old',
      '* LSUB () "/" Lists/lost',
      '* LSUB () "/" Past/deep/down',
      '* LSUB () "/" Sent',
    ],
  ],
  [
    'LSUB "" %',
    [
      '* LSUB () "/" INBOX',
      '* LSUB () "/" Bare',
      '* LSUB (\\Noselect) "/" Lists',
      '* LSUB (\\Noselect) "/" Past',
      '* LSUB () "/" Sent',
    ],
  ],
  ["NAMESPACE", ['* NAMESPACE (("" "/")) NIL NIL']],
]

test("LIST-EXTENDED, SPECIAL-USE, LIST-STATUS, STATUS=SIZE, NAMESPACE and the plain lists show the mailboxes that are there", async context => {
  const { enter } = await openDoor(context, { mailboxes: tree, gone })
  const client = await enter()
  for (const [command, lines] of cases) {
    const said = await client.say(command)
    assert.deepEqual(said.slice(0, -1), lines, command)
    assert.match(said.at(-1) ?? "", /OK/, command)
  }
})

test("names are UTF-8 once UTF8=ACCEPT or IMAP4rev2 is enabled (ENABLE), both ways", async context => {
  const { enter } = await openDoor(context, { mailboxes: tree })
  for (const feature of ["UTF8=ACCEPT", "IMAP4rev2"]) {
    const client = await enter()
    assert.deepEqual(await client.say(`ENABLE ${feature} X-NONE`), [`* ENABLED ${feature}`, "t2 OK Enabled"])
    const name = Buffer.from("Grüße & mehr").toString("latin1")
    const [line] = await client.say(`LIST "" "${name}"`)
    assert.equal(line, `* LIST (\\HasNoChildren) "/" "${name}"`)
    assert.deepEqual((await client.say(`STATUS "${name}" (MESSAGES)`))[0], `* STATUS "${name}" (MESSAGES 0)`)
  }
})

test("ENABLE says what it turned on, QRESYNC with CONDSTORE, and comes before a mailbox is opened", async context => {
  const { enter } = await openDoor(context)
  const client = await enter()
  assert.equal((await client.say("ENABLE QRESYNC"))[0], "* ENABLED QRESYNC CONDSTORE")
  assert.equal((await client.say("ENABLE CONDSTORE"))[0], "* ENABLED")
  await client.say("SELECT INBOX")
  assert.match(await client.answer("ENABLE CONDSTORE"), /^BAD ENABLE comes before/)
})

test("says that there is no such mailbox", async context => {
  const { enter } = await openDoor(context)
  const client = await enter()
  assert.match(await client.answer("STATUS Nowhere (MESSAGES)"), /^NO \[NONEXISTENT\]/)
  assert.match(await client.answer("GETQUOTAROOT Nowhere"), /^NO \[NONEXISTENT\]/)
})

test("patterns that take long to match let others have their turn, and have a bound", async context => {
  const deep = ["a", "b", "c"].map(letter => letter.repeat(240)).join("/")
  const mailboxes = Array.from({ length: 3_000 }, (_, n) => mailbox(`${n}/${deep}`))
  const { enter } = await openDoor(context, {
    mailboxes: [mailbox("INBOX", { role: "inbox" }), ...mailboxes],
  })
  const [hostile, other] = [await enter(), await enter("ben")]
  let longest = 0
  let before = performance.now()
  const watching = setInterval(() => {
    longest = Math.max(longest, performance.now() - before)
    before = performance.now()
  }, 1)
  const done = hostile.answer(`LIST "" ${"*a".repeat(1_000)}z`)
  assert.match(await other.answer("NOOP"), /^OK/)
  assert.match(await done, /^OK/)
  assert.match(await hostile.answer(`LSUB "" ${"*a".repeat(1_000)}z`), /^OK/)
  clearInterval(watching)
  assert.ok(longest < 1_000, `nobody else had a turn for ${longest} ms`)
  assert.match(await hostile.answer(`LIST "" (${"*a ".repeat(500)}${"*a".repeat(4_000)})`), /^NO \[LIMIT\]/)
})
