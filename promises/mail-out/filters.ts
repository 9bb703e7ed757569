import assert from "node:assert/strict"
import { test } from "node:test"
import { withDatabase } from "../../fixtures/database.ts"
import { readList } from "../../fixtures/house.ts"
import { arrivalLimits } from "../../server/src/flow/filter/limits.ts"
import { arrive, inboxOf, noFilter, scriptFile, setFilter, written } from "./filter-acts.ts"
import type { Subject } from "./subject.ts"
import { until } from "./world.ts"

/** A person's filter on what comes: it files within its limits, and is nobody's to set but theirs. */
const files = "a filter puts what comes where its reader wants it, and they hear that it is at work"
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
        const rows = await sql`update filter_script set is_active = true
          where account_id = (select account_id from address where address = ${anna.address}) returning account_id`
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
