import assert from "node:assert/strict"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { type TestContext, test } from "node:test"
import { sendTryMail } from "./try-mail.ts"

/** What the door says: its greeting first, then an answer to each thing that it is told. */
type Script = readonly (string | ((socket: Socket) => void))[]

const friendly = [
  "220 mx.example ESMTP\r\n",
  "250-mx.example\r\n250 SIZE 1000\r\n",
  "250 2.1.0 OK\r\n",
] as const

/** A door that plays its part and notes what it was told: lines, and the letter as one. */
async function openDoor(context: TestContext, script: Script) {
  const told: string[] = []
  const server = createServer(socket => {
    const lines = [...script]
    let heard = ""
    let isLetter = false
    const next = (): void => {
      const line = lines.shift()
      if (typeof line === "function") line(socket)
      else if (line !== undefined) socket.write(line)
      isLetter = typeof line === "string" && line.startsWith("354")
    }
    socket.setEncoding("utf8")
    socket.on("error", () => socket.destroy())
    socket.on("data", (chunk: string) => {
      heard += chunk
      for (;;) {
        const mark = isLetter ? "\r\n.\r\n" : "\r\n"
        const end = heard.indexOf(mark)
        if (end === -1) return
        told.push(heard.slice(0, end))
        heard = heard.slice(end + mark.length)
        next()
      }
    })
    next()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const bound = server.address()
  assert.ok(bound !== null && typeof bound === "object")
  const sockets: Socket[] = []
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    told,
    sockets,
    async connect() {
      const socket = connect(bound.port, "127.0.0.1")
      sockets.push(socket)
      await once(socket, "connect")
      return socket
    },
  }
}

const mail = {
  from: "welcome@letterkeep.invalid",
  to: "anna@letterkeep.localhost",
  messageId: "1@vm",
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
}

async function send(
  context: TestContext,
  script: Script,
  changed: Partial<typeof mail> = {},
  signal?: AbortSignal,
) {
  const door = await openDoor(context, script)
  const steps: string[] = []
  const outcome = await sendTryMail(
    door.connect,
    { ...mail, ...changed },
    step => steps.push(step),
    signal ?? new AbortController().signal,
  )
  return { outcome, steps, told: door.told }
}

test("speaks the whole conversation, a reply at a time, and tells what has happened", async context => {
  const { outcome, steps, told } = await send(context, [
    ...friendly,
    "250 2.1.5 OK\r\n",
    "354 Go on\r\n",
    "250 2.0.0 Kept\r\n",
  ])
  assert.equal(outcome, undefined)
  assert.deepEqual(steps, ["connected", "accepted"])
  assert.deepEqual(told.slice(0, 4), [
    "EHLO letterkeep.invalid",
    "MAIL FROM:<welcome@letterkeep.invalid>",
    "RCPT TO:<anna@letterkeep.localhost>",
    "DATA",
  ])
  const letter = told[4] ?? ""
  assert.match(
    letter,
    /^Date: Fri, 2 Jan 2026 03:04:05 \+0000\r\nFrom: Letterkeep <welcome@letterkeep\.invalid>\r\n/,
  )
  assert.match(letter, /\r\nMessage-ID: <1@vm>\r\n/)
  for (const line of letter.split("\r\n")) assert.ok(line.length <= 998 && !/[\r\n]|^\./.test(line))
})

test("asks for SMTPUTF8 when the address is beyond ASCII", async context => {
  const { told } = await send(context, [...friendly, "550 no\r\n"], { to: "änne@letterkeep.localhost" })
  assert.equal(told[1], "MAIL FROM:<welcome@letterkeep.invalid> SMTPUTF8")
})

const ends: readonly (readonly [string, Script, string, RegExp, readonly string[]])[] = [
  [
    "is busy at the greeting",
    ["421 4.3.2 Too busy\r\n"],
    "connected",
    /^The mail door said: 421 4\.3\.2 Too busy$/,
    [],
  ],
  [
    "refuses the sender",
    [...friendly.slice(0, 2), "452 4.3.1 No room\r\n"],
    "accepted",
    /452 4\.3\.1 No room/,
    ["connected"],
  ],
  [
    "refuses the recipient",
    [...friendly, "550 5.1.1 No such mailbox\r\n"],
    "accepted",
    /550 5\.1\.1/,
    ["connected"],
  ],
  [
    "refuses DATA",
    [...friendly, "250 OK\r\n", "451 later\r\n"],
    "kept",
    /451 later/,
    ["connected", "accepted"],
  ],
  [
    "refuses the letter",
    [...friendly, "250 OK\r\n", "354 Go on\r\n", "550-5.7.1 This\r\n550 5.7.1 is junk\r\n"],
    "kept",
    /is junk/,
    ["connected", "accepted"],
  ],
  ["hangs up at once", [socket => socket.end()], "connected", /hung up/, []],
  [
    "hangs up in the middle of a reply",
    ["220 hello\r\n", socket => socket.end("250-half\r\n")],
    "connected",
    /hung up/,
    [],
  ],
  [
    "hangs up before the answer to the letter",
    [...friendly, "250 OK\r\n", "354 Go on\r\n", socket => socket.end()],
    "kept",
    /hung up/,
    ["connected", "accepted"],
  ],
  ["breaks the connection", ["220 hello\r\n", socket => socket.resetAndDestroy()], "connected", /broke/, []],
  [
    "never ends its reply",
    [socket => void socket.write("220-more\r\n".repeat(10_000))],
    "connected",
    /said too much/,
    [],
  ],
  ["speaks another language", ["HTTP/1.1 400 Bad Request\r\n"], "connected", /said: HTTP\/1\.1/, []],
]
for (const [what, script, step, message, reached] of ends)
  test(`tells where it ended when the door ${what}`, async context => {
    const { outcome, steps } = await send(context, script)
    assert.deepEqual({ kind: outcome?.kind, step: outcome?.step }, { kind: "failed", step })
    assert.match(outcome?.message ?? "", message)
    assert.deepEqual(steps, reached)
  })

test("ends when its time is up, and when the door is silent for too long", async context => {
  const over = await send(context, ["220 hello\r\n"], {}, AbortSignal.abort())
  assert.equal(over.outcome?.message, "It took too long.")

  const door = await openDoor(context, [() => undefined])
  const sending = sendTryMail(
    async () => {
      const socket = await door.connect()
      // The socket's own clock would say so after 15 seconds.
      queueMicrotask(() => queueMicrotask(() => socket.emit("timeout")))
      return socket
    },
    mail,
    () => undefined,
    new AbortController().signal,
  )
  const outcome = await sending
  assert.equal(outcome?.message, "The mail door did not answer in time.")
  assert.ok(door.sockets.every(socket => socket.destroyed))
})

test("says so when there is no door to be reached", async () => {
  const outcome = await sendTryMail(
    () => Promise.reject(new Error("ECONNREFUSED 127.0.0.1")),
    mail,
    () => undefined,
    new AbortController().signal,
  )
  assert.deepEqual(outcome, {
    kind: "failed",
    step: "connected",
    message: "The mail door of this server cannot be reached.",
  })
})
