import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { writeDsn } from "@letterkeep/dsn"
import { withDatabase } from "../../fixtures/database.ts"
import { houseDomain, readList, succeeded } from "../../fixtures/house.ts"
import { arrivalLimits } from "../../server/src/flow/filter/limits.ts"
import type { Subject } from "./subject.ts"
import { type MailOut, type Name, until } from "./world.ts"

/** A person's filter on what comes: it files, sends on and answers, within its limits, and is nobody's to set but theirs. */
const files = "a filter puts what comes where its reader wants it, and they hear that it is at work"
const sendsOn =
  "what a filter sends on goes from a path of ours, by which reports alone come back to the sender"
const loops = "what a filter has sent on and comes back is kept, and goes round no more"
const answersOnce = "a filter answers a person once, from nobody's path, and no list"
const limited = "a script that takes too much is ended, the message is kept, and its reader hears why"
const theirs = "nobody sets a filter for somebody else, nor does what they wrote into the database"

export const filters: Subject = {
  mutations: [
    {
      name: "what a filter files stays in the inbox",
      file: "server/src/flow/filter/file-mail.ts",
      find: 'if ("id" in made) return { kind: "mailbox", mailbox: made.id }',
      replace: 'if ("id" in made) return inbox',
      why: "people could not sort what comes",
      noticedBy: files,
    },
    {
      name: "nobody hears of a filter that is put to work",
      file: "server/src/people/filters/own-filters.ts",
      find: 'if (done.kind === "set" || done.kind === "changed") onNotice',
      replace: 'if (done.kind === "changed") onNotice',
      why: "whoever stole a password could read along unseen, for good",
      noticedBy: files,
    },
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
    {
      name: "a script takes as many steps as it likes",
      file: "packages/sieve/src/run/run.ts",
      find: "if (run.steps > run.limits.steps)",
      replace: "if (run.steps < 0)",
      why: "one person's script would hold up everybody's mail",
      noticedBy: limited,
    },
    {
      name: "a script looks at as much as it likes",
      file: "packages/sieve/src/run/run.ts",
      find: "if (run.characters > run.limits.characters)",
      replace: "if (run.characters < 0)",
      why: "one person's script would hold up everybody's mail",
      noticedBy: limited,
    },
    {
      name: "nobody hears why their filter did nothing",
      file: "server/src/flow/receive.ts",
      find: "for (const [account, said] of faults) parts.filtering?.tellFault(account, said)",
      replace: "void faults",
      why: "people would wonder where their mail went",
      noticedBy: limited,
    },
    {
      name: "whatever lies in the database is a filter",
      file: "server/src/people/filters/filter-rows.ts",
      find: 'return vaults.isMacOf(row.mac, "filter", ...bound(row))',
      replace: 'return row.mac.length > 0 || vaults.isMacOf(row.mac, "filter", ...bound(row))',
      why: "whoever can write to the database could have somebody's mail sent elsewhere",
      noticedBy: theirs,
    },
  ],
  checks(world) {
    test(files, async () => {
      const out = await world()
      const before = (await inboxOf(out)).length
      await setFilter(
        out,
        'require ["fileinto", "mailbox"]; if header :contains "subject" "invoice" { fileinto :create "Shop"; }',
      )
      await arrive(out, written("an invoice"))
      await arrive(out, written("a greeting"))
      const list = await readList(out.house.server(), out.house.people.anna)
      const boxOf = (subject: string) =>
        list.filter(one => one.subject === subject).map(({ mailbox }) => mailbox)
      assert.deepEqual(boxOf("an invoice"), ["Shop"])
      assert.deepEqual(boxOf("a greeting"), ["INBOX"])
      await until("nobody hears that a filter is at work", async () =>
        (await inboxOf(out)).length === before + 2 ? true : undefined,
      )
      await noFilter(out)
    })

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

    test(limited, async () => {
      const out = await world()
      // Ben's, who was told of no other fault today.
      // Each of these keys is looked for in each field of that name.
      const keys = Array.from({ length: 140 }, (_, no) => `"${String(no).padEnd(100, "x")}"`).join(", ")
      await setFilter(
        out,
        `require "fileinto"; fileinto "Archive"; if header :contains "x-many" [${keys}] { keep; }`,
        "ben",
      )
      const many = (count: number, length: number) => `X-Many: ${"a".repeat(length)}\r\n`.repeat(count)
      assert.ok(140 * 200 < arrivalLimits.steps && 140 * 230 > arrivalLimits.steps)
      // A key costs its length, and an eighth of that of what it is looked for in.
      assert.ok(140 * 200 * (100 + 900 / 8) > arrivalLimits.characters)
      await arrive(out, written("too many steps", many(230, 1)), { to: "ben" })
      await arrive(out, written("too many characters", many(200, 900)), { to: "ben" })
      await arrive(out, written("no more than usual", many(20, 10)), { to: "ben" })
      const list = await readList(out.house.server(), out.house.people.ben)
      const boxesOf = (subject: string) =>
        list.filter(one => one.subject === subject).map(({ mailbox }) => mailbox)
      assert.deepEqual(boxesOf("too many steps"), ["INBOX"])
      assert.deepEqual(boxesOf("too many characters"), ["INBOX"])
      assert.deepEqual(boxesOf("no more than usual"), ["Archive"])
      await until("nobody is told", async () =>
        (await out.mailOf("ben")).some(text => /^- .*the script took more than/m.test(text))
          ? true
          : undefined,
      )
      await noFilter(out, "ben")
    })

    test(theirs, async () => {
      const out = await world()
      const { house, far, play, isEmpty } = out
      play()
      const { anna, ben } = house.people
      const file = await scriptFile(out, 'redirect "thief@far.test";')
      for (const password of [ben.password, "a guess"]) {
        const args = ["filter", "set", anna.address, file, "--password-stdin"]
        assert.notEqual((await house.server().cli(args, { stdin: `${password}\n` })).code, 0)
      }
      // She has one that is at rest; somebody who writes to the database puts it to work.
      await setFilter(out, 'redirect "thief@far.test";')
      await noFilter(out)
      const changed = await withDatabase(house.server().dataFolder, async sql => {
        const rows = await sql`update filter_script set is_active = true returning account_id`
        for (const { account_id: account } of rows) await sql`select pg_notify('people_filters', ${account})`
        return rows.length
      })
      assert.equal(changed, 1)
      await arrive(out, written("for her alone"))
      assert.ok((await inboxOf(out)).includes("for her alone"))
      await isEmpty()
      assert.ok(!far.mails.some(({ to }) => to.includes("thief@far.test")), "it was sent on")
    })
  },
}

/** From Carla, who is elsewhere, to Anna. */
const written = (subject: string, more = ""): Buffer =>
  Buffer.from(
    `From: Carla <carla@far.test>\r\nTo: anna@${houseDomain}\r\nSubject: ${subject}\r\n` +
      `Message-ID: <${subject.replace(/\W/g, ".")}@far.test>\r\n${more}\r\nGood day, ${subject}.\r\n`,
  )

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

async function offer({ house }: MailOut, from: string, to: string, message: Buffer) {
  const client = await house.smtp()
  const answers = await client.deliver({ from, to: [to], message })
  client.close()
  return answers
}

async function arrive(
  out: MailOut,
  message: Buffer,
  { from = "carla@far.test", to = "anna" }: { readonly from?: string; readonly to?: Name } = {},
): Promise<void> {
  const { end } = await offer(out, from, out.house.people[to].address, message)
  assert.equal(end?.code, 250)
}

async function scriptFile({ house }: MailOut, script: string): Promise<string> {
  const file = join(house.folder, "filter.sieve")
  await writeFile(file, script)
  return file
}

/** By its owner, for what comes from now on. */
async function setFilter(out: MailOut, script: string, name: Name = "anna"): Promise<void> {
  const { address, password } = out.house.people[name]
  const args = ["filter", "set", address, await scriptFile(out, script), "--password-stdin"]
  succeeded(await out.house.server().cli(args, { stdin: `${password}\n` }))
}

async function noFilter({ house }: MailOut, name: Name = "anna"): Promise<void> {
  const { address, password } = house.people[name]
  const args = ["filter", "off", address, "--password-stdin"]
  succeeded(await house.server().cli(args, { stdin: `${password}\n` }))
}

const inboxOf = async ({ house }: MailOut): Promise<readonly string[]> =>
  (await readList(house.server(), house.people.anna))
    .filter(({ mailbox }) => mailbox === "INBOX")
    .map(({ subject }) => subject)
