import assert from "node:assert/strict"
import { test } from "node:test"
import { type Envelope, readPath } from "@letterkeep/smtp"
import type { Ears, MailConnection } from "../../ports/network/index.ts"
import { manualTimer } from "../../ports/timer.ts"
import { createSession, pieceBytes } from "./session.ts"

function path(text: string, of: "reverse" | "forward") {
  const read = readPath(text, 0, of)
  if (read.kind === "bad") throw new Error("a test's own path")
  return read.path
}

const envelope: Envelope = {
  sender: { path: path("<ada@us.example>", "reverse"), body: "7BIT", smtputf8: false, requireTls: false },
  recipients: [{ path: path("<bob@far.test>", "forward") }],
}

/** A session over a connection in the test's hands. */
function openSession() {
  let ears: Ears | undefined
  let wrote = ""
  let isSlow = false
  const ends: string[] = []
  const connection: MailConnection = {
    localIp: "127.0.0.1",
    hear: given => {
      ears = given
    },
    write(bytes) {
      wrote += Buffer.from(bytes).toString("latin1")
      return !isSlow
    },
    startTls: async () => ({ kind: "failed" }),
    end: () => void ends.push("end"),
    destroy: () => void ends.push("destroy"),
  }
  const timer = manualTimer()
  const session = createSession({
    connection,
    hostname: "us.example",
    tls: "never",
    timer,
    shakeHands: async () => undefined,
    onEnd: () => void ends.push("told"),
  })
  return {
    session,
    timer,
    ends,
    slow() {
      isSlow = true
    },
    say: (line: string) => ears?.bytes(Buffer.from(`${line}\r\n`)),
    drained: () => ears?.drained(),
    closed: () => ears?.closed(),
    taken() {
      const all = wrote
      wrote = ""
      return all
    },
  }
}

async function ready() {
  const opened = openSession()
  const opening = opened.session.open()
  opened.say("220 far.test")
  opened.say("250-far.test\r\n250 PIPELINING")
  assert.equal((await opening).kind, "ready")
  opened.taken()
  return opened
}

test("gives a piece of the text at a time, the next when the connection has taken the one before", async () => {
  const { session, say, slow, taken, drained, timer } = await ready()
  const body = Buffer.from(`${"x".repeat(98)}\r\n`.repeat(5_000))
  slow()
  const sending = session.send(envelope, { head: "Signed: yes\r\n", body })
  drained()
  assert.match(taken(), /^MAIL FROM:<ada@us\.example>\r\nRCPT TO:<bob@far\.test>\r\nDATA\r\n$/)
  say("250 ok\r\n250 ok\r\n354 go")
  const first = taken()
  assert.equal(first.length, "Signed: yes\r\n".length + pieceBytes)
  timer.pass(1_000)
  assert.equal(taken(), "")
  drained()
  assert.equal(taken().length, pieceBytes)
  // A refusal in the middle is heard, though the connection takes no more.
  say("552 5.3.4 too much")
  const sent = await sending
  assert.equal(sent.outcomes[0]?.kind, "refused")
  assert.notEqual(sent.over, undefined)
  assert.equal(taken(), "")
})

test("the text arrives whole, its head above it", async () => {
  const { session, say, slow, taken, drained } = await ready()
  const body = Buffer.from(`${"x".repeat(98)}\r\n`.repeat(5_000))
  slow()
  const sending = session.send(envelope, { head: "Signed: yes\r\n", body })
  drained()
  taken()
  say("250 ok\r\n250 ok\r\n354 go")
  let whole = ""
  let pieces = 0
  for (let piece = taken(); piece !== ""; piece = taken()) {
    whole += piece
    pieces += 1
    assert.ok(piece.length <= pieceBytes + 20)
    drained()
  }
  assert.equal(pieces, Math.ceil(body.length / pieceBytes))
  assert.equal(whole, `Signed: yes\r\n${body.toString("latin1")}.\r\n`)
  say("250 2.0.0 kept")
  const sent = await sending
  assert.equal(sent.over, undefined)
  assert.equal(sent.outcomes[0]?.kind, "accepted")
})

test("waits for nothing while it has nothing to do, and says so when the far side goes", async () => {
  const { session, timer, ends, closed } = await ready()
  assert.equal(timer.waiting, 0)
  closed()
  assert.deepEqual(ends, ["end", "told"])
  const sent = await session.send(envelope, { head: "", body: Buffer.from("x\r\n") })
  assert.deepEqual(sent.outcomes, [{ kind: "unanswered", step: "mail", uncertain: false }])
  session.quit()
  assert.equal(timer.waiting, 0)
})

test("a word out of turn while it has nothing to do is its end", async () => {
  const { say, ends, session } = await ready()
  say("421 4.4.2 idle too long")
  assert.deepEqual(ends, ["end", "told"])
  assert.notEqual((await session.send(envelope, { head: "", body: Buffer.from("x\r\n") })).over, undefined)
})
