import assert from "node:assert/strict"
import { test } from "node:test"
import { constants, deflateRawSync } from "node:zlib"
import { testContext } from "../entrance/fixtures/certificate.ts"
import { openDoor } from "./fixtures/open-door.ts"

const secureContext = testContext()

test("compresses both ways after COMPRESS=DEFLATE, over TLS too, and once only", async context => {
  const { connect, selecting } = await openDoor(context, { tls: { current: () => secureContext } })
  for (const tls of [false, true]) {
    const client = await connect({ tls })
    await client.say("LOGIN anna@here.test secret")
    assert.match((await client.say("CAPABILITY"))[0] ?? "", /COMPRESS=DEFLATE/)
    assert.equal(await client.answer("COMPRESS DEFLATE"), "OK Compressed from here on")
    client.compress()
    assert.doesNotMatch((await client.say("CAPABILITY"))[0] ?? "", /COMPRESS/)
    assert.match(await client.answer("COMPRESS DEFLATE"), /^NO \[COMPRESSIONACTIVE\]/)
    await client.say("SELECT INBOX")
    const long = "x".repeat(400_000)
    selecting.serve = async (_, out) => {
      for (let at = 0; at < 10; at += 1) {
        out.write(Buffer.from(`* ${long}\r\n`))
        await out.drained()
      }
      return { kind: "ok", text: "Done" }
    }
    const lines = await client.say("FETCH 1 BODY[]")
    assert.equal(lines.length, 11)
    assert.ok(lines.slice(0, 10).every(line => line.length === long.length + 2))
    assert.equal((await client.say("LOGOUT")).length, 2)
    await client.closed
  }
})

test("compresses with nobody who has said more already", async context => {
  const { enter } = await openDoor(context)
  const client = await enter()
  client.write("a COMPRESS DEFLATE\r\nb NOOP\r\n")
  assert.match((await client.line()) ?? "", /^a BAD Wait for the answer/)
  assert.equal(await client.line(), "b OK Done")
  assert.match(await client.answer("COMPRESS LZW"), /^BAD /)
})

test("a small packet that becomes a million commands is heard a little at a time, and no further than mistakes may go", async context => {
  const { enter, log } = await openDoor(context, { trustedFrom: ["127.0.0.1"] })
  const client = await enter()
  await client.say("COMPRESS DEFLATE")
  client.write(deflateRawSync("x\r\n".repeat(1_000_000), { finishFlush: constants.Z_SYNC_FLUSH }))
  await client.closed
  assert.ok(log.events.some(({ name, fields }) => name === "imap.abused" && fields.why === "errors"))
})

test("ends a connection that sends what is no deflate", async context => {
  const { enter, log } = await openDoor(context)
  const client = await enter()
  await client.say("COMPRESS DEFLATE")
  client.write(Buffer.alloc(100, 0xff))
  await client.closed
  assert.ok(log.events.some(({ name }) => name === "imap.compression-failed"))
})
