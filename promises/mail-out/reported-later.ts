import assert from "node:assert/strict"
import { test } from "node:test"
import { typedAddress, writeDsn } from "@letterkeep/dsn"
import { houseDomain } from "../../fixtures/house.ts"
import { arrive, noFilter, setFilter, written } from "./filter-acts.ts"
import type { Subject } from "./subject.ts"
import { farZone, letter, type MailOut, until } from "./world.ts"

/** What a server says of a message after it had taken it: it comes back by mail, and only its writer can read what became of it. */
const later = "a failure that the far side reports later stands in the writer's history"
const careful =
  "a report that comes for a message is heard unless screening doubts it, and no filter answers or refuses it"
const unrefused = "the form of a report gets nobody round a filter that refuses"
const bounded = "whoever got a message cannot fill its history with reports, nor keep that of another out"

export const reportedLater: Subject = {
  mutations: [
    {
      name: "what people send has no tag in its return path",
      file: "server/src/sending/hand-over/envelope-of.ts",
      find: 'isSent = mail.kind === "submitted"',
      replace: 'isSent = mail.kind !== "submitted"',
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
      name: "a report is believed that screening doubts",
      file: "server/src/flow/delivery-reports.ts",
      find: 'verdicts.get(account)?.kind !== "accept"',
      replace: 'verdicts.get(account)?.kind === "refuse"',
      why: "whoever forges a sender could say that a message failed",
      noticedBy: careful,
    },
    {
      name: "a filter refuses a report",
      file: "server/src/flow/receive.ts",
      find: "refusesAtDoor = report === undefined || report.events === 0",
      replace: "refusesAtDoor = true",
      why: "who has taken the message would throw the report away, and nobody would hear of the failure",
      noticedBy: careful,
    },
    {
      name: "no filter refuses what has the form of a report",
      file: "server/src/flow/receive.ts",
      find: "refusesAtDoor = report === undefined || report.events === 0",
      replace: "refusesAtDoor = report === undefined",
      why: "somebody who may not write to a person could, to the return path of what they got",
      noticedBy: unrefused,
    },
    {
      name: "a report may have a return path",
      file: "server/src/flow/delivery-reports.ts",
      find: 'read.kind === "report" && isPathNull &&',
      replace: 'read.kind === "report" &&',
      why: "whoever has an address at the domain that took a message could say what became of it",
      noticedBy: unrefused,
    },
    {
      name: "whoever reports has taken the message",
      file: "server/src/doors/control/commands/reported-later.ts",
      find: 'return proven?.includes(".") === true &&',
      replace: 'return proven?.includes(".") !== true ||',
      why: "anybody who got a message could say what became of it with others, and be believed",
      noticedBy: later,
    },
    {
      name: "a filter answers a report",
      file: "server/src/flow/filter/answer.ts",
      find: "reader.isJunk || inHand.isReport ||",
      replace: "reader.isJunk ||",
      why: "two programs could write to each other for ever",
      noticedBy: careful,
    },
    {
      name: "reports of a message are not counted",
      file: "server/src/sending/history/record-reported.ts",
      find: "events.slice(0, Math.max(0, room))",
      replace: "events.slice(0, REPORTED_OF_A_GROUP)",
      why: "a stranger who got one message could fill the disk, and hide what became of others",
      noticedBy: bounded,
    },
    {
      name: "reports of all domains have their places together",
      file: "server/src/sending/history/record-reported.ts",
      find: "reporterGroup(events[0]?.proven)",
      replace: "reporterGroup(undefined)",
      why: "a stranger who got one message could take the place of a report that is to come",
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
      assert.doesNotMatch(await house.toldOf("anna"), new RegExp(`${mail} .*\\n.*\\n.*did not arrive`))
      await comes(path, report("carla@far.test"))
      await comes(
        path,
        edited(report("dora@far.test"), /^From: .*@mx\.far\.test/m, "From: <postmaster@far.test"),
      )
      const after = linesOf(await told(), "said later")
      assert.equal(after.length, 3)
      assert.match(
        after[0] ?? "",
        /did not arrive: mx\.far\.test, which had taken it, said later that this address does not exist \(5\.1\.1: 550 5\.1\.1 gone\)/,
      )
      const listed = (await house.toldOf("anna")).split("\n")
      const head = listed.findIndex(line => line.includes(mail))
      assert.match(listed[head + 1] ?? "", /carla@far\.test: handed to /)
      assert.match(listed[head + 2] ?? "", /^ +did not arrive: /)
      assert.match(listed[head + 3] ?? "", /dora@far\.test: handed to /)
      assert.match(listed[head + 4] ?? "", /^ +somebody who claims to be mx1\.far\.test said later /)
      assert.equal((await reports()) - earlier, 4)
    })

    test(careful, async () => {
      const house = await world()
      house.dns.serve(farZone({ "_dmarc.forged.test": { TXT: ["v=DMARC1; p=quarantine"] } }))
      const { comes, path, events } = await sent(house, "doubted", ["carla@far.test"])
      const count = async () => (await events()).filter(kind => kind === "reported").length
      const forged = edited(
        report("carla@far.test"),
        /^From: .*@mx\.far\.test/m,
        "From: <postmaster@forged.test",
      )
      await comes(path, forged)
      assert.equal(await count(), 0)
      await setFilter(house, 'require "reject"; reject "no thanks";')
      await comes(path, report("carla@far.test"))
      assert.equal(await count(), 1)
      await setFilter(house, 'require "vacation"; vacation "away";')
      const before = house.far.mails.length
      const unmarked = edited(report("carla@far.test"), /^Auto-Submitted: .*\r\n/m, "")
      await comes(path, unmarked, "somebody@far.test")
      await arrive(house, written("a question"), { from: "carla@far.test" })
      await until("no answer goes to Carla", () => house.far.mails[before])
      await house.isEmpty()
      assert.equal(await count(), 1)
      assert.deepEqual(
        house.far.mails.slice(before).map(({ to }) => to),
        [["carla@far.test"]],
      )
      await noFilter(house)
    })

    test(unrefused, async () => {
      const house = await world()
      const { comes, path, events } = await sent(house, "stop writing", ["carla@far.test"])
      await setFilter(house, 'require "reject"; reject "no thanks";')
      const silent = edited(
        report("carla@far.test"),
        /^Content-Type: message\/delivery-status/m,
        "Content-Type: text/plain",
      )
      await comes(path, silent, "", 550)
      await comes(path, report("carla@far.test"), "carla@far.test", 550)
      await noFilter(house)
      await comes(path, report("carla@far.test"), "carla@far.test")
      assert.ok(!(await events()).includes("reported"))
    })

    test(bounded, async () => {
      const house = await world()
      const { comes, path, told, events } = await sent(house, "flooded", ["carla@far.test"])
      const many = Array.from({ length: 80 }, (_, no) => `p${no}@far.test`)
      const unproven = edited(report(...many), /^From: .*@mx\.far\.test/m, "From: <postmaster@far.test")
      for (let times = 0; times < 2; times += 1) await comes(path, unproven)
      assert.equal((await events()).filter(kind => kind === "reported").length, 100)
      await comes(path, report("carla@far.test"))
      assert.match(await told(), /did not arrive: mx\.far\.test, which had taken it, said later/)
      assert.match(await told(), /more was reported of it than is kept here/)
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
    /** By the server that had taken it. */
    async comes(address: string, message: Buffer, from = "", code = 250) {
      const client = await house.house.smtp()
      await client.command("EHLO mx.far.test")
      const answer = await client.deliver({ from, to: [address], message })
      assert.equal(answer.end?.code, code, JSON.stringify(answer))
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
    from: "postmaster@mx.far.test",
    to: `anna@${houseDomain}`,
    date: Date.now(),
    messageId: `${addresses.length}@mx.far.test`,
    boundary: "0123456789abcdef0123456789abcdef",
    original: letter("bounced"),
    ret: "headers",
    international: false,
  }).bytes

function edited(message: Buffer, find: RegExp, put: string): Buffer {
  const text = message.toString("latin1")
  assert.match(text, find)
  return Buffer.from(text.replace(find, put), "latin1")
}

const linesOf = (text: string, words: string): readonly string[] =>
  text.split("\n").filter(line => line.includes(words))
