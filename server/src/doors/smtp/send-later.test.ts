import assert from "node:assert/strict"
import { test } from "node:test"
import { openDoor } from "./fixtures/open-door.ts"
import { openSubmission } from "./fixtures/open-submission.ts"
import { connectPeer, type Peer } from "./fixtures/peer.ts"

const hour = 60 * 60 * 1000

const offerOf = async (peer: Peer): Promise<string | undefined> =>
  /^250[ -]FUTURERELEASE (.*)$/m.exec(await peer.say("EHLO peer.example"))?.[1]?.trim()

test("offers a time to send to those who hand in their own mail, as far ahead as was set, by its own clock", async t => {
  const { enter, pass } = await openSubmission(t, { sendLaterMs: 2 * hour })
  const peer = await enter()
  const [most, latest = ""] = (await offerOf(peer))?.split(" ") ?? []
  assert.equal(most, "7200")
  pass(60_000)
  const [, later = ""] = (await offerOf(peer))?.split(" ") ?? []
  assert.equal(Date.parse(later) - Date.parse(latest), 60_000)
})

test("offers none where that is switched off, and takes none", async t => {
  for (const sendLaterMs of [undefined, 0, 999]) {
    const { enter } = await openSubmission(t, sendLaterMs === undefined ? {} : { sendLaterMs })
    const peer = await enter()
    assert.equal(await offerOf(peer), undefined)
    assert.match(await peer.say("MAIL FROM:<ann@example.org> HOLDFOR=60"), /^555 /)
  }
})

test("offers none to other servers, and takes none of them", async t => {
  const { door } = await openDoor(t)
  const peer = await connectPeer(door.address)
  assert.match(await peer.reply(), /^220 /)
  assert.equal(await offerOf(peer), undefined)
  for (const parameter of ["HOLDFOR=60", "HOLDUNTIL=2126-12-01T09:00:00Z"])
    assert.match(await peer.say(`MAIL FROM:<x@far.example> ${parameter}`), /^555 /)
})

test("hands on when a message is to go out, for that message alone", async t => {
  const { enter, submit } = await openSubmission(t, { sendLaterMs: 2 * hour })
  const peer = await enter()
  const [, latest = ""] = (await offerOf(peer))?.split(" ") ?? []
  for (const parameter of [` HOLDUNTIL=${latest}`, " HOLDFOR=60", ""]) {
    assert.match(await peer.say(`MAIL FROM:<ann@example.org>${parameter}`), /^250 /)
    await peer.say("RCPT TO:<bob@far.example>")
    assert.match(await peer.say("BDAT 5 LAST\r\nx\r\n"), /^250 2\.0\.0 /)
  }
  const until = Date.parse(latest)
  assert.deepEqual(
    submit.messages.map(({ envelope }) => envelope.release),
    [
      { at: until, request: `until;${latest}` },
      { at: submit.messages[1]?.envelope.release?.at, request: "for;60" },
      undefined,
    ],
  )
  const forAMinute = submit.messages[1]?.envelope.release?.at ?? 0
  assert.ok(Math.abs(until - 2 * hour + 60_000 - forAMinute) <= 1_000)
})

test("refuses what is no time, a time that is over, one too far ahead, and two at once", async t => {
  const { enter, submit } = await openSubmission(t, { sendLaterMs: 2 * hour })
  const peer = await enter()
  for (const [parameters, says] of [
    ["HOLDFOR=soon", /HOLDFOR takes seconds/],
    ["HOLDUNTIL=tomorrow", /such as 2030-01-31T09:00:00Z/],
    ["HOLDUNTIL=1970-01-01T00:00:00Z", /is over/],
    ["HOLDFOR=7201", /7200 seconds at most/],
    ["HOLDUNTIL=2126-12-01T09:00:00Z", /7200 seconds at most/],
    ["HOLDFOR=60 HOLDUNTIL=2126-12-01T09:00:00Z", /not both/],
  ] as const) {
    const reply = await peer.say(`MAIL FROM:<ann@example.org> ${parameters}`)
    assert.match(reply, /^501 5\.5\.4 /, parameters)
    assert.match(reply, says)
  }
  assert.deepEqual(submit.asked, [])
})
