import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type MboxEntry, mboxEntry, readMbox } from "./index.ts"

const LIMIT = 1 << 20

async function readAll(chunks: readonly Buffer[], limit = LIMIT): Promise<readonly MboxEntry[]> {
  return await Array.fromAsync(readMbox(chunks, limit))
}

function write(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.flatMap(one => mboxEntry({ sender: "a@b.example", receivedAt: 0 }, one)))
}

function texts(entries: readonly MboxEntry[]): readonly string[] {
  return entries.map(entry => (entry.kind === "message" ? entry.bytes.toString("latin1") : entry.kind))
}

test("writes the envelope line as asctime in UTC, with LF, and leaves the message's CRLF alone", () => {
  const bytes = Buffer.concat(
    mboxEntry(
      { sender: "ann@a.example", receivedAt: Date.UTC(2026, 10, 3, 4, 5, 6) },
      Buffer.from("A: b\r\n\r\nc\r\n"),
    ),
  )
  assert.equal(bytes.toString(), "From ann@a.example Tue Nov  3 04:05:06 2026\nA: b\r\n\r\nc\r\n\n")
})

test("writes MAILER-DAEMON for the null sender and keeps white space out of the sender", () => {
  const line = (sender: string) =>
    mboxEntry({ sender, receivedAt: 0 }, Buffer.alloc(0))[0]?.toString().split(" ")[1]
  assert.equal(line(""), "MAILER-DAEMON")
  assert.equal(line('"a b\r\nFrom x"@c'), '"a-b-From-x"@c')
})

test("quotes each line of From with any number of > before it, and nothing else", () => {
  const message = "From a\r\n>From b\r\n>>From c\r\n From d\r\nxFrom e\r\n> From f\r\nFromg\r\n"
  const quoted = ">From a\r\n>>From b\r\n>>>From c\r\n From d\r\nxFrom e\r\n> From f\r\nFromg\r\n"
  assert.equal(
    write([Buffer.from(message)])
      .toString()
      .split("\n")
      .slice(1)
      .join("\n"),
    `${quoted}\n`,
  )
})

test("reads what other programs write: CRLF separators, no separator at the end", async () => {
  const crlf = "From a Thu Jan  1 00:00:00 1970\r\nA: 1\r\n\r\none\r\n\r\nFrom b x\r\nA: 2\r\n"
  assert.deepEqual(texts(await readAll([Buffer.from(crlf)])), ["A: 1\r\n\r\none\r\n", "A: 2\r\n"])
})

test("a line of From in the middle of a paragraph begins no message", async () => {
  const entries = await readAll([Buffer.from("From a x\nA: 1\n\ntext\nFrom here on\n\n")])
  assert.deepEqual(texts(entries), ["A: 1\n\ntext\nFrom here on\n"])
})

test("skips what stands before the first envelope line and reads sender and date", async () => {
  const [entry] = await readAll([Buffer.from("junk\n\nFrom  a@b  Thu Jan  1 00:00:00 1970\nA: 1\n\n")])
  assert.deepEqual(entry && [entry.sender, entry.date], ["a@b", "Thu Jan  1 00:00:00 1970"])
})

test("a message over the limit is dropped and counted, and the next one is read", async () => {
  const bytes = write([Buffer.alloc(50, "x"), Buffer.from("ok\r\n")])
  const entries = await readAll([bytes], 10)
  assert.deepEqual(
    entries.map(entry => entry.kind),
    ["too-big", "message"],
  )
  assert.deepEqual(texts(entries).slice(1), ["ok\r\n"])
})

const line = fc.constantFrom(
  "From ",
  ">From ",
  ">>From x",
  "From",
  "Fro",
  ">",
  ">>",
  "",
  "\r",
  "text",
  "F",
  " From ",
)
const lineEnd = fc.constantFrom("\r\n", "\n", "\r\n\r\n", "\n\n")
const message = fc
  .array(fc.tuple(line, lineEnd), { maxLength: 8 })
  .map(lines => Buffer.from(lines.flat().join("")))

test("round trip: messages that end in a line feed come back byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 4 }), async messages => {
      const entries = await readAll([write(messages)])
      assert.deepEqual(
        texts(entries),
        messages.map(one => one.toString("latin1")),
      )
    }),
  )
})

test("the same bytes split at every position are read alike", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 2 }),
      fc.boolean(),
      async (messages, crlf) => {
        const text = write(messages).toString("latin1")
        const bytes = Buffer.from(crlf ? text.replace(/\r?\n/g, "\r\n") : text, "latin1")
        const whole = texts(await readAll([bytes]))
        for (let at = 0; at <= bytes.length; at++)
          assert.deepEqual(texts(await readAll([bytes.subarray(0, at), bytes.subarray(at)])), whole)
        assert.deepEqual(texts(await readAll([...bytes].map(byte => Buffer.from([byte])))), whole)
      },
    ),
    { numRuns: 50 },
  )
})

test("any bytes give entries and never throw", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 })), async chunks => {
      for (const entry of await readAll([Buffer.from("From x y\n"), ...chunks.map(one => Buffer.from(one))]))
        assert.equal(entry.kind, "message")
    }),
  )
})
