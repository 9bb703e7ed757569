import assert from "node:assert/strict"
import { test } from "node:test"
import { withDatabase } from "../../fixtures/database.ts"
import { succeeded } from "../../fixtures/house.ts"
import type { Subject } from "./subject.ts"
import { letter, type MailOut, until } from "./world.ts"

/** What waits in a running server's queue: it can be held and taken out, it leaves nothing behind, and no row leads astray. */
const held = "what is held is not tried until it is let go, though its time has come"
const takenOut =
  "what is taken out of the queue goes to nobody, leaves nothing there, and its writer hears it"
const astray = "whoever can write to the database has no address told to another domain's server"

const claims = "server/src/sending/queue/claim-query.ts"
const intervene = "server/src/sending/queue/intervene.ts"

export const queue: Subject = {
  mutations: [
    {
      name: "holding a message does not hold it",
      file: intervene,
      find: "update queued_recipient set held = true\n    where",
      replace: "update queued_recipient set held = held\n    where",
      why: "what should not go out would",
      noticedBy: held,
    },
    {
      name: "what is held is tried all the same",
      file: claims,
      find: "where not held and due_at <= now() order by due_at limit",
      replace: "where due_at <= now() order by due_at limit",
      also: [
        {
          file: claims,
          find: "          and not r.held and r.due_at <= now()\n",
          replace: "          and r.due_at <= now()\n",
        },
      ],
      why: "what should not go out would",
      noticedBy: held,
    },
    {
      name: "what is let go stays held",
      file: intervene,
      find: "update queued_recipient set held = false",
      replace: "update queued_recipient set held = held",
      why: "mail would lie there until its time is over",
      noticedBy: held,
    },
    {
      name: "what is taken out stays",
      file: intervene,
      find: "if (removed.length > 0) await remove(tx, place, removed)",
      replace: "if (removed.length < 0) await remove(tx, place, removed)",
      why: "mail that was called back would arrive",
      noticedBy: takenOut,
    },
    {
      name: "the text of what was taken out stays",
      file: intervene,
      find: "delete from queued_mail m where account_id",
      replace: "delete from queued_mail m where size < 0 and account_id",
      why: "mail would lie under the server's key for good",
      noticedBy: takenOut,
    },
    {
      name: "its writer does not hear that it was taken out",
      file: "server/src/sending/queue/desk.ts",
      find: "if (recipients.length === 0) return done",
      replace: "if (recipients.length > 0) return done",
      why: "people would think that their mail is on its way",
      noticedBy: takenOut,
    },
    {
      name: "a row says where a recipient's mail goes",
      file: "server/src/sending/queue/claim.ts",
      find: "if (opened.some(({ address }) => domainOf(address) !== domain) || !isDestination(destination, domain))",
      replace: "if (opened.length === 0 || !isDestination(destination, domain))",
      why: "whoever can write to the database would have addresses told to a server of theirs",
      noticedBy: astray,
    },
  ],
  checks(world) {
    test(held, async () => {
      const out = await world()
      const { house, far, queue, send, taken, isEmpty } = out
      const mail = await parked(out, "kept back")
      succeeded(await queue("hold", mail))
      assert.notEqual((await queue("retry", mail)).code, 0, "what is held is said to be tried")
      await withDatabase(house.server().dataFolder, sql => sql`update queued_recipient set due_at = now()`)
      for (const subject of ["passes by", "passes too"]) {
        await send(["carla@far.test"], letter(subject))
        await taken(subject)
      }
      assert.ok(!far.mails.some(({ text }) => text.includes("Subject: kept back")), "what is held was sent")
      succeeded(await queue("release", mail))
      await taken("kept back")
      await isEmpty()
    })

    test(takenOut, async () => {
      const out = await world()
      const { house, far, queue, send, taken, toldOf, queued } = out
      const mail = await parked(out, "called back")
      succeeded(await queue("delete", mail))
      assert.equal(await queued(), 0)
      await send(["carla@far.test"], letter("goes on"))
      await taken("goes on")
      assert.ok(!far.mails.some(({ text }) => text.includes("Subject: called back")), "it was sent")
      assert.match(
        await toldOf("anna"),
        /called back\n +carla@far\.test: did not arrive: it was taken out at /,
      )
      await until("something of what has gone lies in the queue", async () => {
        const rows = await withDatabase(
          house.server().dataFolder,
          sql => sql`select mail_id from queued_mail union all select mail_id from queued_body
            union all select mail_id from queued_recipient`,
        )
        return rows.length === 0 ? true : undefined
      })
    })

    test(astray, async () => {
      const out = await world()
      const { house, far, queue, mailOf, isEmpty } = out
      const mail = await parked(out, "for two", ["carla@far.test", "eva@other.test"])
      const before = far.lines.length
      await withDatabase(
        house.server().dataFolder,
        sql => sql`update queued_recipient set destination = (
            select destination from queued_recipient where mail_id = ${mail} and no = 0), due_at = now(), lease = null
          where mail_id = ${mail}`,
      )
      await queue("retry", mail)
      const heardOfEva = () => far.lines.slice(before).some(line => line.includes("eva@"))
      await until("nobody is told that the message is damaged", async () => {
        const isTold = (await mailOf("anna")).some(text => text.includes(`--mail ${mail}\r\n`))
        return isTold || heardOfEva() ? true : undefined
      })
      assert.ok(!heardOfEva(), "another's server heard of Eva")
      succeeded(await queue("delete", mail))
      await isEmpty()
    })
  },
}

/** A message of Anna's that was put off once, and waits; the far side says yes to everything from then on. Its id. */
async function parked(
  { far, play, send, heard, isEmpty, toldOf }: MailOut,
  subject: string,
  to: readonly string[] = ["carla@far.test"],
): Promise<string> {
  await isEmpty()
  play({ answer: line => (line.startsWith("RCPT") ? "451 4.7.1 come back" : undefined) })
  const before = far.lines.length
  await send(to, letter(subject))
  await heard("RCPT", before)
  const mail = await until("it is not put off", async () => {
    const told = (await toldOf("anna"))
      .split(/^(?= *\d+ {2}\d{4}-)/m)
      .find(one => one.includes(`  ${subject}\n`))
    const isPutOff = told !== undefined && to.length === told.split("not yet: ").length - 1
    return isPutOff ? /^ *(\d+) /.exec(told)?.[1] : undefined
  })
  play()
  return mail
}
