import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { type DatabaseDoor, withDatabase } from "../../fixtures/database.ts"
import { type House, openHouse, type Person, readRaw, succeeded } from "../../fixtures/house.ts"
import { readMboxrd } from "../../fixtures/mboxrd.ts"
import type { CliResult } from "../../fixtures/server.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"
import type { Mutation } from "../check-file.ts"
import { staffEvents } from "../ledger/staff-events.ts"
import { takenChecks, takenMutations } from "../ledger/taken.ts"
import { mutations as own } from "../mutations/SEC-1.ts"
import { lookChecks, lookMutations } from "../staff/looks.ts"

/**
 * SEC-1, on the command line: whoever runs the server sees what is a person's for a stated reason only, one answer
 * at a time, and the person's ledger and inbox tell it, both before the answer; what is in the mail they do not see
 * at all.
 */
export const mutations: readonly Mutation[] = [...own, ...takenMutations, ...lookMutations]

const content = "Nx7VerschlosseneTruhe8"
const why = "asked by phone how full it is"
/** A write that nobody waits for would have let the answer through within milliseconds. */
const stillness = 1500

let house: House<"ada" | "bob" | "cleo">

function checks(): void {
  before(async () => {
    house = await openHouse(["ada", "bob", "cleo"])
    await deliver(content)
  })
  after(() => house?.close())

  test("shows nothing without a reason, nor for one that says nothing, and nothing is written or told", async () => {
    const { ada } = house.people
    for (const reason of [[], ["--reason", "because"], ["--reason", "x y z"]]) {
      shut(await cli(["account", "list", "--json", ...reason]), /reason/)
      shut(await cli(["account", "show", ada.address, ...reason]), /reason/)
      shut(await cli(["account", "reset", ada.address, ...reason], "another lake by day 12"), /reason/)
    }
    assert.deepEqual(await staffEvents(house, ada), [])
    assert.deepEqual(await told(ada), [])
  })

  test("shows an account for a reason, which the person's inbox and ledger tell before anybody asks", async () => {
    const { ada, bob } = house.people
    const shown = succeeded(await cli(["account", "show", ada.address, "--reason", why])).stdout
    assert.ok(shown.includes(ada.address) && !shown.includes(content))
    const [message, ...more] = await told(ada)
    assert.ok(message !== undefined && more.length === 0, "the person is told once")
    assert.ok(message.includes(why) && message.includes("account show"), message)
    assert.deepEqual(await told(bob), [])
    const [event] = await staffEvents(house, ada)
    assert.deepEqual([event?.command, event?.reason], ["account show", why])
    assert.ok(event?.categories.includes("user.contact.email"))
    assert.deepEqual(await staffEvents(house, bob), [])
  })

  test("tells each person on a list", async () => {
    const listed = succeeded(await cli(["account", "list", "--reason", "looking who is still with us"]))
    for (const person of [house.people.ada, house.people.bob]) {
      assert.ok(listed.stdout.includes(person.address))
      assert.ok((await told(person)).some(message => message.includes("looking who is still with us")))
      const events = await staffEvents(house, person)
      assert.ok(events.some(event => event.command === "account list"))
    }
  })

  test("tells each further reason, floods nobody, and writes each look into the ledger", async () => {
    const { ada } = house.people
    const [mails, events] = [await told(ada), await staffEvents(house, ada)]
    const show = async (reason: string) =>
      succeeded(await cli(["account", "show", ada.address, "--reason", reason]))
    await show(why)
    assert.equal((await told(ada)).length, mails.length, "the same look was told twice")
    const further = ["one", "two", "three", "four", "five", "six"].map(each => `asked again, time ${each}`)
    for (const reason of further) await show(reason)
    const since = (await told(ada)).slice(mails.length)
    // five a day of one command: with the first look, these four
    assert.equal(since.length, 4)
    for (const [at, message] of since.entries()) assert.ok(message.includes(further[at] ?? "?"), message)
    const after = (await staffEvents(house, ada)).slice(events.length)
    assert.deepEqual(
      after.map(event => event.reason),
      [why, ...further],
    )
  })

  test("shows nothing that the ledger or the inbox refuses", async () => {
    const show = ["account", "show", house.people.bob.address, "--reason", why]
    for (const table of ["ledger_detail", "email"]) {
      await refusing(table, async () => shut(await cli(show), /went wrong/))
    }
    await refusing("ledger_detail", async () =>
      shut(await cli(["account", "list", "--reason", why]), /went wrong/),
    )
  })

  test("waits with the answer until ledger and inbox have written", async () => {
    const { address } = house.people.bob
    for (const table of ["ledger_detail", "email"]) {
      await withDatabase(house.server().dataFolder, async sql => {
        const lock = await holdBack(sql, table)
        // by a list, bob was told before; by this command he has to be told now
        const args = table === "email" ? ["account", "show", address] : ["account", "list"]
        let isAnswered = false
        const asked = cli([...args, "--reason", `while ${table} is held back`]).finally(() => {
          isAnswered = true
        })
        await wait(stillness)
        const wasEarly = isAnswered
        await lock.release()
        assert.ok(succeeded(await asked).stdout.includes(address))
        assert.ok(!wasEarly, `the answer came while ${table} could not be written`)
      })
    }
  })

  test("has written what it shows, whoever is killed the moment after", async () => {
    const { cleo } = house.people
    const reason = "the last look before the fall"
    succeeded(await cli(["account", "show", cleo.address, "--reason", reason]))
    await house.server().kill9("both")
    await house.restart()
    assert.ok((await staffEvents(house, cleo)).some(event => event.reason === reason))
    assert.ok((await told(cleo)).some(message => message.includes(reason)))
  })

  test("writes an administrator's reset into the ledger that the new password opens, and tells why", async () => {
    const { bob } = house.people
    const reason = "lost it, came with his passport"
    const set = { ...bob, password: "a different lake by day 71" }
    const reset = ["account", "reset", bob.address, "--reason", reason]
    await refusing("ledger_detail", async () => shut(await cli(reset, set.password), /went wrong/))
    await readRaw(house.server(), bob) // the old password still signs in: nothing was done
    succeeded(await cli(reset, set.password))
    const [event] = await staffEvents(house, set)
    assert.deepEqual([event?.command, event?.reason], ["account reset", reason])
    assert.ok((await told(set)).some(message => message.includes(reason)))
    // mail from before a reset stays locked: what this password opens was told of the second
    const last = { ...bob, password: "a third lake by day 4471" }
    const again = succeeded(await cli(reset, last.password))
    assert.match(again.stdout.toString(), /the person is told/)
    assert.ok((await told(last)).some(message => message.includes(reason)))
  })

  test("says nothing of anybody in status and doctor", async () => {
    for (const args of [["status"], ["doctor"], ["status", "--json"], ["doctor", "--json"]]) {
      const { stdout, stderr } = await cli(args)
      const said = `${stdout}${stderr}`
      assert.ok(stdout.length > 0 && !/ada@|bob@|house\.example/.test(said), said)
      assert.doesNotMatch(said, /\d+ messages|"messages":|"bytes":/)
    }
  })

  test("opens nobody's mail to the operator, whatever the reason, and says that it cannot be done", async () => {
    const { ada } = house.people
    for (const args of [
      ["mail", "show", ada.address],
      ["account", "export", ada.address],
    ]) {
      const refused = await cli(args)
      assert.equal(refused.code, 1)
      assert.match(refused.stderr, /cannot be done.*own password/s)
      shut(refused, /read ADDRESS/)
    }
    for (const args of [
      ["account", "list"],
      ["account", "show", ada.address],
    ]) {
      const { stdout, stderr } = await cli([...args, "--json", "--reason", why])
      assert.ok(stdout.includes(ada.address) && !`${stdout}${stderr}`.includes(content))
    }
    const log = await house.server().log()
    assert.ok(!log.includes(content) && !log.includes(why))
  })
}

const cli = (args: readonly string[], ...lines: readonly string[]): Promise<CliResult> =>
  house.server().cli(args, { stdin: lines.map(line => `${line}\n`).join("") })

/** Nothing of a person's was shown. */
function shut({ code, stdout, stderr }: CliResult, expected: RegExp): void {
  assert.equal(code, 1, `it was answered: ${stdout}`)
  assert.match(stderr, expected)
  const said = stdout.toString().replace(/^\{"error":.*\}$/m, "")
  assert.ok(!/ada|bob|cleo|MB|recovery code:|@/.test(said), said)
}

/** The messages that tell this person of a look, oldest first. */
async function told({ address, password }: Person): Promise<readonly string[]> {
  const args = ["read", address, "--password-stdin", "--raw"]
  const { stdout } = succeeded(await house.server().cli(args, { stdin: `${password}\n` }))
  const mail = readMboxrd(stdout).map(message => message.toString("utf8"))
  return mail.filter(message => /Subject: An administrator (looked at|changed) your account/.test(message))
}

/** Holds every write to a table back until it is released. */
async function holdBack(sql: DatabaseDoor, table: string): Promise<{ release(): Promise<void> }> {
  const [locked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const held = sql.begin(async tx => {
    await tx.unsafe(`lock table ${table} in share mode`)
    locked.resolve()
    await released.promise
  })
  await Promise.race([locked.promise, held])
  return {
    async release() {
      released.resolve()
      await held
    },
  }
}

/** Runs `work` while the database refuses every new row of a table. */
async function refusing(table: string, work: () => Promise<void>): Promise<void> {
  await withDatabase(house.server().dataFolder, async sql => {
    await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`
    await sql.unsafe(`create trigger refuse before insert on ${table} for each row execute function refuse()`)
    try {
      await work()
    } finally {
      await sql`drop function refuse() cascade`
    }
  })
}

async function deliver(words: string): Promise<void> {
  const to = house.people.ada.address
  const message = Buffer.from(
    `From: <x@far.example>\r\nTo: <${to}>\r\nSubject: s ${words}\r\n\r\n${words}\r\n`,
  )
  const client = await house.smtp()
  const answers = await client.deliver({ from: "x@far.example", to: [to], message })
  client.close()
  assert.equal(answers.end?.code, 250, lastAnswer(answers))
}

if (import.meta.main) {
  describe("SEC-1, staff look only with a reason", checks)
  describe("SEC-1, what takes a look out of the ledger", takenChecks)
  describe("SEC-1, the bounds of a look", lookChecks)
}
