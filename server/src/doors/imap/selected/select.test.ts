import assert from "node:assert/strict"
import { test } from "node:test"
import { openTestDesk } from "./fixtures/open-test-desk.ts"

const letter = "Subject: one\r\n\r\nbody\r\n"

test("SELECT tells what there is, for a client of IMAP4rev1", async t => {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(letter)
  await deliver(letter)
  const client = await connect()
  await client.say("SELECT INBOX")
  await client.say("STORE 1 +FLAGS (\\Seen)")
  const text = await client.say("SELECT inbox")
  for (const line of [
    "* OK [CLOSED] The mailbox that was open is closed",
    "* 2 EXISTS",
    "* 0 RECENT",
    "* OK [UNSEEN 2] The first that was not seen",
    "* OK [UIDNEXT 3] The next UID",
    "* OK [HIGHESTMODSEQ 4] The newest change",
    "* OK [MAILBOXID (m1)] What it is, whatever its name",
    "t3 OK [READ-WRITE] Open",
  ])
    assert.ok(text.includes(`${line}\r\n`), `${line} in\n${text}`)
  assert.match(text, /\* FLAGS \(\\Answered \\Flagged \\Draft \\Seen \\Deleted /)
  assert.match(text, /\* OK \[PERMANENTFLAGS \(.* \\\*\)\]/)
  assert.match(text, /\* OK \[UIDVALIDITY [1-9][0-9]*\]/)
  assert.doesNotMatch(text, /\* LIST/)
})

test("IMAP4rev2: SELECT tells the mailbox's name, and nothing of recent or unseen messages", async t => {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(letter)
  const client = await connect("IMAP4REV2")
  const text = await client.say("SELECT inbox")
  assert.match(text, /^\* 1 EXISTS\r\n\* FLAGS/)
  assert.match(text, /\* LIST \(\) "\/" "INBOX" \("OLDNAME" \("inbox"\)\)\r\n/)
  assert.match(await client.say("SELECT INBOX"), /\* LIST \(\) "\/" "INBOX"\r\n/)
  assert.doesNotMatch(text, /RECENT|UNSEEN/)
})

test("IMAP4rev2: a name that is written otherwise is told as it is here, with what was written", async t => {
  const { connect } = await openTestDesk(t)
  const client = await connect("IMAP4REV2")
  const [composed, decomposed] = ['\u00e9 \\"', 'e\u0301 \\"'].map(
    name => `"${Buffer.from(name).toString("latin1").replaceAll(/[\\"]/g, "\\$&")}"`,
  )
  await client.say(`CREATE ${composed}`)
  const plain = `* LIST () "/" ${composed}\r\n`
  assert.ok((await client.say(`SELECT ${composed}`)).includes(plain))
  const told = `* LIST () "/" ${composed} ("OLDNAME" (${decomposed}))\r\n`
  assert.ok((await client.say(`EXAMINE ${decomposed}`)).includes(told))
})

test("EXAMINE opens for looking, and nothing can be changed", async t => {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(letter)
  const client = await connect()
  const text = await client.say("EXAMINE INBOX")
  assert.match(text, /t1 OK \[READ-ONLY\]/)
  assert.match(text, /\[PERMANENTFLAGS \(\)\]/)
  for (const command of ["STORE 1 +FLAGS (\\Seen)", "EXPUNGE", "MOVE 1 Trash"])
    assert.match(await client.answer(command), /^NO .*EXAMINE/, command)
  assert.match(await client.say("FETCH 1 BODY[]"), /^\* 1 FETCH \(BODY\[\] \{/)
  assert.match(await client.say("FETCH 1 FLAGS"), /FLAGS \(\)/)
})

test("a mailbox that is not there leaves none open", async t => {
  const { connect } = await openTestDesk(t)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.match(await client.answer("SELECT nowhere"), /^NO \[NONEXISTENT\]/)
  assert.match(await client.answer("CHECK"), /^BAD/)
  assert.match(await client.answer("SELECT &garbage"), /^NO \[NONEXISTENT\]/)
})

test("QRESYNC: has to be enabled first", async t => {
  const { connect } = await openTestDesk(t)
  const client = await connect()
  assert.match(await client.answer("SELECT INBOX (QRESYNC (1 1))"), /^BAD/)
})

test("QRESYNC: a client that comes back is told what has gone and what has changed", async t => {
  const { connect, deliver } = await openTestDesk(t)
  for (let count = 0; count < 6; count++) await deliver(letter)
  const client = await connect("QRESYNC")
  const first = await client.say("SELECT INBOX")
  const validity = /UIDVALIDITY (\d+)/.exec(first)?.[1]
  const modseq = /HIGHESTMODSEQ (\d+)/.exec(first)?.[1]
  const other = await connect()
  await other.say("SELECT INBOX")
  await other.say("STORE 2:3,5 +FLAGS (\\Deleted)")
  await other.say("EXPUNGE")
  await other.say("STORE 1 +FLAGS ($Forwarded)")
  await deliver(letter)

  const again = await connect("QRESYNC")
  const text = await again.say(`SELECT INBOX (QRESYNC (${validity} ${modseq}))`)
  assert.match(text, /\* 4 EXISTS\r\n/)
  assert.match(text, /\* VANISHED \(EARLIER\) 2:3,5\r\n/)
  assert.match(text, /\* 1 FETCH \(UID 1 FLAGS \(\$Forwarded\) MODSEQ \(\d+\)\)\r\n/)
  assert.match(text, /\* 4 FETCH \(UID 7 FLAGS \(\) MODSEQ \(\d+\)\)\r\n/)
  assert.doesNotMatch(text, /\* [23] FETCH/)

  const some = await again.say(`SELECT INBOX (QRESYNC (${validity} ${modseq} 3:6))`)
  assert.match(some, /\* VANISHED \(EARLIER\) 3,5\r\n/)
  assert.doesNotMatch(some, /FETCH/)
  const otherTime = await again.say("SELECT INBOX (QRESYNC (1 1))")
  assert.doesNotMatch(otherTime, /VANISHED|FETCH/)
})

test("QRESYNC: past the log of changes, all UIDs that are not there are told, but for those the client's pairs spare", async t => {
  const { connect, deliver, store } = await openTestDesk(t)
  for (let count = 0; count < 6; count++) await deliver(letter)
  const other = await connect()
  await other.say("SELECT INBOX")
  await other.say("STORE 2,5 +FLAGS (\\Deleted)")
  await other.say("EXPUNGE")
  await store.sql`update mail_state set change_floor = modseq`
  await store.sql`delete from change`

  const client = await connect("QRESYNC")
  const validity = /UIDVALIDITY (\d+)/.exec(await client.say("EXAMINE INBOX"))?.[1]
  const told = async (parameters: string) =>
    /VANISHED \(EARLIER\) (\S+)/.exec(
      await client.say(`SELECT INBOX (QRESYNC (${validity} 3${parameters}))`),
    )?.[1]
  assert.equal(await told(""), "2,5")
  assert.equal(await told(" 1:3"), "2")
  assert.equal(await told(" 1:6 (1,3 1,4)"), "5")
  assert.equal(await told(" 1:6 (1,3 1,3)"), "2,5")
})

test("CONDSTORE: SELECT with it turns it on", async t => {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(letter)
  const client = await connect()
  await client.say("SELECT INBOX (CONDSTORE)")
  assert.match(await client.say("STORE 1 +FLAGS (\\Seen)"), /MODSEQ \(\d+\)/)
})

test("OBJECTID: a mailbox keeps its id under another name", async t => {
  const { connect } = await openTestDesk(t)
  const client = await connect()
  const id = /MAILBOXID \((\w+)\)/.exec(await client.say("SELECT Archive"))?.[1]
  await client.say("RENAME Archive Other")
  assert.equal(/MAILBOXID \((\w+)\)/.exec(await client.say("SELECT Other"))?.[1], id)
})
