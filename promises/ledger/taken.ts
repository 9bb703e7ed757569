import assert from "node:assert/strict"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { type DatabaseDoor, withDatabase } from "../../fixtures/database.ts"
import { type House, openHouse, succeeded } from "../../fixtures/house.ts"
import type { CliResult } from "../../fixtures/server.ts"
import type { Mutation } from "../check-file.ts"
import { keepLedger, takings } from "./attacks.ts"

/**
 * You see that staff looked: also where whoever owns the database then takes the look out of the ledger, before or
 * after it has its number, wholly or in part. The person's export misses it, `ledger verify` says it, or the server
 * that wrote it does.
 */
const taken = "what is taken from a person after it has its number is missed by verify and by their export"
const early = "a look that is taken out of the queue is missed by its number"
const whole = "a look that is taken out with all its traces is missed by the server that wrote it"
const swallowed = "a database that swallows the ledger's rows has nothing shown"

const recorder = "server/src/privacy/ledger/record.ts"
const numbers = "server/src/privacy/ledger/check-numbers.ts"
const missing = "server/src/privacy/ledger/missing-events.ts"

export const takenMutations: readonly Mutation[] = [
  {
    name: "verify passes over what nobody has any more",
    file: numbers,
    find: "    await checkDetails(tx, check, account, placed)\n",
    replace: "",
    why: "whoever owns the database could take a look from the person, and the operator would not hear of it",
    noticedBy: taken,
  },
  {
    name: "verify does not ask whether a detail is the one that was written",
    file: numbers,
    find: "else if (!vaults.isMacOf(row.mac ?? Buffer.alloc(0), ...saidByDetail(account, hash, row.sealed)))",
    replace: "else if (row.sealed.length === 0)",
    why: "what a person can read could be exchanged, and the operator would not hear of it",
    noticedBy: taken,
  },
  {
    name: "a count that went back is believed",
    file: numbers,
    find: "if (count.isOurs && last > count.events)",
    replace: "if (count.isOurs && last < 0)",
    why: "it would hide what was taken",
    noticedBy: taken,
  },
  {
    name: "the export does not seek what it lacks",
    file: missing,
    find: "withoutDetail += placed.filter(",
    replace: "withoutDetail += placed.slice(0, 0).filter(",
    why: "the person would not see that something is gone",
    noticedBy: taken,
  },
  {
    name: "events have no place among those about the person",
    file: recorder,
    find: "place: placeOf(mark, number) })",
    replace: "place: undefined })",
    why: "nobody could tell how many there must be",
    noticedBy: taken,
  },
  {
    name: "each event is the first",
    file: "server/src/privacy/ledger/count-rows.ts",
    find: "const number = 1 + (isBehind ? await lastInTree(tx, mark) : events)",
    replace: "const number = 1 + (isBehind ? 0 : 0)",
    why: "one of two could be taken",
    noticedBy: taken,
  },
  {
    name: "verify does not seek a number that the tree lacks",
    file: numbers,
    find: "if (times === 0 && isWaiting === false)",
    replace: "if (times < 0)",
    why: "what is taken out of the queue would be gone",
    noticedBy: early,
  },
  {
    name: "the export does not seek a number that the tree lacks",
    file: missing,
    find: "withoutLeaf++",
    replace: "withoutLeaf += 0",
    why: "the person would not see that something is gone",
    noticedBy: early,
  },
  {
    name: "the server forgets what it wrote",
    file: recorder,
    find: "if (onWritten !== undefined) afterCommit(",
    replace: "if (onWritten === undefined) afterCommit(",
    why: "whoever is quicker than the numbering could take a look out without a trace",
    noticedBy: whole,
  },
  {
    name: "what the server wrote and nobody has is taken for numbered",
    file: "server/src/privacy/ledger/watch.ts",
    find: "const gone = rows.filter(row => !row.numbered && !row.waits).length",
    replace: "const gone = rows.filter(row => row.numbered && row.waits).length",
    why: "whoever is quicker than the numbering could take a look out without a trace",
    noticedBy: whole,
  },
  {
    name: "it is not asked whether the database kept the event",
    file: recorder,
    find: "if (kept?.equals(written) !== true)",
    replace: "if (kept?.length === 0)",
    why: "a trigger could keep the ledger empty",
    noticedBy: swallowed,
  },
]

let house: House<"ada" | "bob">
const onDatabase = <T>(work: (sql: DatabaseDoor) => Promise<T>): Promise<T> =>
  withDatabase(house.server().dataFolder, work)

export function takenChecks(): void {
  before(async () => {
    house = await openHouse(["ada", "bob"])
  })
  after(async () => {
    await house?.close()
  })

  test(taken, async () => {
    for (let look = 0; look < 3; look++) succeeded(await lookAtAda())
    await onDatabase(async sql => {
      for (const { name, saidInside, run } of takings) {
        const kept = await keepLedger(sql)
        succeeded(await verify())
        assert.doesNotMatch(await exportSays(), /somebody changed the database/, `before ${name}`)
        await run(sql)
        const [inside, exported] = [await verify(), await exportSays()]
        await kept.putBack()
        assert.equal(inside.code, 1, name)
        assert.match(inside.stderr, saidInside, name)
        assert.match(exported, /^\d+ events are not what was written, or gone/m, name)
      }
    })
    succeeded(await verify())
  })

  test(early, async () => {
    await onDatabase(async sql => {
      const kept = await keepLedger(sql)
      await beforeNumbering(sql, async () => {
        succeeded(await lookAtAda())
        await takeDetails(sql)
        assert.equal(await takeWaiting(sql), 1)
      })
      const [inside, exported] = [await verify(), await exportSays()]
      await kept.putBack()
      assert.match(inside.stderr, /Event \d+ about account \d+ is not in the ledger: it was dropped/)
      assert.match(exported, /^1 events are not what was written, or gone/m)
    })
    await house.restart()
  })

  test(whole, async () => {
    await onDatabase(async sql => {
      const kept = await keepLedger(sql)
      await beforeNumbering(sql, async () => {
        succeeded(await lookAtAda())
        assert.equal(await takeWaiting(sql), 1)
      })
      // The detail and the count are as they were, and nothing in the database tells of the look.
      await kept.putBack()
    })
    const deadline = Date.now() + 20_000
    while (!(await house.server().log()).includes("ledger.event-lost")) {
      assert.ok(Date.now() < deadline, "the server did not miss what it wrote")
      await wait(100)
    }
    assert.match((await verify()).stderr, /were taken away before they had a number: 1\./)
    await house.restart()
  })

  test(swallowed, async () => {
    await onDatabase(async sql => {
      for (const table of ["ledger_detail", "ledger_waiting"]) {
        await sql.unsafe(
          `create function swallow() returns trigger language plpgsql as 'begin return null; end'`,
        )
        await sql.unsafe(
          `create trigger swallowing before insert on ${table} for each row execute function swallow()`,
        )
        const shown = await lookAtAda()
        await sql.unsafe("drop function swallow() cascade")
        assert.notEqual(shown.code, 0, table)
        assert.doesNotMatch(shown.stdout.toString(), /ada/)
      }
    })
    succeeded(await lookAtAda())
    succeeded(await verify())
  })
}

const verify = (): Promise<CliResult> => house.server().cli(["ledger", "verify"])

const lookAtAda = (): Promise<CliResult> =>
  house
    .server()
    .cli(["account", "show", house.people.ada.address, "--reason", "asked by phone how full it is"])

/** What the command says beside the file. */
async function exportSays(): Promise<string> {
  const out = join(house.folder, "taken.json")
  await rm(out, { force: true })
  const { address, password } = house.people.ada
  const args = ["ledger", "export", address, "--password-stdin", "--out", out]
  const { stdout, stderr } = succeeded(await house.server().cli(args, { stdin: `${password}\n` }))
  return `${stdout}${stderr}`
}

/** Advisory lock of whoever numbers: while it is held, nothing gets a number. */
const ledgerLock = 7_301_002

async function beforeNumbering(sql: DatabaseDoor, work: () => Promise<void>): Promise<void> {
  await sql`select pg_advisory_lock(${ledgerLock})`
  try {
    await work()
  } finally {
    await sql`select pg_advisory_unlock(${ledgerLock})`
  }
}

/**
 * Of those that wait, what is about somebody; a server that has just started also writes that it asks the DNS, which is
 * about nobody.
 */
async function takeWaiting(sql: DatabaseDoor): Promise<number> {
  const gone = await sql`delete from ledger_waiting where position(convert_to('public ', 'UTF8') in data) = 0`
  return gone.count
}

/** Of what waits. */
async function takeDetails(sql: DatabaseDoor): Promise<void> {
  await sql`delete from ledger_detail where leaf_hash in
    (select sha256(decode('00', 'hex') || data) from ledger_waiting)`
}
