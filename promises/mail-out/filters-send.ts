import assert from "node:assert/strict"
import { test } from "node:test"
import { writeDsn } from "@letterkeep/dsn"
import { houseDomain } from "../../fixtures/house.ts"
import { arrive, inboxOf, noFilter, offer, setFilter, written } from "./filter-acts.ts"
import type { Subject } from "./subject.ts"
import { until } from "./world.ts"

/** What a person's filter sends: on to another server, and answers. */
const sendsOn =
  "what a filter sends on goes from a path of ours, by which reports alone come back to the sender"
const loops = "what a filter has sent on and comes back is kept, and goes round no more"
const answersOnce = "a filter answers a person once, from nobody's path, and no list"

export const filtersSend: Subject = {
  mutations: [
    {
      name: "what is sent on keeps its sender's path",
      file: "server/src/flow/filter/return-paths.ts",
      find: "if (from?.domain.toLowerCase() === domain) return sender",
      replace: "if (from?.domain.toLowerCase() !== '') return sender",
      why: "the next server would take it for forged",
      noticedBy: sendsOn,
    },
    {
      name: "anybody can write a return path of ours",
      file: "packages/srs/src/return.ts",
      find: 'if (!isHash(hash, keys, "first", [address.domain, stamp, domain, localPart]))',
      replace: 'if (hash === "")',
      why: "anybody could have us send to whom they like",
      noticedBy: sendsOn,
    },
    {
      name: "a return path takes whatever comes",
      file: "server/src/flow/filter/turn-back.ts",
      find: 'if (readDsn(bytes).kind === "report") return true',
      replace: 'if (readDsn(bytes).kind !== "") return true',
      why: "whoever sees something that was sent on could write to its sender by us",
      noticedBy: sendsOn,
    },
    {
      name: "what was sent on before is sent on again",
      file: "server/src/flow/filter/forward.ts",
      find: "const isAgain = isMarked(forwarding)",
      replace: "const isAgain = isMarked(forwarding) && message === undefined",
      why: "two filters would send one message to each other without end",
      noticedBy: loops,
    },
    {
      name: "a filter forgets whom it has answered",
      file: "server/src/flow/filter/world.ts",
      find: 'isRemembered(parts, account, "answer", answerKey(handle, to))',
      replace: 'isRemembered(parts, account, "told", answerKey(handle, to))',
      why: "two people who are away would answer each other without end",
      noticedBy: answersOnce,
    },
    {
      name: "a filter answers lists",
      file: "packages/sieve/src/commands/no-reply.ts",
      find: "if (list !== undefined) return",
      replace: 'if (list === "") return',
      why: "everybody on a list would hear that somebody is away",
      noticedBy: answersOnce,
    },
    {
      name: "a filter's answer can be answered",
      file: "server/src/flow/filter/letter.ts",
      find: 'reversePath: mailAddress("")',
      replace: "reversePath: mailAddress(to)",
      why: "machines would answer each other",
      noticedBy: answersOnce,
    },
  ],
  checks(world) {
    test(sendsOn, async () => {
      const out = await world()
      const { far, play, taken, isEmpty } = out
      play()
      await setFilter(out, 'redirect "anna@far.test";')
      const message = written("sent on")
      await arrive(out, message)
      const { from, to, text } = await taken("sent on")
      assert.deepEqual(to, ["anna@far.test"])
      assert.ok(text.endsWith(message.toString()), "it goes on as it came")
      assert.ok(!(await inboxOf(out)).includes("sent on"))
      const [, path = ""] = /^<(srs0=[^>]+)>/i.exec(from) ?? []
      assert.ok(path.endsWith(`@${houseDomain}`), `${from} is no path of ours`)
      await noFilter(out)
      const report = failed("back to you")
      // A path that we did not write is nobody's, and ours takes reports alone, from the null path.
      const forged = path.replace(
        /^(srs0=.)(.)/i,
        (_, head: string, sign: string) => head + (/a/i.test(sign) ? "b" : "a"),
      )
      assert.equal((await offer(out, "", forged, report)).recipients[0]?.code, 550)
      assert.equal((await offer(out, "", path, written("buy this"))).end?.code, 550)
      assert.equal((await offer(out, "eva@other.test", path, report)).end?.code, 550)
      assert.equal((await offer(out, "", path, report)).end?.code, 250)
      const back = await until("the report does not come back to the sender", () =>
        far.mails.find(mail => mail.to.includes("carla@far.test") && mail.text.includes("back to you")),
      )
      assert.match(back.from, /^<>/)
      assert.ok(!far.mails.some(mail => mail.text.includes("buy this")))
      await isEmpty()
    })

    test(loops, async () => {
      const out = await world()
      const { taken, far, isEmpty, play } = out
      play()
      await setFilter(out, 'redirect "anna@far.test";')
      await arrive(out, written("round and round"))
      const { text } = await taken("round and round")
      // Another server's copy of it: all is as it was, but for what tells two messages apart.
      const again = Buffer.from(
        text.replace(/^Message-ID: .*\r\n/im, "Message-ID: <another@far.test>\r\n"),
        "latin1",
      )
      await arrive(out, again)
      assert.ok((await inboxOf(out)).includes("round and round"))
      await noFilter(out)
      await isEmpty()
      assert.equal(far.mails.filter(mail => mail.text.includes("Subject: round and round\r\n")).length, 1)
    })

    test(answersOnce, async () => {
      const out = await world()
      const { far, play, isEmpty } = out
      play()
      await setFilter(out, 'require "vacation"; vacation :subject "Away" "I am away until Monday.";')
      await arrive(out, written("to the list", "List-Id: <all.far.test>\r\n"), { from: "members@far.test" })
      await arrive(out, written("are you there?"))
      const answers = () => far.mails.filter(mail => mail.text.includes("I am away until Monday."))
      const answer = await until("nobody answers", () => answers()[0])
      await arrive(out, written("hello again"))
      await noFilter(out)
      await isEmpty()
      assert.equal(answers().length, 1)
      assert.match(answer.from, /^<>/)
      assert.deepEqual(answer.to, ["carla@far.test"])
      assert.match(answer.text, /^Auto-Submitted: auto-replied\r$/m)
      const inbox = await inboxOf(out)
      for (const subject of ["to the list", "are you there?", "hello again"])
        assert.ok(inbox.includes(subject))
    })
  },
}

/** What a server writes that could not pass something on. */
const failed = (words: string): Buffer =>
  Buffer.from(
    writeDsn({
      report: {
        arrivedAt: 0,
        recipients: [
          { final: { type: "rfc822", value: "anna@far.test" }, action: "failed", status: "5.1.1" },
        ],
      },
      hostname: "mx.far.test",
      from: "postmaster@far.test",
      to: "carla@far.test",
      date: 0,
      messageId: "report@far.test",
      boundary: "0123456789abcdef0123456789abcdef",
      original: Buffer.from(`Subject: ${words}\r\n\r\n${words}\r\n`),
      ret: "headers",
      international: false,
    }).bytes,
  )
