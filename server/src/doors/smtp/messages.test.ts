import assert from "node:assert/strict"
import { test } from "node:test"
import { stuffDots } from "@letterkeep/smtp"
import type { Outcome } from "../../flow/index.ts"
import { opened } from "../../privacy/test-privacy.ts"
import { until } from "../entrance/fixtures/until.ts"
import { openDoor } from "./fixtures/open-door.ts"
import { connectPeer, type Peer } from "./fixtures/peer.ts"
import { defaultSmtpDoorLimits } from "./limits.ts"

async function ready(address: string): Promise<Peer> {
  const peer = await connectPeer(address)
  assert.match(await peer.reply(), /^220 mx\.example ESMTP$/)
  assert.match(await peer.say("EHLO peer.example"), /^250-mx\.example\r\n/)
  return peer
}

async function began(address: string): Promise<Peer> {
  const peer = await ready(address)
  peer.write("MAIL FROM:<s@peer.example>\r\nRCPT TO:<r@mx.example>\r\nDATA\r\n")
  assert.match(await peer.reply(), /^250 2\.1\.0 /)
  assert.match(await peer.reply(), /^250 2\.1\.5 /)
  assert.match(await peer.reply(), /^354 /)
  return peer
}

test("hands a message and its envelope to the house, for several recipients", async context => {
  const { door, receive } = await openDoor(context)
  const peer = await ready(door.address)
  peer.write(
    "MAIL FROM:<s@peer.example> SIZE=20 BODY=8BITMIME SMTPUTF8 ENVID=e+2B1\r\n" +
      "RCPT TO:<one@mx.example> NOTIFY=FAILURE ORCPT=rfc822;one@peer.example\r\nRCPT TO:<two@mx.example>\r\nDATA\r\n",
  )
  for (const code of ["250", "250", "250", "354"]) assert.ok((await peer.reply()).startsWith(code))
  assert.equal(await peer.say("Subject: x\r\n\r\n..dot\r\n."), "250 2.0.0 Kept as 1")
  const [message] = receive.messages
  assert.equal(message?.bytes(), "Subject: x\r\n\r\n.dot\r\n")
  const { source, reversePath, recipients, helo, envid, ...rest } = message?.envelope ?? assert.fail()
  assert.equal(opened(source.ip), "127.0.0.1")
  assert.equal(opened(reversePath), "s@peer.example")
  assert.equal(opened(helo), "peer.example")
  assert.equal(envid && opened(envid), "e+1")
  assert.deepEqual(
    recipients.map(({ address, notify, orcpt }) => [opened(address), notify, orcpt && opened(orcpt)]),
    [
      ["one@mx.example", ["failure"], "rfc822;one@peer.example"],
      ["two@mx.example", undefined, undefined],
    ],
  )
  assert.notEqual(recipients[0]?.accountId, recipients[1]?.accountId)
  assert.deepEqual(rest, {
    protocol: "UTF8SMTP",
    smtputf8: true,
    body: "8BITMIME",
    requireTls: false,
    declaredSize: 20,
  })
  assert.match(await peer.say("QUIT"), /^221 /)
  await peer.closed
})

test("brings every octet of messages of many sizes, by DATA and by BDAT", async context => {
  const { door, receive } = await openDoor(context)
  const peer = await ready(door.address)
  const line = `.${"x\xe9".repeat(40)}\r\n`
  for (const lines of [0, 1, 50, 3_000, 20_000]) {
    const text = line.repeat(lines)
    peer.write("MAIL FROM:<>\r\nRCPT TO:<r@mx.example>\r\nDATA\r\n")
    for (let at = 0; at < 3; at += 1) await peer.reply()
    peer.write(stuffDots(Buffer.from(text, "latin1")))
    assert.match(await peer.reply(), /^250 /)
    assert.ok(receive.messages.at(-1)?.bytes() === text, `${lines} lines by DATA`)
    peer.write("MAIL FROM:<>\r\nRCPT TO:<r@mx.example>\r\n")
    for (let at = 0; at < 2; at += 1) await peer.reply()
    for (let at = 0; at < text.length; at += 50_000) {
      const chunk = Buffer.from(text.slice(at, at + 50_000), "latin1")
      peer.write(`BDAT ${chunk.length}\r\n`)
      peer.write(chunk)
      assert.match(await peer.reply(), /^250 /)
    }
    assert.match(await peer.say("BDAT 0 LAST"), /^250 2\.0\.0 Kept/)
    assert.ok(receive.messages.at(-1)?.bytes() === text, `${lines} lines by BDAT`)
  }
  peer.end()
})

test("takes the octets of a message one packet each", async context => {
  const { door, receive } = await openDoor(context)
  const peer = await began(door.address)
  const text = "Subject: x\r\n\r\n..y\r\n.\r\n"
  for (const octet of Buffer.from(text)) {
    peer.write(Buffer.of(octet))
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.match(await peer.reply(), /^250 /)
  assert.equal(receive.messages[0]?.bytes(), "Subject: x\r\n\r\n.y\r\n")
  peer.end()
})

test("says 250 only after the house has said that the message is kept", async context => {
  const { door, receive } = await openDoor(context)
  let keep: (outcome: Outcome) => void = () => undefined
  receive.outcome = () => new Promise(resolve => (keep = resolve))
  const peer = await began(door.address)
  let replied = false
  const reply = peer.say("x\r\n.").then(text => {
    replied = true
    return text
  })
  await until(() => receive.messages[0]?.state === "finishing")
  // The NOOP behind it is read, and waits: a reply of any kind would be seen.
  peer.write("NOOP\r\n")
  for (let turns = 0; turns < 50; turns += 1) await new Promise(resolve => setImmediate(resolve))
  assert.equal(replied, false)
  keep({ kind: "kept", id: "k1" })
  assert.equal(await reply, "250 2.0.0 Kept as k1")
  assert.match(await peer.reply(), /^250 2\.0\.0 OK/)
  peer.end()
})

test("gives each outcome its code", async context => {
  const { door, receive } = await openDoor(context)
  const text = "because"
  const list: readonly (readonly [Outcome, string])[] = [
    [{ kind: "refused", code: "policy", text }, "550 5.7.1 because"],
    [{ kind: "refused", code: "loop", text }, "554 5.4.6 because"],
    [{ kind: "refused", code: "content", text }, "554 5.6.0 because"],
    [{ kind: "refused", code: "too-large", text }, "552 5.3.4 because"],
    [{ kind: "later", why: "store" }, "451 4.3.0 "],
    [{ kind: "later", why: "room" }, "452 4.3.1 "],
    [{ kind: "later", why: "dns" }, "451 4.4.3 "],
    [{ kind: "later", why: "busy" }, "451 4.3.2 "],
  ]
  for (const [outcome, reply] of list) {
    receive.outcome = async () => outcome
    const peer = await began(door.address)
    const said = await peer.say("x\r\n.")
    assert.ok(said.startsWith(reply), said)
    assert.match(await peer.say("NOOP"), /^250 /)
    peer.end()
  }
})

test("gives each answer about a recipient its code, and asks postmaster without a domain", async context => {
  const { door, receive } = await openDoor(context)
  receive.answers = new Map([
    ["unknown@mx.example", "unknown"],
    ["a@elsewhere.example", "not-ours"],
    ["full@mx.example", "over-quota"],
    ["busy@mx.example", "busy"],
  ])
  const peer = await ready(door.address)
  await peer.say("MAIL FROM:<>")
  assert.match(await peer.say("RCPT TO:<unknown@mx.example>"), /^550 5\.1\.1 /)
  assert.match(await peer.say("RCPT TO:<a@elsewhere.example>"), /^550 5\.7\.1 /)
  assert.match(await peer.say("RCPT TO:<full@mx.example>"), /^452 4\.2\.2 /)
  assert.match(await peer.say("RCPT TO:<busy@mx.example>"), /^451 4\.3\.2 /)
  assert.match(await peer.say("DATA"), /^554 5\.5\.1 /)
  assert.match(await peer.say("RCPT TO:<postmaster>"), /^250 /)
  assert.match(await peer.say("DATA"), /^354 /)
  const address = receive.messages[0]?.envelope.recipients[0]?.address ?? assert.fail()
  assert.equal(opened(address), "postmaster")
  peer.destroy()
})

test("answers 452 where there is no room, before MAIL and before DATA", async context => {
  const { door, receive } = await openDoor(context)
  const peer = await ready(door.address)
  receive.level = "low"
  assert.match(await peer.say("MAIL FROM:<>"), /^452 4\.3\.1 /)
  receive.level = "enough"
  await peer.say("MAIL FROM:<>")
  await peer.say("RCPT TO:<r@mx.example>")
  receive.level = "low"
  assert.match(await peer.say("DATA"), /^452 4\.3\.1 /)
  receive.level = "enough"
  assert.match(await peer.say("DATA"), /^354 /)
  peer.destroy()
})

test("ends a connection whose text came before 354 was refused: it would be read as commands", async context => {
  const { door, receive } = await openDoor(context)
  const peer = await ready(door.address)
  receive.answers.set("r@mx.example", "unknown")
  peer.write("MAIL FROM:<>\r\nRCPT TO:<r@mx.example>\r\nDATA\r\nMAIL FROM:<evil@peer.example>\r\n.\r\n")
  for (const reply of [/^250 /, /^550 /, /^554 /, /^421 4\.5\.0 /, /^$/])
    assert.match(await peer.reply(), reply)
  peer.end()
})

test("answers 452 to the message that would spend the budget of octets, and gives them back", async context => {
  const { door, receive, metrics } = await openDoor(context, { limits: { bytesInFlight: 100_000 } })
  const first = await began(door.address)
  first.write(`${"x".repeat(60_000)}\r\n`)
  await until(() => /letterkeep_smtp_bytes_in_flight 60002/.test(metrics.render()))
  const second = await began(door.address)
  assert.match(await second.say(`${"y".repeat(60_000)}\r\n.`), /^452 4\.3\.1 /)
  assert.equal(receive.messages[1]?.state, "abandoned")
  assert.match(await first.say("."), /^250 /)
  assert.match(metrics.render(), /letterkeep_smtp_bytes_in_flight 0\n/)
  await second.say("MAIL FROM:<>")
  await second.say("RCPT TO:<r@mx.example>")
  await second.say("DATA")
  assert.match(await second.say(`${"y".repeat(60_000)}\r\n.`), /^250 /)
  first.end()
  second.end()
})

test("gives up a message whose peer goes away, and its octets", async context => {
  const { door, receive, metrics } = await openDoor(context)
  const peer = await began(door.address)
  peer.write("x\r\n")
  await until(() => /in_flight 3\n/.test(metrics.render()))
  peer.destroy()
  await until(() => receive.messages[0]?.state === "abandoned")
  assert.match(metrics.render(), /in_flight 0\n/)
})

test("gives up a message at RSET, at EHLO and at a broken rule", async context => {
  const { door, receive } = await openDoor(context)
  const peer = await ready(door.address)
  for (const last of ["RSET", "EHLO again.example", "BDAT 3\r\na\nb"]) {
    await peer.say("MAIL FROM:<>")
    await peer.say("RCPT TO:<r@mx.example>")
    assert.match(await peer.say("BDAT 3\r\nx"), /^250 /)
    await peer.say(last)
    assert.equal(receive.messages.at(-1)?.state, "abandoned", last)
  }
  peer.end()
})

test("lets a message that is being kept be kept when its peer goes away", async context => {
  const { door, receive, metrics } = await openDoor(context)
  let keep: (outcome: Outcome) => void = () => undefined
  receive.outcome = () => new Promise(resolve => (keep = resolve))
  const peer = await began(door.address)
  peer.write("x\r\n.\r\n")
  await until(() => receive.messages[0]?.state === "finishing")
  peer.destroy()
  keep({ kind: "kept", id: "1" })
  await until(() => /kind="kept"\} 1\n/.test(metrics.render()))
  assert.equal(receive.messages[0]?.state, "finishing")
})

test("says 421 and writes it down when the house fails", async context => {
  const { door, receive, log } = await openDoor(context)
  const peer = await ready(door.address)
  receive.recipient = async () => {
    throw new Error("the database is gone")
  }
  await peer.say("MAIL FROM:<>")
  assert.match(await peer.say("RCPT TO:<r@mx.example>"), /^421 4\.3\.0 /)
  await peer.closed
  assert.ok(log.events.some(({ name }) => name === "smtp.failed"))
  peer.end()
})

test("keeps addresses, names and text of peers out of its log", async context => {
  const { door, log } = await openDoor(context)
  const peer = await began(door.address)
  await peer.say("secret-text\r\n.")
  await peer.say("NO\nSUCH")
  await peer.say("QUIT")
  await peer.closed
  const written = JSON.stringify(log.events)
  for (const word of ["peer.example", "r@mx", "secret", '127.0.0.1"'])
    assert.ok(!written.includes(word), word)
})

test("reads no more of a peer than one piece while a question is open", async context => {
  const { door, receive } = await openDoor(context)
  let open: () => void = () => undefined
  receive.gate = new Promise(resolve => (open = resolve))
  const peer = await ready(door.address)
  const mails = "RSET\r\nMAIL FROM:<>\r\nRCPT TO:<r@mx.example>\r\n"
  peer.write(mails.repeat(50))
  for (let turns = 0; turns < 50; turns += 1) await new Promise(resolve => setImmediate(resolve))
  open()
  for (let at = 0; at < 150; at += 1) assert.match(await peer.reply(), /^250 /)
  peer.end()
})

test("answers a peer that has closed its side already", async context => {
  const { door, receive } = await openDoor(context)
  const peer = await connectPeer(door.address)
  await peer.reply()
  peer.write("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<r@mx.example>\r\nBDAT 3 LAST\r\nx\r\n")
  peer.end()
  for (let at = 0; at < 3; at += 1) await peer.reply()
  assert.match(await peer.reply(), /^250 2\.0\.0 Kept/)
  await peer.closed
  assert.equal(receive.messages[0]?.bytes(), "x\r\n")
})

test("serves under its own limits by default", () => {
  assert.equal(defaultSmtpDoorLimits.bytesInFlight, 256 * 1024 * 1024)
  assert.ok(defaultSmtpDoorLimits.commandMs >= 300_000) // RFC 5321 §4.5.3.2.7
})
