/** What a client changes: STORE, COPY, MOVE, EXPUNGE, APPEND, REPLACE. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { openTestDesk } from "./fixtures/open-test-desk.ts"

const letter = "Subject: one\r\n\r\nbody\r\n"

async function openWith(
  t: Parameters<typeof openTestDesk>[0],
  messages: number,
  quotaBytes: number | null = null,
) {
  const house = await openTestDesk(t, quotaBytes)
  for (let count = 0; count < messages; count++) await house.deliver(letter)
  return house
}

test("STORE sets, adds and removes flags, and tells how they are then", async t => {
  const { connect } = await openWith(t, 2)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.equal(
    await client.say("STORE 1:2 FLAGS (\\Seen \\Deleted)"),
    "* 1 FETCH (UID 1 FLAGS (\\Deleted \\Seen))\r\n* 2 FETCH (UID 2 FLAGS (\\Deleted \\Seen))\r\nt2 OK Stored\r\n",
  )
  assert.match(
    await client.say("UID STORE 2 -FLAGS (\\Seen)"),
    /^\* 2 FETCH \(UID 2 FLAGS \(\\Deleted\)\)\r\n/,
  )
  assert.match(await client.say("STORE 2 +FLAGS (\\Answered)"), /FLAGS \(\\Deleted \\Answered\)/)
  assert.match(await client.say("STORE 2 FLAGS ()"), /FLAGS \(\)/)
  assert.equal(await client.say("STORE 1 +FLAGS.SILENT (\\Draft)"), "t6 OK Stored\r\n")
  // Flags of another server's, as programs carry them over.
  assert.equal(
    await client.say("STORE 1 +FLAGS (\\Recent \\Odd \\Flagged)"),
    "* 1 FETCH (UID 1 FLAGS (\\Deleted \\Draft \\Flagged \\Seen))\r\nt7 OK Stored\r\n",
  )
  assert.match(await client.answer("STORE 9 +FLAGS (\\Seen)"), /^BAD/)
  assert.match(
    await client.answer(`STORE 1 FLAGS (${Array.from({ length: 200 }, (_, n) => `k${n}`).join(" ")})`),
    /^NO \[LIMIT\]/,
  )
})

test("a keyword that is new in the mailbox is announced before a message has it", async t => {
  const { connect } = await openWith(t, 1)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.match(
    await client.say("STORE 1 +FLAGS (Label)"),
    /^\* FLAGS \(.* label\)\r\n\* OK \[PERMANENTFLAGS \(.* label \\\*\)\] .*\r\n\* 1 FETCH \(UID 1 FLAGS \(label\)\)\r\n/,
  )
  assert.match(await client.say("FETCH 1 FLAGS"), /^\* 1 FETCH/)
  const other = await connect()
  await other.say("SELECT INBOX")
  assert.match(await other.say("FETCH 1 FLAGS"), /^\* FLAGS \(.* label\)/)
})

test("what one client changes, the other is told, and not the one that did it", async t => {
  const { connect, deliver } = await openWith(t, 2)
  const [one, other] = [await connect(), await connect()]
  await one.say("SELECT INBOX")
  await other.say("SELECT INBOX")
  await one.say("STORE 1 +FLAGS (\\Flagged)")
  assert.equal(await one.say("NOOP"), "t3 OK Done\r\n")
  assert.equal(await other.say("NOOP"), "* 1 FETCH (UID 1 FLAGS (\\Flagged))\r\nt2 OK Done\r\n")
  await other.say("STORE 2 +FLAGS.SILENT (\\Deleted)")
  assert.equal(await other.say("EXPUNGE"), "* 2 EXPUNGE\r\nt4 OK Removed\r\n")
  await deliver(letter)
  assert.equal(await one.say("NOOP"), "* 2 EXPUNGE\r\n* 2 EXISTS\r\nt4 OK Done\r\n")
})

test("a STORE that changes nothing does not hide what another client changed", async t => {
  const { connect } = await openWith(t, 2)
  const [one, other] = [await connect(), await connect()]
  await one.say("SELECT INBOX")
  await other.say("SELECT INBOX")
  await other.say("STORE 1:2 +FLAGS (\\Flagged)")
  await one.say("STORE 1 +FLAGS (\\Flagged)")
  assert.match(await one.say("NOOP"), /\* 2 FETCH \(UID 2 FLAGS \(\\Flagged\)\)/)
})

test("CONDSTORE: UNCHANGEDSINCE leaves alone what has changed, and names it", async t => {
  const { connect } = await openWith(t, 3)
  const client = await connect()
  await client.say("SELECT INBOX (CONDSTORE)")
  const modseq = Number(/MODSEQ \((\d+)\)/.exec(await client.say("FETCH 3 MODSEQ"))?.[1])
  await client.say("STORE 2 +FLAGS (\\Seen)")
  assert.match(
    await client.say(`STORE 1:3 (UNCHANGEDSINCE ${modseq}) +FLAGS.SILENT (\\Deleted)`),
    /^\* 1 FETCH \(UID 1 MODSEQ \(\d+\)\)\r\n\* 3 FETCH \(UID 3 MODSEQ \(\d+\)\)\r\n\* 2 FETCH \(UID 2 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)\r\nt4 OK \[MODIFIED 2\]/,
  )
  assert.match(
    await client.say(`UID STORE 2 (UNCHANGEDSINCE ${modseq}) +FLAGS (\\Deleted)`),
    /^\* 2 FETCH \(UID 2 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)\r\nt5 OK \[MODIFIED 2\]/,
  )
  // What it is told is enough to try again with.
  const known = /MODSEQ \((\d+)\)/.exec(
    await client.say("STORE 2 (UNCHANGEDSINCE 1) +FLAGS (\\Deleted)"),
  )?.[1]
  assert.match(await client.answer(`STORE 2 (UNCHANGEDSINCE ${known}) +FLAGS (\\Deleted)`), /^OK Stored/)
})

test("UIDPLUS: COPY tells the UIDs of the copies, EXPUNGE can be kept to some UIDs", async t => {
  const { connect } = await openWith(t, 4)
  const client = await connect()
  const validity = /UIDVALIDITY (\d+)/.exec(await client.say("SELECT Archive"))?.[1]
  await client.say("SELECT INBOX")
  assert.equal(await client.answer("COPY 2:3 Archive"), `OK [COPYUID ${validity} 2:3 1:2] Copied`)
  assert.equal(await client.answer("UID COPY 99 Archive"), "OK There was nothing to copy")
  await client.say("STORE 1:3 +FLAGS.SILENT (\\Deleted)")
  assert.equal(await client.say("UID EXPUNGE 2:4"), "* 3 EXPUNGE\r\n* 2 EXPUNGE\r\nt6 OK Removed\r\n")
  assert.match(await client.answer("COPY 1 nowhere"), /^NO \[TRYCREATE\]/)
  assert.match(await client.append("nowhere", letter), /^NO \[TRYCREATE\]/)
  const appended = await client.append("Archive", letter)
  assert.equal(appended, `OK [APPENDUID ${validity} 3] Kept`)
})

test("a copy into the open mailbox is told as an arrival", async t => {
  const { connect } = await openWith(t, 1)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.match(await client.say("COPY 1 INBOX"), /^\* 2 EXISTS\r\nt2 OK \[COPYUID \d+ 1 2\]/)
  assert.match(await client.say("FETCH 1:2 BODY.PEEK[TEXT]"), /\* 2 FETCH \(BODY\[TEXT\] \{6\}\r\nbody\r\n\)/)
})

test("MOVE tells the new UIDs, then what has gone", async t => {
  const { connect } = await openWith(t, 3)
  const client = await connect()
  const validity = /UIDVALIDITY (\d+)/.exec(await client.say("SELECT Trash"))?.[1]
  await client.say("SELECT INBOX")
  assert.equal(
    await client.say("MOVE 1,3 Trash"),
    `* OK [COPYUID ${validity} 1,3 1:2] Moved\r\n* 3 EXPUNGE\r\n* 1 EXPUNGE\r\nt3 OK Moved\r\n`,
  )
  assert.equal(
    await client.say("UID MOVE 2 Trash"),
    `* OK [COPYUID ${validity} 2 3] Moved\r\n* 1 EXPUNGE\r\nt4 OK Moved\r\n`,
  )
  assert.match(await client.answer("UID MOVE 2 Trash"), /^OK There was nothing/)
})

test("QRESYNC: EXPUNGE and MOVE tell by UID, and up to where the client knows the mailbox", async t => {
  const { connect } = await openWith(t, 3)
  const client = await connect("QRESYNC")
  await client.say("SELECT INBOX")
  await client.say("STORE 1:2 +FLAGS.SILENT (\\Deleted)")
  assert.match(await client.say("EXPUNGE"), /^\* VANISHED 1:2\r\nt3 OK \[HIGHESTMODSEQ \d+\] Removed\r\n$/)
  assert.match(
    await client.say("MOVE 1 Trash"),
    /^\* OK \[COPYUID \d+ 3 1\] Moved\r\n\* VANISHED 3\r\nt4 OK \[HIGHESTMODSEQ \d+\] Moved\r\n$/,
  )
})

test("QRESYNC: REPLACE tells what came, what has gone, and up to where the client knows the mailbox", async t => {
  const { connect } = await openWith(t, 2)
  const client = await connect("QRESYNC")
  await client.say("SELECT INBOX")
  const text = await client.say(`REPLACE 1 INBOX {${letter.length}+}\r\n${letter}`)
  assert.match(text, /\* 3 EXISTS\r\n\* VANISHED 1\r\nt2 OK \[HIGHESTMODSEQ \d+\] Replaced\r\n$/)
  const elsewhere = await client.say(`REPLACE 1 Trash {${letter.length}+}\r\n${letter}`)
  assert.match(elsewhere, /Kept\r\n\* VANISHED 2\r\nt3 OK \[HIGHESTMODSEQ \d+\] Replaced\r\n$/)
})

test("CLOSE removes what is marked, without a word", async t => {
  const { connect } = await openWith(t, 2)
  const client = await connect()
  await client.say("SELECT INBOX")
  await client.say("STORE 1 +FLAGS (\\Deleted)")
  assert.equal(await client.say("CLOSE"), "t3 OK Closed\r\n")
  assert.match(await client.say("SELECT INBOX"), /^\* 1 EXISTS/)
  await client.say("STORE 1 +FLAGS (\\Deleted)")
  assert.equal(await client.say("UNSELECT"), "t6 OK Closed\r\n")
  assert.match(await client.say("EXAMINE INBOX"), /^\* 1 EXISTS/)
})

test("MULTIAPPEND: several messages with flags and dates, all or none", async t => {
  const { connect } = await openWith(t, 0, 1_000)
  const client = await connect()
  await client.say("SELECT INBOX")
  const one = "Subject: a\r\n\r\n1\r\n"
  const command =
    `APPEND INBOX (\\Seen Label) " 1-Feb-2026 03:04:05 +0100" {${one.length}+}\r\n${one}` +
    ` (\\Deleted) {${one.length}+}\r\n${one}`
  assert.match(await client.say(command), /^\* 2 EXISTS\r\nt2 OK \[APPENDUID \d+ 1:2\] Kept\r\n$/)
  assert.match(
    await client.say("FETCH 1:2 (FLAGS INTERNALDATE)"),
    /\* 1 FETCH \(FLAGS \(.*\\Seen.*\) INTERNALDATE " 1-Feb-2026 02:04:05 \+0000"\)\r\n\* 2 FETCH \(FLAGS \(\\Deleted\)/,
  )
  const large = `Subject: b\r\n\r\n${"x".repeat(2_000)}\r\n`
  assert.match(
    await client.answer(`APPEND INBOX {${one.length}+}\r\n${one} {${large.length}+}\r\n${large}`),
    /^NO \[OVERQUOTA\]/,
  )
  assert.equal(await client.say("NOOP"), "t5 OK Done\r\n")
})

test("BINARY: APPEND takes a literal8 with NUL, and no literal with it", async t => {
  const { connect } = await openWith(t, 0)
  const client = await connect()
  const message = "Content-Transfer-Encoding: binary\r\n\r\na\0b"
  assert.match(await client.answer(`APPEND INBOX ~{${message.length}+}\r\n${message}`), /^OK/)
  assert.match(await client.append("INBOX", message), /^NO .*literal8/)
  await client.say("SELECT INBOX")
  assert.match(await client.say("FETCH 1 BINARY.PEEK[1]"), /BINARY\[1\] ~\{3\}\r\na\0b\)/)
})

test("UTF8=ACCEPT: APPEND takes a message in UTF-8 once it is enabled", async t => {
  const { connect } = await openWith(t, 0)
  const message = Buffer.from("Subject: Grüße\r\n\r\nja\r\n").toString("latin1")
  const command = `APPEND INBOX UTF8 (~{${message.length}+}\r\n${message})`
  assert.match(await (await connect()).answer(command), /^BAD/)
  const client = await connect("UTF8=ACCEPT")
  assert.match(await client.answer(command), /^OK/)
  await client.say("SELECT INBOX")
  assert.ok((await client.say("FETCH 1 BODY.PEEK[]")).includes(message))
})

test("an empty message is refused", async t => {
  const { connect } = await openWith(t, 0)
  assert.match(await (await connect()).append("INBOX", ""), /^NO/)
})

test("REPLACE puts a message in the place of another", async t => {
  const { connect } = await openWith(t, 2)
  const client = await connect()
  await client.say("SELECT INBOX")
  const draft = "Subject: draft\r\n\r\nnew\r\n"
  assert.match(
    await client.say(`REPLACE 1 INBOX (\\Draft) {${draft.length}+}\r\n${draft}`),
    /^\* OK \[APPENDUID \d+ 3\] Kept\r\n\* 3 EXISTS\r\n\* 1 EXPUNGE\r\nt2 OK Replaced\r\n$/,
  )
  assert.match(
    await client.say("FETCH 2 (FLAGS BODY.PEEK[TEXT])"),
    /FLAGS \(\\Draft\) BODY\[TEXT\] \{5\}\r\nnew\r\n/,
  )
  assert.match(
    await client.answer(`UID REPLACE 1 INBOX {${draft.length}+}\r\n${draft}`),
    /^NO \[NONEXISTENT\]/,
  )
  assert.match(await client.answer(`REPLACE 2 nowhere {${draft.length}+}\r\n${draft}`), /^NO \[TRYCREATE\]/)
  assert.match(await client.say("NOOP"), /^t6 OK/)
})

/** What a client takes for its HIGHESTMODSEQ when the tagged answer has come (RFC 7162 §6). */
function takenFrom(text: string): number {
  const code = /\[HIGHESTMODSEQ (\d+)\]/g
  const said = [...text.matchAll(code)].at(-1)?.[1]
  if (said !== undefined) return Number(said)
  return Math.max(0, ...[...text.matchAll(/MODSEQ \((\d+)\)/g)].map(([, modseq]) => Number(modseq)))
}

test("QRESYNC: what others changed before a STORE is told with it", async t => {
  const { connect } = await openWith(t, 6)
  const [client, other] = [await connect("QRESYNC"), await connect("CONDSTORE")]
  await client.say("SELECT INBOX")
  await other.say("SELECT INBOX")
  const changed = await other.say("STORE 6 +FLAGS (\\Flagged)")
  const text = await client.say("STORE 2 +FLAGS.SILENT (\\Seen)")
  assert.match(text, /\* 6 FETCH \(UID 6 FLAGS \(\\Flagged\)/)
  assert.ok(takenFrom(text) > takenFrom(changed))
})

for (const command of [
  "FETCH 1 (FLAGS MODSEQ)",
  "STORE 1 +FLAGS (\\Seen)",
  "FETCH 1 BODY[]",
  "FETCH 6 FLAGS",
])
  test(`QRESYNC: while VANISHED waits, no client may believe that it knows all: ${command}`, async t => {
    const { connect } = await openWith(t, 6)
    const [client, other] = [await connect("QRESYNC"), await connect("QRESYNC")]
    await client.say("SELECT INBOX")
    await other.say("SELECT INBOX")
    await other.say("STORE 5 +FLAGS.SILENT (\\Deleted)")
    await client.say("NOOP")
    const gone = takenFrom(await other.say("EXPUNGE"))
    await other.say("STORE 5 +FLAGS (\\Flagged)")
    client.desk.selected?.changed(undefined)
    const text = await client.say(command)
    assert.match(text, /MODSEQ \(\d+\)/)
    assert.doesNotMatch(text, /VANISHED/)
    assert.ok(takenFrom(text) < gone, text)
    const after = await client.say("NOOP")
    assert.match(after, /^\* VANISHED 5\r\n/)
    assert.ok(takenFrom(after) > gone, after)
  })

test("APPEND takes a message with flags that are not kept here, without them", async t => {
  const { connect } = await openWith(t, 0)
  const client = await connect()
  assert.match(await client.append("INBOX", letter, "(\\Recent \\Odd \\Answered) "), /^OK/)
  await client.say("SELECT INBOX")
  assert.match(await client.say("FETCH 1 FLAGS"), /FLAGS \(\\Answered\)/)
})
