import assert from "node:assert/strict"
import { test } from "node:test"
import { typedAddress, writeDsn } from "@letterkeep/dsn"
import type { Subject } from "./subject.ts"
import { letter, type MailOut, until } from "./world.ts"

/** What a server says of a message after it had taken it: it comes back by mail, and only its writer can read what became of it. */
const later = "a failure that the far side reports later stands in the writer's history"
const bounded = "whoever got a message cannot fill its history with reports"

export const reportedLater: Subject = {
  mutations: [
    {
      name: "what people send has no tag in its return path",
      file: "server/src/sending/hand-over/envelope-of.ts",
      find: 'mail.kind === "submitted" && plain !== ""',
      replace: 'mail.kind !== "submitted" && plain !== ""',
      why: "nobody could tell which message a report is about",
      noticedBy: later,
    },
    {
      name: "the MAC of a tag is not looked at",
      file: "server/src/sending/return-tags.ts",
      find: "timingSafeEqual(given, macOf(account, mail))",
      replace: "given.length === macOf(account, mail).length && timingSafeEqual(given, given)",
      why: "anybody could say that a message failed who can guess, or was told, its number",
      noticedBy: later,
    },
    {
      name: "a report is not written down with the message that brings it",
      file: "server/src/flow/receive.ts",
      find: "together(filtered.alongside, report?.alongside)",
      replace: "together(filtered.alongside, undefined)",
      why: "a message that did not arrive would stand there as handed over",
      noticedBy: later,
    },
    {
      name: "a report about others' mail is believed",
      file: "server/src/doors/control/commands/reported-later.ts",
      find: "?? numbers.get(sameForm(address))",
      replace: "?? numbers.get(sameForm(address)) ?? 0",
      why: "a list's member who has gone would make it look as if the list had not got the message",
      noticedBy: later,
    },
    {
      name: "reports of a message are not counted",
      file: "server/src/sending/history/record-reported.ts",
      find: "events.slice(0, Math.max(0, REPORTED_OF_A_MAIL - before))",
      replace: "events.slice(0, REPORTED_OF_A_MAIL)",
      why: "a stranger who got one message could fill the disk, and hide what became of others",
      noticedBy: bounded,
    },
  ],
  checks(world) {
    test(later, async () => {
      const house = await world()
      const reports = async () =>
        (await house.mailOf("anna")).filter(each => each.includes("report-type=delivery-status")).length
      const earlier = await reports()
      const { comes, path, told, mail } = await sent(house, "bounced", ["carla@far.test", "dora@far.test"])
      const forged = path.replace(/.@/, end => (end === "a@" ? "b@" : "a@"))
      await comes(forged, report("carla@far.test"))
      await comes(path, report("eve@far.test"))
      const before = await told()
      assert.equal(linesOf(before, "said later").length, 1, before)
      assert.match(before, /eve@far\.test, whom you did not write to/)
      assert.doesNotMatch(await house.toldOf("anna"), new RegExp(`${mail} .*\\n.*did not arrive`))
      await comes(path, report("carla@far.test"))
      const after = linesOf(await told(), "said later")
      assert.equal(after.length, 2)
      assert.match(
        after[0] ?? "",
        /did not arrive: mx1\.far\.test said later that this address does not exist \(5\.1\.1: 550 5\.1\.1 gone\)/,
      )
      const listed = (await house.toldOf("anna")).split("\n")
      const head = listed.findIndex(line => line.includes(mail))
      assert.match(listed[head + 1] ?? "", /carla@far\.test: did not arrive: /)
      assert.match(listed[head + 2] ?? "", /dora@far\.test: handed to /)
      assert.equal((await reports()) - earlier, 3)
    })

    test(bounded, async () => {
      const house = await world()
      const { comes, path, events } = await sent(house, "flooded", ["carla@far.test"])
      const many = Array.from({ length: 600 }, (_, no) => `p${no}@far.test`)
      for (let times = 0; times < 2; times += 1) await comes(path, report(...many))
      assert.equal((await events()).filter(kind => kind === "reported").length, 1_000)
    })
  },
}

/** A message of Anna's that the far side has taken, and what comes back for it. */
async function sent(house: MailOut, subject: string, to: readonly string[]) {
  house.play()
  await house.send(to, letter(subject))
  const { from } = await house.taken(subject)
  const path = /^<(anna\+b=[a-z2-7]{19}@[^>]*)>/.exec(from)?.[1] ?? assert.fail(from)
  const mail = await until("it stands in no history", async () => {
    const listed = await house.toldOf("anna")
    return new RegExp(`^ *(\\d+)  .*  ${subject}\\n.*handed to `, "m").exec(listed)?.[1]
  })
  return {
    path,
    mail,
    told: () => house.toldOf("anna", "--mail", mail),
    async events() {
      const shown = JSON.parse(await house.toldOf("anna", "--mail", mail, "--json")) as {
        readonly events: readonly { readonly event: { readonly kind: string } }[]
      }
      return shown.events.map(({ event }) => event.kind)
    },
    async comes(address: string, message: Buffer) {
      const client = await house.house.smtp()
      const answer = await client.deliver({ from: "", to: [address], message })
      assert.equal(answer.end?.code, 250, JSON.stringify(answer))
      client.close()
    },
  }
}

/** As a server writes it that had taken the message. */
const report = (...addresses: readonly string[]): Buffer =>
  writeDsn({
    report: {
      reportingMta: { type: "dns", value: "mx1.far.test" },
      arrivedAt: 0,
      recipients: addresses.map(address => ({
        final: typedAddress(address),
        action: "failed",
        status: "5.1.1",
        diagnostic: { type: "smtp", value: "550 5.1.1 gone" },
      })),
    },
    hostname: "mx1.far.test",
    from: "postmaster@far.test",
    to: "anna@near.test",
    date: Date.now(),
    messageId: `${addresses.length}@far.test`,
    boundary: "0123456789abcdef0123456789abcdef",
    original: letter("bounced"),
    ret: "headers",
    international: false,
  }).bytes

const linesOf = (text: string, words: string): readonly string[] =>
  text.split("\n").filter(line => line.includes(words))
