import assert from "node:assert/strict"
import { test } from "node:test"
import { openTestDesk } from "../fixtures/open-test-desk.ts"

const letter = (subject: string, more: readonly string[] = [], text = "Good day"): string =>
  [`Subject: ${subject}`, ...more, "", text, ""].join("\r\n")

async function openWith(t: Parameters<typeof openTestDesk>[0], letters: readonly string[]) {
  const house = await openTestDesk(t)
  for (const one of letters) await house.deliver(one)
  return house
}

/** What "* SEARCH" lists. */
const listed = (text: string): string | undefined => /^\* SEARCH(.*)\r\n/m.exec(text)?.[1]?.trim()

test("SEARCH by flags, sizes, text, header, numbers and dates", async t => {
  const { connect, clock, deliver } = await openWith(t, [
    letter("one"),
    letter("two apples", ["From: Carla <c@far.test>"]),
  ])
  clock.at = Date.parse("2026-03-06T23:30:00Z")
  await deliver(letter("three", ["Date: Thu, 5 Feb 2026 01:00:00 +0500"], "x".repeat(5_000)))
  const client = await connect()
  await client.say("SELECT INBOX")
  await client.say("STORE 2 +FLAGS (\\Seen \\Deleted Work)")
  const cases: readonly (readonly [key: string, numbers: string])[] = [
    ["ALL", "1 2 3"],
    ["SEEN", "2"],
    ["UNSEEN", "1 3"],
    ["DELETED", "2"],
    ["KEYWORD work", "2"],
    ["UNKEYWORD work", "1 3"],
    ["LARGER 4000", "3"],
    ["SMALLER 4000", "1 2"],
    ["SUBJECT APPLE", "2"],
    ["FROM far.test", "2"],
    ["TEXT apples", "2"],
    ["BODY day", "1 2"],
    ["NOT BODY day", "3"],
    ["2:*", "2 3"],
    ["NOT 2", "1 3"],
    ["UID 1,3", "1 3"],
    ["OR SEEN LARGER 4000", "2 3"],
    ["UNSEEN SMALLER 4000", "1"],
    ["ON 6-Mar-2026", "3"],
    ["SINCE 5-Mar-2026", "3"],
    ["BEFORE 5-Mar-2026", "1 2"],
    ["SENTON 5-Feb-2026", "3"],
    ["SENTSINCE 6-Feb-2026", ""],
    ["NEW", ""],
    ["OLD", "1 2 3"],
  ]
  for (const [key, numbers] of cases) assert.equal(listed(await client.say(`SEARCH ${key}`)), numbers, key)
  assert.equal(listed(await client.say("UID SEARCH SEEN")), "2")
  assert.equal(listed(await client.say("SEARCH CHARSET UTF-8 SUBJECT one")), "1")
  assert.match(
    await client.answer("SEARCH CHARSET KOI8-R SUBJECT one"),
    /^NO \[BADCHARSET \(UTF-8 US-ASCII\)\]/,
  )
})

test("a number that no message has is a key that matches nothing", async t => {
  const { connect } = await openWith(
    t,
    ["one", "two", "three"].map(subject => letter(subject)),
  )
  const client = await connect()
  await client.say("SELECT INBOX")
  const cases: readonly (readonly [key: string, numbers: string])[] = [
    ["4", ""],
    ["2:9", "2 3"],
    ["9:*", "3"],
    ["1,7", "1"],
    ["NOT 7", "1 2 3"],
    ["OR 2 4294967295", "2"],
  ]
  for (const [key, numbers] of cases) {
    const text = await client.say(`SEARCH ${key}`)
    assert.equal(listed(text), numbers, key)
    assert.match(text, /\r\nt\d+ OK /, key)
  }
  assert.match(await client.say("SEARCH RETURN () 1000"), /^\* ESEARCH \(TAG "t8"\)\r\nt8 OK Searched\r\n$/)
  assert.match(await client.say("SORT (ARRIVAL) UTF-8 3:8"), /^\* SORT 3\r\nt9 OK /)
  assert.match(await client.say("THREAD REFERENCES UTF-8 8"), /^\* THREAD\r\nt10 OK /)
  await client.say("SELECT Archive")
  assert.match(await client.say("SEARCH *"), /^\* SEARCH\r\nt12 OK /)
})

test("SAVEDATE: SEARCH by when a message came into the mailbox", async t => {
  const { connect, clock } = await openWith(t, [letter("one")])
  const client = await connect()
  await client.say("SELECT INBOX")
  clock.at += 3 * 86_400_000
  await client.say("COPY 1 Archive")
  await client.say("SELECT Archive")
  assert.equal(listed(await client.say("SEARCH SAVEDON 7-Mar-2026 SAVEDATESUPPORTED")), "1")
  assert.equal(listed(await client.say("SEARCH SAVEDBEFORE 7-Mar-2026")), "")
  assert.equal(listed(await client.say("SEARCH ON 4-Mar-2026")), "1")
})

test("WITHIN: OLDER and YOUNGER count from now", async t => {
  const { connect, clock, deliver } = await openWith(t, [letter("one")])
  clock.at += 100_000
  await deliver(letter("two"))
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.equal(listed(await client.say("SEARCH YOUNGER 99")), "2")
  assert.equal(listed(await client.say("SEARCH YOUNGER 100")), "1 2")
  assert.equal(listed(await client.say("SEARCH OLDER 100")), "1")
  assert.equal(listed(await client.say("SEARCH OLDER 101")), "")
})

test("CONDSTORE: SEARCH by modseq tells the highest of what it found", async t => {
  const { connect } = await openWith(
    t,
    ["one", "two", "three"].map(subject => letter(subject)),
  )
  const client = await connect()
  await client.say("SELECT INBOX")
  const modseq = Number(
    /MODSEQ \((\d+)\)/.exec(await client.say("STORE 1 (UNCHANGEDSINCE 99) +FLAGS (\\Seen)"))?.[1],
  )
  assert.match(
    await client.say(`SEARCH MODSEQ ${modseq}`),
    new RegExp(`^\\* SEARCH 1 \\(MODSEQ ${modseq}\\)\\r\\n`),
  )
  assert.match(await client.say(`SEARCH MODSEQ ${modseq + 1}`), /^\* SEARCH\r\n/)
  assert.match(await client.say("SEARCH RETURN (ALL) MODSEQ 1"), new RegExp(`ALL 1:3 MODSEQ ${modseq}\\r\\n`))
  assert.match(
    await client.say("SEARCH RETURN (MAX) MODSEQ 1"),
    new RegExp(`MAX 3 MODSEQ ${modseq - 1}\\r\\n`),
  )
})

test("ESEARCH: RETURN asks for the first, the last, all, or how many", async t => {
  const { connect } = await openWith(
    t,
    ["one", "two", "three", "four"].map(subject => letter(subject)),
  )
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.equal(
    await client.say("SEARCH RETURN (MIN MAX COUNT ALL) NOT 2"),
    '* ESEARCH (TAG "t2") MIN 1 MAX 4 ALL 1,3:4 COUNT 3\r\nt2 OK Searched\r\n',
  )
  assert.equal(
    await client.say("UID SEARCH RETURN () 1:2"),
    '* ESEARCH (TAG "t3") UID ALL 1:2\r\nt3 OK Searched\r\n',
  )
  assert.equal(
    await client.say("SEARCH RETURN (MIN COUNT) SEEN"),
    '* ESEARCH (TAG "t4") COUNT 0\r\nt4 OK Searched\r\n',
  )
})

test("IMAP4rev2: SEARCH is answered by ESEARCH", async t => {
  const { connect } = await openWith(t, [letter("one")])
  const client = await connect("IMAP4REV2")
  await client.say("SELECT INBOX")
  assert.match(await client.say("SEARCH ALL"), /^\* ESEARCH \(TAG "t2"\) ALL 1\r\n/)
})

test("SEARCHRES: what was saved is meant by $, and shrinks with the mailbox", async t => {
  const { connect } = await openWith(
    t,
    ["one", "two", "three", "four"].map(subject => letter(subject)),
  )
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.equal(await client.say("SEARCH RETURN (SAVE) NOT 2"), "t2 OK Searched\r\n")
  assert.match(await client.say("FETCH $ UID"), /^\* 1 FETCH \(UID 1\)\r\n\* 3 FETCH \(UID 3\)\r\n\* 4 FETCH/)
  assert.match(await client.say("SEARCH RETURN (SAVE ALL) $ 3:*"), /ALL 3:4\r\n/)
  await client.say("STORE $ +FLAGS (\\Deleted)")
  await client.say("UID EXPUNGE 3")
  assert.match(await client.say("FETCH $ UID"), /^\* 3 FETCH \(UID 4\)\r\nt7 OK/)
  assert.match(await client.say("SEARCH RETURN (SAVE MIN MAX) ALL"), /MIN 1 MAX 3\r\n/)
  assert.match(await client.say("UID SEARCH RETURN (ALL) $"), /UID ALL 1,4\r\n/)
  await client.say("SEARCH RETURN (SAVE) CHARSET X-ODD ALL")
  assert.equal(await client.say("FETCH $ UID"), "t11 OK That is all\r\n")
})

const apples = [
  letter("Re: Apples", [
    "From: b@x.test",
    "Date: Tue, 3 Feb 2026 10:00:00 +0000",
    "Message-ID: <2@x>",
    "References: <1@x>",
  ]),
  letter("Apples", ["From: c@x.test", "Date: Mon, 2 Feb 2026 10:00:00 +0000", "Message-ID: <1@x>"]),
  letter(
    "Bananas",
    ["From: a@x.test", "Date: Sun, 1 Feb 2026 10:00:00 +0000", "Message-ID: <3@x>"],
    "longer than all the others",
  ),
]

test("SORT: by subject, sender, date, size and arrival, both ways", async t => {
  const { connect } = await openWith(t, apples)
  const client = await connect()
  await client.say("SELECT INBOX")
  const sorted = async (by: string, key = "ALL") =>
    /^\* SORT(.*)\r\n/.exec(await client.say(`SORT (${by}) UTF-8 ${key}`))?.[1]
  assert.equal(await sorted("SUBJECT"), " 1 2 3")
  assert.equal(await sorted("SUBJECT DATE"), " 2 1 3")
  assert.equal(await sorted("FROM"), " 3 1 2")
  assert.equal(await sorted("DATE"), " 3 2 1")
  assert.equal(await sorted("REVERSE DATE"), " 1 2 3")
  assert.equal(await sorted("REVERSE ARRIVAL"), " 1 2 3")
  assert.equal(await sorted("SIZE"), " 2 3 1")
  assert.equal(await sorted("DATE", "SUBJECT apples"), " 2 1")
  assert.match(await client.answer("SORT (DATE) X-ODD ALL"), /^NO \[BADCHARSET/)
})

test("ESORT: RETURN asks for the ends and the number of what was sorted, and saves it", async t => {
  const { connect } = await openWith(t, apples)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.equal(
    await client.say("UID SORT RETURN (ALL COUNT MIN MAX) (DATE) UTF-8 ALL"),
    '* ESEARCH (TAG "t2") UID MIN 3 MAX 1 ALL 3,2,1 COUNT 3\r\nt2 OK Sorted\r\n',
  )
  assert.equal(await client.say("SORT RETURN (SAVE) (DATE) UTF-8 2:3"), "t3 OK Sorted\r\n")
  assert.match(await client.say("SORT RETURN (ALL SAVE) (DATE) UTF-8 $"), /ALL 3,2\r\n/)
})

test("THREAD=ORDEREDSUBJECT, THREAD=REFERENCES: what belongs together", async t => {
  const { connect } = await openWith(t, apples)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.match(await client.say("THREAD REFERENCES UTF-8 ALL"), /^\* THREAD \(3\)\(2 1\)\r\n/)
  assert.match(await client.say("UID THREAD ORDEREDSUBJECT UTF-8 ALL"), /^\* THREAD \(3\)\(2 1\)\r\n/)
  assert.match(await client.say("THREAD REFERENCES UTF-8 SEEN"), /^\* THREAD\r\n/)
})

test("what has gone and still has its number is not found, and the answer says so", async t => {
  const { connect } = await openWith(
    t,
    ["one", "two", "three"].map(subject => letter(subject)),
  )
  const [client, other] = [await connect(), await connect()]
  await client.say("SELECT INBOX")
  await other.say("SELECT INBOX")
  await other.say("STORE 1 +FLAGS (\\Deleted)")
  await other.say("EXPUNGE")
  // Nobody has told this connection yet.
  const first = await client.say("SEARCH NOT SEEN")
  assert.equal(listed(first), "2 3")
  assert.match(first, /\r\nt2 OK \[EXPUNGEISSUED\] /)
  const again = await client.say("SEARCH ALL")
  assert.equal(listed(again), "2 3")
  assert.match(again, /\r\nt3 OK \[EXPUNGEISSUED\] /)
  assert.match(await client.say("SORT (ARRIVAL) UTF-8 ALL"), /^\* SORT 2 3\r\nt4 OK \[EXPUNGEISSUED\] /)
  assert.match(
    await client.say("THREAD REFERENCES UTF-8 ALL"),
    /^\* THREAD \(2\)\(3\)\r\nt5 OK \[EXPUNGEISSUED\] /,
  )
  assert.match(await client.answer("SEARCH CHARSET X-ODD ALL"), /^NO \[BADCHARSET/)
  assert.match(await client.say("NOOP"), /^\* 1 EXPUNGE\r\n/)
  assert.match(await client.say("SEARCH ALL"), /^\* SEARCH 1 2\r\nt8 OK Searched\r\n$/)
})

test("a search by UID tells at once of what has gone", async t => {
  const { connect } = await openWith(
    t,
    ["one", "two", "three"].map(subject => letter(subject)),
  )
  const [client, other] = [await connect(), await connect()]
  await client.say("SELECT INBOX")
  await other.say("SELECT INBOX")
  await other.say("STORE 1 +FLAGS (\\Deleted)")
  await other.say("EXPUNGE")
  assert.equal(await client.say("UID SEARCH NOT SEEN"), "* SEARCH 2 3\r\n* 1 EXPUNGE\r\nt2 OK Searched\r\n")
})

test("what has gone is not told while a search by UID speaks of numbers", async t => {
  const desk = await openTestDesk(t)
  for (let count = 0; count < 4; count++) await desk.deliver("Subject: one\r\n\r\nbody\r\n")
  const [client, other] = [await desk.connect("QRESYNC"), await desk.connect()]
  await client.say("SELECT INBOX")
  await other.say("SELECT INBOX")
  const removeFirst = async (): Promise<void> => {
    await other.say("STORE 1 +FLAGS.SILENT (\\Deleted)")
    await other.say("EXPUNGE")
    client.desk.selected?.changed(undefined)
  }
  await removeFirst()
  for (const keys of ["2:3", "OR SEEN NOT (2 ALL)", "UNSEEN *"])
    assert.doesNotMatch(await client.say(`UID SEARCH ${keys}`), /VANISHED/, keys)
  assert.match(await client.say("UID SEARCH UID 2:3"), /\* VANISHED 1\r\n/)
  await removeFirst()
  assert.doesNotMatch(await client.say("UID SORT (ARRIVAL) UTF-8 2"), /VANISHED/)
  assert.match(await client.say("UID THREAD REFERENCES UTF-8 ALL"), /\* VANISHED 2\r\n/)
})

test("SORT with RETURN tells the modseq of what it tells", async t => {
  const { connect } = await openWith(t, [letter("b"), letter("c"), letter("a")])
  const client = await connect("CONDSTORE")
  await client.say("SELECT INBOX")
  await client.say("STORE 1 +FLAGS.SILENT (\\Seen)")
  const modseqs = [...(await client.say("FETCH 1:3 MODSEQ")).matchAll(/MODSEQ \((\d+)\)/g)].map(
    found => found[1],
  )
  const told = async (give: string): Promise<string | undefined> =>
    /MODSEQ (\d+)/.exec(await client.say(`SORT RETURN (${give}) (SUBJECT) UTF-8 MODSEQ 1`))?.[1]
  // In the order of subjects: 3, 1, 2.
  assert.equal(await told("MIN"), modseqs[2])
  assert.equal(await told("MAX"), modseqs[1])
  assert.equal(await told("MIN MAX"), modseqs[2])
  assert.equal(await told("ALL"), modseqs[0])
  assert.equal(await told("MAX COUNT"), modseqs[0])
})
