import assert from "node:assert/strict"
import { test } from "node:test"
import { withDatabase } from "../../fixtures/database.ts"
import { houseDomain, succeeded } from "../../fixtures/house.ts"
import { day, openTestLater } from "../../server/src/flow/open-test-later.ts"
import type { Subject } from "./subject.ts"
import { letter, type MailOut, until } from "./world.ts"

/**
 * Mail with a time to send: it waits, for those here as for those elsewhere, whoever is killed or in a hurry meanwhile. That
 * two workers do not both give it to somebody here is tried beside it, with the leases in the test's hands.
 */
const thenOnly =
  "a message with a time to send goes out then and not before, here and elsewhere, though the server was killed meanwhile"
const recalled = "a message that is to be sent later is taken back from everybody, here and elsewhere"
const once = "somebody here gets what was to be sent later once, though two workers have it in hand"

const send = "server/src/flow/send.ts"
const intervene = "server/src/sending/queue/intervene.ts"

export const sendLater: Subject = {
  mutations: [
    {
      name: "the time that a writer names is not kept to",
      file: send,
      find: "const notBefore = Math.max(now + parts.undoMs, release?.at ?? 0)",
      replace: "const notBefore = Math.max(now + parts.undoMs, 0)",
      why: "a birthday greeting would arrive when it was written",
      noticedBy: thenOnly,
    },
    {
      name: "those here have it at once",
      file: send,
      find: "const atOnce: typeof here = waits ? new Map() : here",
      replace: "const atOnce: typeof here = here",
      why: "colleagues would read today what is for tomorrow",
      noticedBy: thenOnly,
    },
    {
      name: "those here are not found when its time comes",
      file: "server/src/sending/delivering/put-here.ts",
      find: "const due = mail.recipients.filter(({ isHere }) => isHere === true)",
      replace: "const due = mail.recipients.filter(({ isHere }) => isHere === null)",
      why: "the server would look for its own people elsewhere, and they would never have it",
      noticedBy: thenOnly,
    },
    {
      name: "staff can have it sent before its time",
      file: intervene,
      find: " and m.not_before <= clock_timestamp()",
      replace: "",
      why: "what a person wants sent tomorrow could go out today by a slip of somebody else's",
      noticedBy: thenOnly,
    },
    {
      name: "what is taken back stays in the queue",
      file: intervene,
      find: "await remove(tx, place, recipients)",
      replace: "void recipients",
      why: "people would think that nobody gets what goes out all the same",
      noticedBy: recalled,
    },
    {
      name: "of all that waits one message is not taken back",
      file: "server/src/sending/queue/take-back.ts",
      find: "for (const { mail } of rows) kinds",
      replace: "for (const { mail } of rows.slice(1)) kinds",
      why: "after a stolen password was changed what the thief had handed in would go out",
      noticedBy: recalled,
    },
    {
      name: "whoever comes late gives it once more",
      file: "server/src/sending/delivering/settler.ts",
      find: "if ((await queue.settle(tx, settlements)).length > 0)",
      replace: "if ((await queue.settle(tx, settlements)).length < 0)",
      why: "a server that sleeps for a while would fill mailboxes with doubles",
      noticedBy: once,
    },
    {
      name: "somebody's copy is kept first, and settled in a commit of its own",
      file: "server/src/sending/delivering/settler.ts",
      find: "await keep.keep(deliveries, { ...alongside, bytes: alongside?.bytes ?? 0, work, locks })",
      replace:
        "await keep.keep(deliveries, { ...alongside, bytes: alongside?.bytes ?? 0 })\n        await store.transaction(work)",
      why: "a kill between the two would fill mailboxes with doubles",
      noticedBy: once,
    },
    {
      name: "who is here is not settled with their copy",
      file: "server/src/sending/queue/settle.ts",
      find: 'const going = settlements.filter(({ kind }) => kind !== "again")',
      replace: 'const going = settlements.filter(({ kind }) => kind !== "again" && kind !== "kept-here")',
      why: "they would get it again and again, or not at all",
      noticedBy: once,
    },
  ],
  checks(world) {
    test(thenOnly, async () => {
      const out = await world()
      const { house, far, play, send, taken, isEmpty, queue, mailOf, toldOf } = out
      play()
      await isEmpty()
      const mail = await submitted(out, "for later", "HOLDFOR=3600")
      await house.server().kill9("server")
      await house.restart()
      assert.match(await toldOf("anna", "--mail", mail), /carla@far\.test: waits until /)
      assert.notEqual((await queue("retry", mail)).code, 0, "it is said to be tried before its time")
      // What comes later and need not wait passes it by.
      await send(["carla@far.test", `ben@${houseDomain}`], letter("at once"))
      await taken("at once")
      await arrived(out, "at once")
      const isAtFar = (subject: string) =>
        far.mails.some(({ text }) => text.includes(`Subject: ${subject}\r\n`))
      assert.ok(!isAtFar("for later"), "it went out before its time")
      assert.equal(await countOf(out, "ben", "for later"), 0, "it was here before its time")
      const before = Date.now()
      await submitted(out, "soon", "HOLDFOR=3")
      await taken("soon")
      await arrived(out, "soon")
      assert.ok(Date.now() - before >= 3_000, "it went out before its time")
      assert.ok(!isAtFar("for later"), "it went out with what had its time")

      await withDatabase(house.server().dataFolder, async sql => {
        await sql`update queued_mail set not_before = not_before - interval '1 hour'`
        return await sql`update queued_recipient set due_at = due_at - interval '1 hour'`
      })
      succeeded(await queue("retry", mail))
      await taken("for later")
      await arrived(out, "for later")
      await isEmpty()
      for (const subject of ["for later", "soon"])
        assert.equal(await countOf(out, "ben", subject), 1, subject)
      assert.ok(
        (await mailOf("anna")).some(text => text.includes("Subject: for later\r\n")),
        "no copy is kept",
      )
      const told = await toldOf("anna", "--mail", mail)
      assert.match(told, /handed to /)
      assert.match(told, new RegExp(`ben@${houseDomain}\n +given to their mailbox or filter here, at `))
    })

    test(recalled, async () => {
      const out = await world()
      const { house, play, isEmpty, toldOf } = out
      play()
      await isEmpty()
      const mail = await submitted(out, "not at all", "HOLDFOR=3600")
      const { address, password } = house.people.anna
      const undo = async (which: string) => {
        const args = ["sent", "undo", address, which, "--password-stdin"]
        return succeeded(await house.server().cli(args, { stdin: `${password}\n` })).stdout.toString()
      }
      assert.match(await undo(mail), /goes to nobody/)
      await isEmpty()
      assert.match(await toldOf("anna", "--mail", mail), /carla@far\.test\n +taken back at /)
      for (const subject of ["not at all", "nor this"]) await submitted(out, subject, "HOLDFOR=3600")
      assert.match(await undo("--all"), /^2 messages go to nobody\n/)
      await isEmpty()
      assert.equal(await countOf(out, "ben", "not at all"), 0)
    })

    test(once, async t => {
      const { sendAt, mailOf, claim, letPass, putHere, left } = await openTestLater(t)
      assert.equal((await sendAt(Date.now() + day, ["ben@near.test"])).kind, "kept")
      await letPass(day)
      const [late] = await claim()
      await letPass(day)
      const [now] = await claim()
      assert.ok(late !== undefined && now !== undefined)
      await putHere(late)
      await putHere(now)
      await putHere(late)
      assert.equal((await mailOf("ben")).length, 1)
      assert.equal(await left(), 0)
    })
  },
}

/** From Anna to Carla, who is elsewhere, and Ben, who is here. Its number. */
async function submitted({ signIn, toldOf }: MailOut, subject: string, parameter: string): Promise<string> {
  const client = await signIn()
  const answer = await client.deliver({
    from: `anna@${houseDomain}`,
    to: ["carla@far.test", `ben@${houseDomain}`],
    message: letter(subject),
    mailParameters: ` ${parameter}`,
  })
  assert.equal(answer.end?.code, 250, JSON.stringify(answer))
  client.close()
  const line = (await toldOf("anna")).split("\n").find(each => each.endsWith(`  ${subject}`)) ?? ""
  return /^ *(\d+) /.exec(line)?.[1] ?? assert.fail("its writer is told nothing of it")
}

const countOf = async ({ mailOf }: MailOut, name: "anna" | "ben", subject: string): Promise<number> =>
  (await mailOf(name)).filter(text => text.includes(`Subject: ${subject}\r\n`)).length

const arrived = (out: MailOut, subject: string) =>
  until(`who is here has no mail about ${subject}`, async () =>
    (await countOf(out, "ben", subject)) > 0 ? true : undefined,
  )
