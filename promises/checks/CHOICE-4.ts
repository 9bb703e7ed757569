import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { type House, openHouse, readList, readRaw } from "../../fixtures/house.ts"
import { ImapClient } from "../../fixtures/imap-client.ts"
import { allShapes, makeMessage } from "../../fixtures/mail/messages.ts"
import { type NetworkObserver, observeNetwork, whyNotObservable } from "../../fixtures/network-observer.ts"
import { type ScreeningWorld, startScreeningWorld } from "../../fixtures/screening-world.ts"
import { addressOf, repository } from "../../fixtures/server.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import type { Mutation } from "../check-file.ts"
import { decidesChecks, decidesMutations } from "../choices/decides.ts"
import { neededChecks, neededMutations } from "../choices/needed.ts"

/**
 * CHOICE-4: only what a person chose sends their messages anywhere. Today nothing does: whatever a message asks for,
 * on arrival, while it lies there and when it is read, no process of the server sends anything to anybody but questions
 * to the DNS about what the message names of its sender. That is seen by an observer in the kernel. What a feature will
 * need is there already and is tried as well: a purpose that needs a choice, and the gate that asks for it.
 */
export const mutations: readonly Mutation[] = [
  {
    name: "a message's pictures are fetched when it comes",
    file: "server/src/flow/prepare.ts",
    find: "const scan = scanMessage(kept)",
    replace:
      'const scan = scanMessage(kept)\n  for (const [, host = "", port] of kept.toString("latin1").matchAll(/http:\\/\\/([\\d.]+):(\\d+)/g))\n    process\n      .getBuiltinModule("node:net")\n      .connect(Number(port), host)\n      .on("error", () => undefined)',
    why: "the sender would learn that the mail has come",
  },
  {
    name: "a receipt is sent when a message is read",
    file: "server/src/doors/imap/selected/fetch/mark-seen.ts",
    find: 'const seen = { change: "add"',
    replace:
      'process\n    .getBuiltinModule("node:net")\n    .connect(25, "127.0.0.9")\n    .on("error", () => undefined)\n  const seen = { change: "add"',
    why: "the sender would learn when a person reads",
  },
  {
    name: "a message is handed to a service that judges mail",
    file: "server/src/flow/receive.ts",
    find: 'parts.log.event("receive.kept", {',
    replace:
      'process\n      .getBuiltinModule("node:dgram")\n      .createSocket("udp4")\n      .unref()\n      .send("judge this", 11333, "127.0.0.2")\n    parts.log.event("receive.kept", {',
    why: "mail would go to a third party that nobody chose",
  },
  {
    name: "somebody's name server is asked at each message",
    file: "server/src/privacy/disclosed-dns.ts",
    find: "txt: (name, signal) => release(fields, name, released => resolver.txt(released, signal)),",
    replace:
      'txt: (name, signal) =>\n      release(fields, name, released => resolver.txt(released, signal)).finally(() =>\n        resolver.txt("hash.of.a.message.lists.example", signal),\n      ),',
    why: "by the DNS, a list's owner would learn of each message",
  },
  ...decidesMutations,
  ...neededMutations,
]

const secret = "Zq7KanarieImGarten3"
/** Nobody listens at these; a try to reach them is seen all the same. */
const pixel = "http://127.0.0.9:8099"
let folder: string
let world: ScreeningWorld
let observer: NetworkObserver
let house: House<"ada" | "bob">

function checks(): void {
  before(async () => {
    const why = whyNotObservable()
    if (why !== undefined) throw new Error(why)
    folder = await makeTempFolder()
    world = await startScreeningWorld()
    observer = await observeNetwork(folder, repository)
    const config = { dns: { resolver: world.dns.address }, imap: { plaintext_on_loopback: true } }
    house = await openHouse(["ada", "bob"], { root: observer.root, config })
  })
  after(async () => {
    try {
      await house?.close()
    } finally {
      await world?.dns.stop()
      if (folder !== undefined) await removeFolder(folder)
    }
  })

  test("whatever arrives, nothing of it goes anywhere", async () => {
    const client = await house.smtp()
    const to = ["ada@house.example", "bob@house.example"]
    const shaped = allShapes.map(
      (shape, at) =>
        makeMessage(shape, { from: "x@lure.example", to: "ada@house.example", token: secret }, at).bytes,
    )
    for (const message of [...lures(), ...shaped]) {
      const mailParameters = message.some(octet => octet > 127) ? " BODY=8BITMIME" : ""
      const answers = await client.deliver({ from: "x@lure.example", to, message, mailParameters })
      assert.equal(answers.end?.code, 250, lastAnswer(answers))
    }
    await client.quit()
    await wait(500)
    await onlyTheDns()
  })

  test("nothing goes anywhere when it is listed, read, marked, searched or answered for", async () => {
    const { ada } = house.people
    assert.ok((await readList(house.server(), ada)).length > lures().length)
    assert.ok((await readRaw(house.server(), ada)).some(message => message.includes(secret)))
    const client = await ImapClient.connect(addressOf(house.server().ready, "imap"))
    assert.equal((await client.login(ada.address, ada.password)).status, "OK")
    for (const line of [
      "SELECT INBOX",
      "FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY[])",
      "STORE 1:* +FLAGS ($MDNSent \\Answered)",
      `SEARCH TEXT ${secret}`,
    ])
      assert.equal((await client.command(line)).status, "OK", line)
    await client.logout()
    await wait(500)
    await onlyTheDns()
  })
}

/** Messages that ask to be told of, fetched for, answered by themselves. */
function lures(): readonly Buffer[] {
  const letter = (fields: readonly string[], body: string) =>
    [
      "From: Lure <x@lure.example>",
      "To: <ada@house.example>",
      `Subject: ${secret}`,
      "Date: Thu, 26 Nov 2026 01:00:00 +0000",
      ...fields,
      "MIME-Version: 1.0",
      "",
      body,
    ].join("\r\n")
  const html = `<html><head><link rel="stylesheet" href="${pixel}/style.css"><link rel="prefetch" href="${pixel}/next"></head><body background="${pixel}/back.png" onload="fetch('${pixel}/load')"><img src="${pixel}/pixel.gif?${secret}" width="1" height="1"><iframe src="${pixel}/frame"></iframe><a href="${pixel}/link">see</a><form action="${pixel}/form"></form>${secret}</body></html>`
  return [
    letter(
      [
        "Disposition-Notification-To: <spy@receipt.example>",
        "Return-Receipt-To: <spy@receipt.example>",
        "X-Confirm-Reading-To: <spy@receipt.example>",
        "Reply-To: <spy@reply.example>",
        `List-Unsubscribe: <${pixel}/leave>, <mailto:leave@list.example>`,
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Content-Type: text/html; charset=utf-8",
      ],
      `${html}\r\n`,
    ),
    letter(
      ["Content-Type: text/calendar; method=REQUEST; charset=utf-8"],
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:${secret}@lure.example\r\nORGANIZER:mailto:spy@receipt.example\r\nATTENDEE;RSVP=TRUE:mailto:ada@house.example\r\nATTACH:${pixel}/plan.pdf\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    ),
    letter(
      [`Content-Type: message/external-body; access-type=URL; URL="${pixel}/body"`],
      `Content-Type: text/plain\r\nContent-ID: <${secret}@lure.example>\r\n\r\n`,
    ),
    letter(
      ["Content-Type: text/plain", "X-Image-URL: http://127.0.0.9:8099/face.png", "Face: "],
      `${pixel}/only-a-link\r\nmailto:spy@receipt.example\r\n${secret}\r\n`,
    ),
  ].map(text => Buffer.from(text))
}

/** What may be asked: about the envelope's and the author's domain, the peer's address and name, and what lies above those. */
const mayBeAsked = /(^|\.)(lure\.example|client\.example|in-addr\.arpa)$|^_dmarc\.example$/

/** Every place that any process of the server has sent something to so far is the DNS, and what it was asked names no more. */
async function onlyTheDns(): Promise<void> {
  const places = new Set((await observer.destinations()).map(one => one.to))
  assert.deepEqual([...places], [world.dns.address], "something was sent to somebody")
  assert.ok(world.dns.asked.length > 0, "nothing was asked at all: this shows nothing")
  for (const question of world.dns.asked) {
    const [, name = ""] = question.split(" ")
    assert.match(name.toLowerCase(), mayBeAsked, "a question about what the message's sender does not name")
    assert.ok(!name.toLowerCase().includes(secret.toLowerCase()), "a question tells of the message")
  }
}

if (import.meta.main) {
  describe("CHOICE-4, nothing goes anywhere by itself", checks)
  describe("CHOICE-4, what a choice decides", decidesChecks)
  describe("CHOICE-4, a purpose that needs a choice", neededChecks)
}
