import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { createAsk } from "./ask.ts"
import type { Fields } from "./fields.ts"
import { openPool, poolLimits } from "./pool.ts"
import { type ReaderLimits, readerLimits } from "./readers.ts"
import { StoreError } from "./store-error.ts"
import { makeTestDatabase } from "./test-store.ts"
import { runTransaction } from "./transaction.ts"

const numbers = "select n from generate_series($1::bigint, $2::bigint) n"
const int8 = (fields: Fields): number => fields.int8()

/** One suite for both ways: on borrowed sockets, and through the driver's streams, as over TLS. */
for (const way of ["borrowed", "by the driver"] as const) {
  async function open(t: TestContext, connections = 4, limits: Partial<ReaderLimits> = {}) {
    const url = await makeTestDatabase(t, "empty")
    const suffix = way === "borrowed" ? "" : "&sslmode=prefer"
    const sql = openPool({ kind: "given", url: url + suffix }, { ...poolLimits, connections })
    const { ask, close } = createAsk(sql, { ...readerLimits(connections), ...limits })
    t.after(async () => {
      await close()
      await sql.end({ timeout: 5 })
    })
    return { sql, ask, close }
  }

  test(`${way}: answers with rows as they are read, again and again`, async t => {
    const { sql, ask } = await open(t)
    for (let round = 0; round < 3; round++) assert.deepEqual(await ask(sql, numbers, [1, 3], int8), [1, 2, 3])
    assert.deepEqual(await ask(sql, numbers, [3, 1], int8), [])
  })

  test(`${way}: takes numbers, uuids and lists of them`, async t => {
    const { sql, ask } = await open(t)
    const uuid = Buffer.from("00112233445566778899aabbccddeeff", "hex")
    const [row] = await ask(
      sql,
      "select $1::bigint, $2::uuid, $3::bigint[], $4::uuid[], cardinality($5::uuid[])",
      [-7, uuid, [1, -2, 2 ** 40], [uuid, Buffer.alloc(16)], []],
      fields => {
        const [number, id, list] = [fields.int8(), fields.uuid(), [...fields.int8s()]]
        return { number, id, list, uuids: fields.bytea().length > 0, none: fields.int4() }
      },
    )
    assert.deepEqual(row, { number: -7, id: uuid, list: [1, -2, 2 ** 40], uuids: true, none: 0 })
  })

  test(`${way}: many at once get each their own answer`, async t => {
    const { sql, ask } = await open(t)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => ask(sql, `/* ${n % 5} */ ${numbers}`, [n, n + (n % 7)], int8)),
    )
    for (const [n, rows] of answers.entries())
      assert.deepEqual(
        rows,
        Array.from({ length: 1 + (n % 7) }, (_, index) => n + index),
      )
  })

  test(`${way}: a query that is refused rejects alone, and so does a reader that throws`, async t => {
    const { sql, ask } = await open(t)
    const settled = await Promise.allSettled([
      ask(sql, numbers, [1, 1], int8),
      ask(sql, "select 1 / ($1::bigint - 1)", [1], int8),
      ask(sql, "select nothing", [], int8),
      ask(sql, "select nothing", [], int8),
      ask(sql, numbers, [1, 2], fields => fields.int4()),
      ask(sql, numbers, [2, 2], int8),
    ])
    assert.deepEqual(
      settled.map(each => each.status),
      ["fulfilled", "rejected", "rejected", "rejected", "rejected", "fulfilled"],
    )
    const codes = settled.map(each => (each.status === "rejected" ? each.reason.code : undefined))
    assert.deepEqual(codes.slice(1, 4), ["22012", "42703", "42703"])
    assert.deepEqual(await ask(sql, numbers, [5, 5], int8), [5])
  })

  test(`${way}: inside a transaction it sees what that has done, and the driver goes on after it`, async t => {
    const { sql, ask } = await open(t)
    await sql`create table thing (id int8)`
    const count = "select count(*) from thing"
    await runTransaction(sql, async tx => {
      await tx`insert into thing values (1)`
      assert.deepEqual(await ask(tx, count, [], int8), [1])
      assert.deepEqual(await ask(sql, count, [], int8), [0])
      await tx`insert into thing values (2)`
      assert.deepEqual(await ask(tx, count, [], int8), [2])
    })
    const refused = runTransaction(sql, async tx => {
      await tx`insert into thing values (3)`
      await ask(tx, "select 1 / ($1::bigint - 1)", [1], int8)
    })
    await assert.rejects(refused, { code: "22012" })
    assert.deepEqual(await ask(sql, count, [], int8), [2])
  })

  test(`${way}: reads answers that come in many pieces`, async t => {
    const { sql, ask } = await open(t)
    const text = "select repeat('ab', n::int)::bytea from generate_series($1::bigint, $2::bigint) n"
    const lengths = await ask(sql, text, [100_000, 100_020], fields => fields.bytea().length)
    assert.deepEqual(
      lengths,
      Array.from({ length: 21 }, (_, n) => 200_000 + 2 * n),
    )
  })
}

async function openBorrowed(t: TestContext, limits: Partial<ReaderLimits>, connections = 4) {
  const url = await makeTestDatabase(t, "empty")
  const sql = openPool({ kind: "given", url }, { ...poolLimits, connections })
  const { ask, close } = createAsk(sql, { ...readerLimits(connections), ...limits })
  t.after(async () => {
    await close()
    await sql.end({ timeout: 5 })
  })
  return { sql, ask, close }
}

const mine = "select pg_backend_pid()::bigint"

test("keeps to its share of the pool, and gives a connection back that nobody asks", async t => {
  const { sql, ask } = await openBorrowed(t, { connections: 2, idleMs: 20 }, 3)
  const slow = "select pg_backend_pid()::bigint from pg_sleep(0.05 * $1::bigint)"
  const pids = await Promise.all(Array.from({ length: 12 }, () => ask(sql, slow, [1], int8)))
  assert.ok(new Set(pids.flat()).size <= 2)
  await new Promise(resolve => setTimeout(resolve, 100))
  // All three are free again for transactions that overlap.
  await Promise.all(
    Array.from({ length: 3 }, () => runTransaction(sql, async tx => void (await tx`select pg_sleep(0.05)`))),
  )
  assert.equal((await ask(sql, mine, [], int8)).length, 1)
})

test("a connection that is lost rejects what was asked on it as temporary; the next query finds another", async t => {
  const { sql, ask } = await openBorrowed(t, { connections: 1 })
  const [pid = 0] = await ask(sql, mine, [], int8)
  const lost = ask(sql, "select 1::bigint from pg_sleep($1::bigint)", [10], int8)
  const behind = ask(sql, numbers, [1, 1], int8)
  const both = Promise.allSettled([lost, behind])
  await sql`select pg_terminate_backend(${pid})`
  for (const each of await both) {
    assert.equal(each.status, "rejected")
    assert.ok(each.status === "rejected" && each.reason instanceof StoreError && each.reason.temporary)
  }
  const [again = 0] = await ask(sql, mine, [], int8)
  assert.notEqual(again, pid)
})

test("a lost connection inside a transaction rejects as temporary", async t => {
  const { sql, ask } = await openBorrowed(t, {})
  const lost = runTransaction(sql, async tx => {
    const [pid = 0] = await ask(tx, mine, [], int8)
    await sql`select pg_terminate_backend(${pid})`
    await ask(tx, numbers, [1, 1], int8)
  })
  await assert.rejects(lost, (error: unknown) => error instanceof StoreError && error.temporary)
})

test("refuses what comes after it was closed", async t => {
  const { sql, ask, close } = await openBorrowed(t, {})
  await ask(sql, mine, [], int8)
  await close()
  await assert.rejects(ask(sql, mine, [], int8), /closed/)
})
