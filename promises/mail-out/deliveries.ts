import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { createDkimVerifier, splitFields } from "@letterkeep/dkim"
import { createTableResolver } from "@letterkeep/dns"
import { houseDomain, succeeded } from "../../fixtures/house.ts"
import type { Subject } from "./subject.ts"
import { farZone, letter, until } from "./world.ts"

/**
 * A message on its way: handed over as it was written, and signed; put off and tried again; refused, and its writer told;
 * and the story of it that its writer can read.
 */
const asWritten = "hands a message over once, as it was written, by TLS, signed with both keys"
const putOff = "what is put off waits, with how much waits in plain sight, and arrives at the next try"
const refusedTold =
  "what is refused for good leaves the queue, and its writer hears why, in the far side's words"
const story =
  "its writer, and nobody else, can see what became of a message: who took it, when, under which TLS"
const blind = "Bcc is told to nobody, and lies in the writer's own copy"

export const deliveries: Subject = {
  mutations: [
    {
      name: "nothing is signed",
      file: "server/src/open-sending.ts",
      find: 'signedBy === undefined ? "" :',
      replace: 'signedBy !== "" ? "" :',
      why: "others could not tell the mail from what is forged",
      noticedBy: asWritten,
    },
    {
      name: "what was handed over stays in the queue",
      file: "server/src/sending/queue/settle.ts",
      find: 'kind === "handed-over" ? ANY_LEASE : claimed.lease',
      replace: 'kind === "handed-over" ? claimed.lease + 1 : claimed.lease',
      why: "those it is for would get it again and again",
      noticedBy: asWritten,
    },
    {
      name: "a failure is told to nobody",
      file: "server/src/sending/delivering/course-of.ts",
      find: 'if (mail.kind !== "submitted") return undefined',
      replace: "return undefined",
      why: "people would think that their mail arrived",
      noticedBy: refusedTold,
    },
    {
      name: "what is put off is given up",
      file: "server/src/sending/schedule.ts",
      find: "if (left <= 0) return",
      replace: "if (left > 0) return",
      why: "a server that is busy for a minute would lose mail",
      noticedBy: putOff,
    },
    {
      name: "what is refused for good is tried again",
      file: "server/src/sending/hand-over/tried.ts",
      find: 'kind: outcome.temporary ? "not-now" : "never",',
      replace: 'kind: "not-now",',
      why: "people would hear after five days what was clear at once",
      noticedBy: refusedTold,
    },
    {
      name: "what is put off is taken for refused",
      file: "server/src/sending/hand-over/tried.ts",
      find: 'kind: outcome.temporary ? "not-now" : "never",',
      replace: 'kind: "never",',
      why: "servers that put strangers off on purpose would never get mail",
      noticedBy: putOff,
    },
    {
      name: "what became of it is not written down",
      file: "server/src/sending/delivering/settler.ts",
      find: "recorder.event(tables, mail.account, mail.mail, now, event)",
      replace: "void event",
      why: "nobody could see where their mail is",
      noticedBy: story,
    },
    {
      name: "Bcc goes along",
      file: "server/src/flow/compose.ts",
      find: 'new Set(["bcc", "resent-bcc", "return-path"])',
      replace: 'new Set(["resent-bcc", "return-path"])',
      why: "whom somebody wrote to in secret would be told to all",
      noticedBy: blind,
    },
  ],
  checks(world) {
    test(asWritten, async () => {
      const { house, dns, far, send, taken, isEmpty } = await world()
      const listed = succeeded(await house.server().cli(["dkim", "list", houseDomain, "--json"])).json as {
        keys: readonly { readonly name: string; readonly record: string }[]
      }
      const records = listed.keys.map(
        ({ name, record }) => [name.replace(/\.$/, ""), { TXT: [record] }] as const,
      )
      assert.equal(records.length, 2)
      dns.serve(farZone(Object.fromEntries(records)))
      await house.server().cli(["dns", houseDomain])
      const message = letter(
        "first",
        "Date: Thu, 26 Nov 2026 10:00:00 +0000\r\nMessage-ID: <first@laptop>\r\n",
      )
      await send(["carla@far.test"], message)
      const { text, isTls, from, to } = await taken("first")
      assert.ok(isTls)
      assert.match(from, new RegExp(`^<anna\\+b=[a-z2-7]{19}@${houseDomain}>`))
      assert.deepEqual(to, ["carla@far.test"])
      assert.ok(text.endsWith(message.toString("latin1")), "what lies below the trace is what was written")
      const bytes = Buffer.from(text, "latin1")
      const head = bytes.indexOf("\r\n\r\n") + 2
      const verifier = createDkimVerifier({
        resolver: createTableResolver(
          Object.fromEntries(records.map(([name, { TXT }]) => [name, { txt: TXT }])),
        ),
        now: Date.now(),
      })
      const results = await verify(verifier, bytes, head)
      assert.deepEqual(
        results.map(({ result, domain }) => [result, domain]),
        [
          ["pass", houseDomain],
          ["pass", houseDomain],
        ],
      )
      await isEmpty()
      await wait(1_000)
      assert.equal(far.mails.filter(mail => mail.text.includes("Subject: first\r\n")).length, 1)
    })

    test(blind, async () => {
      const { send, taken, mailOf } = await world()
      await send(["carla@far.test", "dora@far.test"], letter("blind", "Bcc: dora@far.test\r\n"))
      const { text } = await taken("blind")
      assert.doesNotMatch(text, /^Bcc/m)
      assert.match(
        (await mailOf("anna")).find(each => each.includes("Subject: blind")) ?? "",
        /^Bcc: dora@far\.test\r$/m,
      )
    })

    test(putOff, async () => {
      const { far, play, send, heard, queued, isEmpty, waiting, queue, taken } = await world()
      await isEmpty()
      play(grey)
      const before = far.lines.length
      await send(["carla@far.test"], letter("later"))
      await heard("RCPT", before)
      await wait(500)
      assert.equal(await queued(), 1)
      play()
      const [only, ...others] = await waiting()
      assert.ok(only !== undefined && others.length === 0)
      succeeded(await queue("retry", String(only.mail)))
      await taken("later")
      await isEmpty()
    })

    test(refusedTold, async () => {
      const { play, send, taken, isEmpty, mailOf } = await world()
      play(nobodyThere)
      await send(["gone@far.test", "carla@far.test"], letter("partly"))
      assert.deepEqual((await taken("partly")).to, ["carla@far.test"])
      await isEmpty()
      const report = await until("no report came", async () =>
        (await mailOf("anna")).find(
          each => each.includes("multipart/report") && each.includes("gone@far.test"),
        ),
      )
      assert.match(report, /nobody of that name lives here/)
      assert.match(report, /^Action: failed\r$/m)
      assert.match(report, /^Status: 5\.1\.1\r$/m)
      assert.match(report, /this address does not exist/)
      assert.doesNotMatch(report, /Final-Recipient: rfc822; ?carla/)
      play()
    })

    test(story, async () => {
      const { house, far, play, send, heard, isEmpty, waiting, queue, toldOf, taken } = await world()
      await isEmpty()
      play(grey)
      const before = far.lines.length
      await send(["carla@far.test"], letter("waited"))
      await heard("RCPT", before)
      const [only] = await until("it is not in the queue", async () => {
        const mails = await waiting()
        return mails.length > 0 ? mails : undefined
      })
      await until("its first try is not told of", async () =>
        (await toldOf("anna")).includes("451 4.7.1 come back") ? true : undefined,
      )
      play(nobodyThere)
      succeeded(await queue("retry", String(only?.mail)))
      await taken("waited")
      await send(["gone@far.test"], letter("nowhere"))
      await isEmpty()
      play()
      const last = await toldOf("anna")
      assert.match(
        last,
        /nowhere\n +gone@far\.test: did not arrive: it was refused \(mx\.far\.test\), 550 5\.1\.1 nobody of that name lives here at /,
      )
      assert.match(last, /waited\n +carla@far\.test: handed to mx\.far\.test, TLS 1\.3, 250 at 20/)
      const [, mail = ""] = /^ *(\d+) [^\n]*waited$/m.exec(last) ?? []
      const course = await toldOf("anna", "--mail", mail)
      assert.match(
        course,
        /carla@far\.test\n +not yet: it was refused \(mx\.far\.test\), 451 4\.7\.1 come back at [^\n]*; next try [^\n]*\n +handed to/,
      )
      assert.doesNotMatch(await toldOf("ben"), /waited|nowhere/)
      const { address } = house.people.anna
      const guess = { stdin: "a guess of somebody's\n" }
      assert.notEqual((await house.server().cli(["sent", address, "--password-stdin"], guess)).code, 0)
    })
  },
}

/** Puts off whatever comes. */
const grey = { answer: (line: string) => (line.startsWith("RCPT") ? "451 4.7.1 come back" : undefined) }

/** Knows everybody but one. */
const nobodyThere = {
  answer: (line: string) => (line.includes("gone@") ? "550 5.1.1 nobody of that name lives here" : undefined),
}

async function verify(verifier: ReturnType<typeof createDkimVerifier>, bytes: Buffer, head: number) {
  verifier.headers(splitFields(bytes.subarray(0, head)))
  verifier.body(bytes.subarray(head + 2))
  return await verifier.finish()
}
