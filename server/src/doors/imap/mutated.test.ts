import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { openDoor } from "./fixtures/open-door.ts"

/** A dialogue that touches every state. */
const dialogue = [
  "a CAPABILITY",
  "b AUTHENTICATE PLAIN",
  Buffer.from("\0anna@here.test\0secret").toString("base64"),
  "c LOGIN {14+}\r\nanna@here.test secret",
  'd LIST (SUBSCRIBED RECURSIVEMATCH) "" (% *) RETURN (CHILDREN STATUS (MESSAGES))',
  "e ENABLE QRESYNC UTF8=ACCEPT",
  "f SELECT INBOX (QRESYNC (1 2 1:3 (1 1)))",
  "g APPEND INBOX (\\Seen) {5+}\r\nhello",
  "h IDLE",
  "DONE",
  "i UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (TO)]<0.100>)",
  "j STATUS INBOX (MESSAGES UNSEEN)",
  "k GETQUOTAROOT INBOX",
  "l CLOSE",
  "m LOGOUT",
]
  .map(line => `${line}\r\n`)
  .join("")

const octet = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))
/** At a place, so many octets are replaced by others. */
const change = fc.record({
  at: fc.integer({ min: 0, max: dialogue.length }),
  drop: fc.integer({ min: 0, max: 12 }),
  add: fc.string({
    unit: fc.oneof(octet, fc.constantFrom("\r\n", "{9}", "{9+}", "(", ")", '"', "*", "\\")),
    maxLength: 6,
  }),
})

test("no mutated dialogue, in whatever pieces, makes the door fail, and the next client is served", async context => {
  const limits = { wrongSignIns: 100, badCommands: 1_000 }
  const { connect, log, metrics } = await openDoor(context, { limits, trustedFrom: ["127.0.0.1"] })
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
      async (changes, pieces) => {
        let text = dialogue
        for (const { at, drop, add } of changes) text = text.slice(0, at) + add + text.slice(at + drop)
        const client = await connect()
        for (let from = 0, turn = 0; from < text.length; turn += 1) {
          const to = from + (pieces[turn % pieces.length] ?? 1)
          client.write(text.slice(from, to))
          from = to
        }
        client.end()
        await client.closed
      },
    ),
    { numRuns: 150 },
  )
  const failures = log.events.filter(({ name }) => name === "imap.failed" || name === "imap.command-failed")
  assert.deepEqual(failures, [])
  const client = await connect()
  assert.match(await client.answer("LOGIN anna@here.test secret"), /^OK/)
  assert.match(metrics.render(), /letterkeep_imap_bytes_in_flight 0/)
  assert.match(metrics.render(), /letterkeep_imap_signed_in 1\b/)
})

test("random octets are answered or end the connection, and nothing else", async context => {
  const { connect, log } = await openDoor(context, { trustedFrom: ["127.0.0.1"] })
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), async octets => {
      const client = await connect()
      client.write(octets)
      client.write("\r\n")
      client.end()
      await client.closed
    }),
    { numRuns: 100 },
  )
  assert.deepEqual(
    log.events.filter(({ name }) => name.endsWith("failed")),
    [],
  )
})
