import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import type { Mail } from "../../../../messages/index.ts"
import { BrokenLiteralError } from "../../handler.ts"
import { openTestDesk } from "../fixtures/open-test-desk.ts"

const letter = "From: Carla <carla@far.test>\r\nSubject: one\r\nX-Odd:  as\r\n\tit is\r\n\r\nbody\r\n"
const trace = "Return-Path: <carla@far.test>\r\nReceived: from far.test\r\n"

/** A message larger than what is held, with parts of every kind. */
function large() {
  const picture = Buffer.alloc(900_000, "picture \0\xff", "latin1")
  const encoded = picture.toString("base64").replace(/.{1,76}/g, "$&\r\n")
  const inner = "Subject: inside\r\n\r\nInner text\r\n"
  const text = "line =C3=A9 of text=\r\n goes on\r\n".repeat(12_000)
  const message = [
    "Subject: large",
    "Content-Type: multipart/mixed; boundary=b",
    "",
    "--b",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    `${text}--b`,
    "Content-Type: message/rfc822",
    "",
    `${inner}--b`,
    "Content-Type: image/png",
    "Content-Transfer-Encoding: base64",
    "",
    `${encoded}--b`,
    "Content-Transfer-Encoding: x-magic",
    "",
    "?",
    "--b--",
    "",
  ].join("\r\n")
  return { message, picture, inner, text }
}

test("FETCH of what the rows say", async t => {
  const { connect, deliver, clock } = await openTestDesk(t)
  clock.at = Date.parse("2026-03-04T05:06:07Z")
  await deliver(letter, trace)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.equal(
    await client.say("FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE)"),
    `* 1 FETCH (UID 1 FLAGS () INTERNALDATE " 4-Mar-2026 05:06:07 +0000" RFC822.SIZE ${trace.length + letter.length})\r\n` +
      "t2 OK That is all\r\n",
  )
  assert.equal(await client.say("UID FETCH 1:* FLAGS"), "* 1 FETCH (UID 1 FLAGS ())\r\nt3 OK That is all\r\n")
  assert.equal(await client.say("UID FETCH 7:9 FLAGS"), "t4 OK That is all\r\n")
  assert.match(await client.answer("FETCH 2 FLAGS"), /^BAD/)
})

test("OBJECTID, SAVEDATE: FETCH tells ids that hold in all mailboxes, and when a message came into this one", async t => {
  const { connect, deliver, clock } = await openTestDesk(t)
  clock.at = Date.parse("2026-03-04T05:06:07Z")
  await deliver(letter)
  const client = await connect()
  await client.say("SELECT INBOX")
  const ids = /EMAILID \((\w+)\) THREADID \((\w+)\)/.exec(await client.say("FETCH 1 (EMAILID THREADID)"))
  assert.ok(ids)
  clock.at += 86_400_000
  await client.say("COPY 1 Archive")
  await client.say("SELECT Archive")
  assert.equal(
    await client.say("FETCH 1 (EMAILID THREADID SAVEDATE INTERNALDATE)"),
    `* 1 FETCH (EMAILID (${ids[1]}) THREADID (${ids[2]}) SAVEDATE " 5-Mar-2026 05:06:07 +0000" ` +
      'INTERNALDATE " 4-Mar-2026 05:06:07 +0000")\r\nt5 OK That is all\r\n',
  )
  assert.match(await client.say(`SEARCH EMAILID ${ids[1]}`), /^\* SEARCH 1\r\n/)
  assert.match(await client.say("SEARCH THREADID t999"), /^\* SEARCH\r\n/)
})

test("PREVIEW: FETCH tells ENVELOPE, BODYSTRUCTURE and the beginning of the text from the index", async t => {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(letter, trace)
  await deliver("Subject: two\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n")
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.equal(
    await client.say("FETCH 1:2 (ENVELOPE PREVIEW (LAZY) BODY)"),
    '* 1 FETCH (ENVELOPE (NIL "one" (("Carla" NIL "carla" "far.test")) (("Carla" NIL "carla" "far.test")) ' +
      '(("Carla" NIL "carla" "far.test")) NIL NIL NIL NIL NIL) PREVIEW "body" BODY ("text" "plain" NIL NIL NIL "7bit" 6 1))\r\n' +
      '* 2 FETCH (ENVELOPE (NIL "two" NIL NIL NIL NIL NIL NIL NIL NIL) PREVIEW {7}\r\nGr\xc3\xbc\xc3\x9fe ' +
      'BODY ("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 9 1))\r\n' +
      "t2 OK That is all\r\n",
  )
})

test("BODY[] gives every octet as it was kept, and marks the message as seen", async t => {
  const { connect, deliver } = await openTestDesk(t)
  const odd = `${letter}\x80\xff bare\nlines\r\rand no end`
  await deliver(odd, trace)
  const client = await connect()
  await client.say("SELECT INBOX")
  const whole = trace + odd
  assert.equal(
    await client.say("FETCH 1 BODY.PEEK[]"),
    `* 1 FETCH (BODY[] {${whole.length}}\r\n${whole})\r\nt2 OK That is all\r\n`,
  )
  assert.equal(
    await client.say("FETCH 1 BODY[]"),
    `* 1 FETCH (UID 1 FLAGS (\\Seen) BODY[] {${whole.length}}\r\n${whole})\r\nt3 OK That is all\r\n`,
  )
  assert.equal(
    await client.say("FETCH 1 RFC822"),
    `* 1 FETCH (RFC822 {${whole.length}}\r\n${whole})\r\nt4 OK That is all\r\n`,
  )
  const header = `${trace}From: Carla <carla@far.test>\r\nSubject: one\r\nX-Odd:  as\r\n\tit is\r\n\r\n`
  assert.equal(
    await client.say("FETCH 1 (RFC822.HEADER RFC822.TEXT)"),
    `* 1 FETCH (RFC822.HEADER {${header.length}}\r\n${header} RFC822.TEXT {${whole.length - header.length}}\r\n` +
      `${whole.slice(header.length)})\r\nt5 OK That is all\r\n`,
  )
})

test("that a message was seen is not told twice to who has seen it", async t => {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(letter)
  const [client, other] = [await connect(), await connect()]
  await client.say("SELECT INBOX")
  await other.say("SELECT INBOX")
  assert.match(await client.say("FETCH 1 BODY[TEXT]"), /FLAGS \(\\Seen\)/)
  assert.equal(await client.say("NOOP"), "t3 OK Done\r\n")
  assert.match(await other.say("NOOP"), /^\* 1 FETCH \(UID 1 FLAGS \(\\Seen\)\)\r\n/)
  assert.doesNotMatch(await client.say("FETCH 1 BODY[TEXT]"), /FLAGS/)
})

test("parts of a header, and partials", async t => {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(letter, trace)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.equal(
    await client.say("FETCH 1 BODY.PEEK[HEADER.FIELDS (x-odd Return-Path)]"),
    "* 1 FETCH (BODY[HEADER.FIELDS (x-odd Return-Path)] {53}\r\n" +
      "Return-Path: <carla@far.test>\r\nX-Odd:  as\r\n\tit is\r\n\r\n)\r\nt2 OK That is all\r\n",
  )
  assert.equal(
    await client.say("FETCH 1 (BODY.PEEK[TEXT]<1.3> BODY.PEEK[]<9999.4> BODY.PEEK[9])"),
    "* 1 FETCH (BODY[TEXT]<1> {3}\r\nody BODY[]<9999> {0}\r\n BODY[9] NIL)\r\nt3 OK That is all\r\n",
  )
})

test("BINARY: parts come with their transfer encoding undone, of small messages and large ones", async t => {
  const { connect, deliver } = await openTestDesk(t)
  const { message, picture, text } = large()
  await deliver(message, trace)
  const small = "Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC/w==\r\n"
  await deliver(small)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.equal(
    await client.say("FETCH 2 (BINARY.SIZE[1] BINARY.PEEK[1] BINARY.PEEK[1]<1.2>)"),
    "* 2 FETCH (BINARY.SIZE[1] 4 BINARY[1] ~{4}\r\n\0\x01\x02\xff BINARY[1]<1> {2}\r\n\x01\x02)\r\nt2 OK That is all\r\n",
  )
  const plain = text.replaceAll("=\r\n", "").replaceAll("=C3=A9", "\xc3\xa9").slice(0, -2)
  const decoded = picture.toString("latin1")
  assert.equal(
    await client.say("FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[3] BINARY.PEEK[3] BINARY.PEEK[3]<5.9>)"),
    `* 1 FETCH (BINARY[1] {${plain.length}}\r\n${plain} BINARY.SIZE[3] ${decoded.length} ` +
      `BINARY[3] ~{${decoded.length}}\r\n${decoded} BINARY[3]<5> ~{9}\r\n${decoded.slice(5, 14)})\r\nt3 OK That is all\r\n`,
  )
  assert.match(
    await client.say("FETCH 1 (UID BINARY.PEEK[4])"),
    /^\* 1 FETCH \(UID 1\)\r\nt4 NO \[UNKNOWN-CTE\]/,
  )
})

test("a large message comes whole and in sections, and so does one whose index entry was cut", async t => {
  const { connect, deliver, store } = await openTestDesk(t)
  const { message, inner } = large()
  const cut = `To: ${"someone@somewhere.test, ".repeat(2_000)}x@y.test\r\n${message}`
  await deliver(message, trace)
  await deliver(cut, trace)
  const client = await connect()
  await client.say("SELECT INBOX")
  for (const [number, content] of [
    [1, trace + message],
    [2, trace + cut],
  ] as const) {
    const whole = await client.say(`FETCH ${number} BODY.PEEK[]`)
    assert.ok(
      whole.startsWith(`* ${number} FETCH (BODY[] {${content.length}}\r\n${content})\r\n`),
      `${number} whole`,
    )
    const sections = await client.say(
      `FETCH ${number} (BODY.PEEK[2] BODY.PEEK[2.HEADER] BODY.PEEK[2.MIME] BODY.PEEK[HEADER.FIELDS (Subject)] BODY.PEEK[3]<0.8>)`,
    )
    const body = inner.slice(0, -2)
    assert.ok(
      sections.startsWith(
        `* ${number} FETCH (BODY[2] {${body.length}}\r\n${body} BODY[2.HEADER] {19}\r\nSubject: inside\r\n\r\n ` +
          "BODY[2.MIME] {32}\r\nContent-Type: message/rfc822\r\n\r\n " +
          "BODY[HEADER.FIELDS (Subject)] {18}\r\nSubject: large\r\n\r\n BODY[3]<0> {8}\r\ncGljdHVy)\r\n",
      ),
      `${number}: ${sections.slice(0, 400)}`,
    )
  }
  // Even without any entry the body is there.
  await store.sql`delete from idx_entry`
  assert.match(
    await client.say("FETCH 1 BODY.PEEK[2.HEADER]"),
    /^\* 1 FETCH \(BODY\[2.HEADER\] \{19\}\r\nSubject: inside/,
  )
})

test("many messages of many sizes come in order, each once", async t => {
  const { connect } = await openTestDesk(t)
  const client = await connect()
  const messages = Array.from({ length: 12 }, (_, index) =>
    index % 5 === 4
      ? `Subject: ${index}\r\n\r\n${"x".repeat(300_000)}\r\n`
      : `Subject: ${index}\r\n\r\n${"y".repeat(index * 20_000)}\r\n`,
  )
  for (const message of messages) assert.match(await client.append("INBOX", message), /^OK/)
  await client.say("SELECT INBOX")
  const expected = messages
    .map(
      (message, index) =>
        `* ${index + 1} FETCH (RFC822.SIZE ${message.length} BODY[] {${message.length}}\r\n${message})\r\n`,
    )
    .join("")
  const text = await client.say("FETCH 1:* (RFC822.SIZE BODY.PEEK[])")
  assert.ok(text.startsWith(expected))
})

test("CONDSTORE: FETCH with CHANGEDSINCE gives only what is newer, with its modseq", async t => {
  const { connect, deliver } = await openTestDesk(t)
  for (let count = 0; count < 3; count++) await deliver(letter)
  const client = await connect()
  await client.say("SELECT INBOX")
  const before = /MODSEQ \((\d+)\)/.exec(await client.say("FETCH 3 MODSEQ"))?.[1]
  await client.say("STORE 2 +FLAGS (\\Flagged)")
  const text = await client.say(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${before})`)
  assert.match(text, /^\* 2 FETCH \(MODSEQ \(\d+\) FLAGS \(\\Flagged\)\)\r\nt\d+ OK/)
})

test("CONDSTORE: the first command that shows that a client knows it is answered with HIGHESTMODSEQ, no other is", async t => {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(letter)
  const client = await connect()
  await client.say("SELECT INBOX")
  assert.match(await client.say("FETCH 1 MODSEQ"), /^\* OK \[HIGHESTMODSEQ \d+\]/)
  assert.match(await client.say("FETCH 1 MODSEQ"), /^\* 1 FETCH/)
})

test("CONDSTORE: a STATUS that asks for HIGHESTMODSEQ is answered with that of the open mailbox too, once", async t => {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(letter)
  const client = await connect()
  await client.say("SELECT INBOX")
  const before = await client.say("STORE 1 +FLAGS (\\Seen)")
  assert.doesNotMatch(before, /MODSEQ/)
  const status = await client.say("STATUS Archive (HIGHESTMODSEQ)")
  const newest = /^\* STATUS .*\r\n\* OK \[HIGHESTMODSEQ (\d+)\] .*\r\nt3 OK /.exec(status)?.[1]
  assert.ok(newest !== undefined, status)
  assert.match(await client.say("FETCH 1 FLAGS"), /^\* 1 FETCH \(FLAGS \(\\Seen\)\)\r\n/)
  assert.match(
    await client.say("FETCH 1 (MODSEQ)"),
    new RegExp(`^\\* 1 FETCH \\(MODSEQ \\(${newest}\\)\\)\\r\\n`),
  )
  assert.doesNotMatch(await client.say("STATUS Archive (HIGHESTMODSEQ)"), /\[HIGHESTMODSEQ/)
  await client.say("SELECT INBOX")
  assert.doesNotMatch(await client.say("NOOP"), /HIGHESTMODSEQ/)
})

test("QRESYNC: UID FETCH with VANISHED tells what has gone since", async t => {
  const { connect, deliver } = await openTestDesk(t)
  for (let count = 0; count < 4; count++) await deliver(letter)
  const client = await connect("QRESYNC")
  const modseq = /HIGHESTMODSEQ (\d+)/.exec(await client.say("SELECT INBOX"))?.[1]
  await client.say("STORE 2:3 +FLAGS (\\Deleted)")
  await client.say("EXPUNGE")
  const text = await client.say(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`)
  assert.match(text, /^\* VANISHED \(EARLIER\) 2:3\r\nt\d+ OK/)
  assert.match(await client.answer(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`), /^BAD/)
  const plain = await connect()
  await plain.say("SELECT INBOX")
  assert.match(await plain.answer(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`), /^BAD/)
})

test("a message that has gone meanwhile is said to have", async t => {
  const { connect, deliver } = await openTestDesk(t)
  for (let count = 0; count < 2; count++) await deliver(letter)
  const client = await connect()
  await client.say("SELECT INBOX")
  const other = await connect()
  await other.say("SELECT INBOX")
  await other.say("STORE 1 +FLAGS (\\Deleted)")
  await other.say("EXPUNGE")
  assert.match(
    await client.say("FETCH 1:2 (UID BODY.PEEK[TEXT])"),
    /^\* 2 FETCH \(UID 2 BODY\[TEXT\] \{6\}\r\nbody\r\n\)\r\nt2 OK \[EXPUNGEISSUED\]/,
  )
  // No EXPUNGE while numbers are spoken of.
  client.desk.selected?.changed(undefined)
  assert.doesNotMatch(await client.say("FETCH 2 UID"), /EXPUNGE\r\n/)
  assert.match(await client.say("NOOP"), /^\* 1 EXPUNGE\r\n/)
})

test("a message that this sign-in does not open is told of as far as it can be", async t => {
  const { connect, deliver, store } = await openTestDesk(t)
  await deliver(letter)
  await deliver(letter)
  await deliver(letter)
  // As after an administrator's reset: the key of the second message is of a generation that is not opened.
  await store.sql`insert into seal_key select (jsonb_populate_record(k, '{"seal_key_id": 99, "generation": 99}')).* from seal_key k limit 1`
  await store.sql`update body set seal_key_id = 99 where body_id = (select body_id from email order by email_id limit 1 offset 1)`
  await store.sql`update idx_entry set seal_key_id = 99 where id = (select email_id from email order by email_id limit 1 offset 1)`
  const client = await connect()
  await client.say("SELECT INBOX")
  const text = await client.say("FETCH 1:3 (UID BODY.PEEK[TEXT])")
  assert.match(
    text,
    /^\* 1 FETCH \(UID 1 BODY\[TEXT\] \{6\}\r\nbody\r\n\)\r\n\* 3 FETCH \(UID 3 BODY\[TEXT\] \{6\}\r\nbody\r\n\)\r\n\* 2 FETCH \(UID 2\)\r\n/,
  )
  assert.match(text, /t2 NO \[CANNOT\]/)
  const list = await client.say("FETCH 1:3 (UID ENVELOPE)")
  assert.match(list, /\* 2 FETCH \(UID 2\)\r\n\* 3 FETCH \(UID 3 ENVELOPE .*\r\nt3 NO \[CANNOT\]/)
  assert.match(await client.say("FETCH 2 BODY.PEEK[]"), /^t4 NO \[CANNOT\]/)
})

/** The other client expunges the first message between the rows and what is asked of the messages themselves. */
async function openMeanwhile(t: TestContext, message: string) {
  const { connect, deliver } = await openTestDesk(t)
  await deliver(message)
  await deliver(letter)
  const [client, other] = [await connect(), await connect()]
  const { mail } = client
  let goes = true
  const meanwhile: Pick<Mail, "summaries" | "bodies" | "body"> = {
    async *summaries(emails) {
      await remove()
      yield* mail.summaries(emails)
    },
    async *bodies(mailbox, uids) {
      await remove()
      yield* mail.bodies(mailbox, uids)
    },
    async *body(body, from, to) {
      await remove()
      yield* mail.body(body, from, to)
    },
  }
  const remove = async () => {
    if (!goes) return
    goes = false
    await other.say("STORE 1 +FLAGS (\\Deleted)")
    await other.say("EXPUNGE")
  }
  return { client, other, meanwhile: (of: keyof typeof meanwhile) => ({ ...mail, [of]: meanwhile[of] }) }
}

test("what goes between two questions to the store has gone: no key is missing", async t => {
  for (const [of, items, first] of [
    ["summaries", "ENVELOPE", "* 1 FETCH (UID 1)\r\n"],
    ["summaries", "ENVELOPE BODY.PEEK[TEXT]", ""],
    ["bodies", "FLAGS BODY.PEEK[TEXT]", ""],
  ] as const) {
    const { client, other, meanwhile } = await openMeanwhile(t, letter)
    Object.assign(client.desk.visit, { mail: meanwhile(of) })
    await client.say("SELECT INBOX")
    await other.say("SELECT INBOX")
    const text = await client.say(`FETCH 1:2 (UID ${items})`)
    assert.ok(text.startsWith(`${first}* 2 FETCH (UID 2 `), text)
    assert.match(text, /\r\nt2 OK \[EXPUNGEISSUED\] /, items)
  }
})

test("a large message that goes before its octets come has gone", async t => {
  const large = `Subject: large\r\n\r\n${"x".repeat(600_000)}\r\n`
  const { client, other, meanwhile } = await openMeanwhile(t, large)
  Object.assign(client.desk.visit, { mail: meanwhile("body") })
  await client.say("SELECT INBOX")
  await other.say("SELECT INBOX")
  assert.match(
    await client.say("UID FETCH 1:2 (BODY.PEEK[TEXT])"),
    /^\* 1 FETCH \(UID 1\)\r\n\* 2 FETCH \(UID 2 BODY\[TEXT\] .*t2 OK \[EXPUNGEISSUED\] /s,
  )
})

test("where a large message fails, a response that was begun ends the connection: no answer could follow", async t => {
  const { connect, deliver } = await openTestDesk(t)
  const { message } = large()
  await deliver(message, trace)
  const failing = (): never => {
    throw new Error("lost")
  }
  const [client, other] = [await connect(), await connect()]
  for (const each of [client, other]) await each.say("SELECT INBOX")
  Object.assign(client.mail, { body: failing })
  await assert.rejects(client.say("FETCH 1 (UID BODY.PEEK[1])"), BrokenLiteralError)
  Object.assign(other.mail, { summaries: failing })
  await assert.rejects(other.say("FETCH 1 (UID BODY.PEEK[1])"), /^Error: lost/)
  assert.equal(await other.say("NOOP"), "t3 OK Done\r\n")
})
