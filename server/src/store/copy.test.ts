import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { type TestContext, test } from "node:test"
import { copyIn, copyOut } from "./copy.ts"
import { createCopyRows } from "./copy-rows.ts"
import { openPool, poolLimits, type Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"
import { makeTestDatabase } from "./test-store.ts"
import { runTransaction, socketOf } from "./transaction.ts"

/** One suite for both ways: on the borrowed socket, and through the driver's streams, as over TLS. */
for (const way of ["borrowed", "by the driver"] as const) {
  async function open(t: TestContext, connections = 2): Promise<Sql> {
    const url = await makeTestDatabase(t, "empty")
    const suffix = way === "borrowed" ? "" : "&sslmode=prefer"
    const sql = openPool({ kind: "given", url: url + suffix }, { ...poolLimits, connections })
    t.after(() => sql.end({ timeout: 5 }))
    await sql.unsafe("create table thing (id int8 primary key, data bytea); create table other (id int8)")
    return sql
  }

  function things(ids: readonly number[], bytes = 10) {
    const rows = createCopyRows("thing", ["id", "data"])
    for (const id of ids) {
      rows.row()
      rows.int8(id)
      rows.bytea(Buffer.alloc(bytes, id))
    }
    return rows
  }

  async function idsOf(sql: Sql): Promise<number[]> {
    return (await sql<{ id: number }[]>`select id from thing order by id`).map(row => row.id)
  }

  test(`${way}: several tables go in together, between other queries`, async t => {
    const sql = await open(t)
    await runTransaction(sql, async tx => {
      assert.equal(socketOf(tx) !== undefined, way === "borrowed")
      const others = createCopyRows("other", ["id"])
      others.row()
      others.int8(7)
      await tx`insert into thing (id) values (100)`
      await copyIn(tx, [things([1, 2]), others, things([])])
      assert.equal((await tx`select from thing`).length, 3)
      await copyIn(tx, [things([3])])
    })
    assert.deepEqual(await idsOf(sql), [1, 2, 3, 100])
    assert.equal((await sql`select from other where id = 7`).length, 1)
  })

  test(`${way}: a row that is refused after the last byte rejects, and the connection goes on`, async t => {
    const sql = await open(t, 1)
    const refused = runTransaction(sql, tx => copyIn(tx, [things([1]), things([2, 1])]))
    await assert.rejects(refused, (error: unknown) => {
      assert.ok(error instanceof StoreError)
      assert.equal(error.code, "23505")
      assert.equal(error.constraint, "thing_pkey")
      assert.equal(error.temporary, false)
      assert.doesNotMatch(error.message, /\(1\)/)
      return true
    })
    assert.deepEqual(await idsOf(sql), [])
    await runTransaction(sql, tx => copyIn(tx, [things([5])]))
    assert.deepEqual(await idsOf(sql), [5])
  })

  test(`${way}: bytes that are refused while more are on their way reject`, async t => {
    const sql = await open(t, 1)
    await sql`alter table thing add check (id <> 1)`
    const ids = Array.from({ length: 100 }, (_, index) => index + 1)
    await assert.rejects(
      runTransaction(sql, tx => copyIn(tx, [things(ids, 100_000)])),
      { code: "23514" },
    )
    assert.deepEqual(await idsOf(sql), [])
  })

  test(`${way}: a table that is not there rejects`, async t => {
    const sql = await open(t, 1)
    const rows = createCopyRows("nowhere", ["id"])
    rows.row()
    rows.int8(1)
    await assert.rejects(
      runTransaction(sql, tx => copyIn(tx, [rows, things([1])])),
      { code: "42P01" },
    )
    assert.deepEqual(await idsOf(sql), [])
  })

  test(`${way}: a connection lost on the way rejects as temporary`, async t => {
    const sql = await open(t)
    const lost = runTransaction(sql, async tx => {
      const [own] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
      await sql`select pg_terminate_backend(${own?.pid ?? 0})`
      await copyIn(tx, [things([1], 8_000_000)])
    })
    await assert.rejects(lost, (error: unknown) => error instanceof StoreError && error.temporary)
    assert.deepEqual(await idsOf(sql), [])
  })

  test(`${way}: 40 MB go in and come out unchanged`, async t => {
    const sql = await open(t)
    const bodies = Array.from({ length: 40 }, () => randomBytes(1_000_000))
    const rows = createCopyRows("thing", ["id", "data"])
    for (const [id, body] of bodies.entries()) {
      rows.row()
      rows.int8(id)
      rows.bytea(body)
    }
    await runTransaction(sql, tx => copyIn(tx, [rows]))
    let id = 0
    for await (const [data] of copyOut(sql, "select data from thing order by id")) {
      assert.ok(data !== undefined && data !== null && bodies[id++]?.equals(data))
    }
    assert.equal(id, 40)
  })

  test(`${way}: leaving a COPY early leaves the connection usable`, async t => {
    const sql = await open(t, 1)
    await runTransaction(sql, tx => copyIn(tx, [things([1, 2, 3, 4, 5], 300_000)]))
    for (let round = 0; round < 5; round++) {
      for await (const [id] of copyOut(sql, "select id, data from thing order by id")) {
        assert.equal(id?.readBigInt64BE(), 1n)
        break
      }
      assert.equal((await idsOf(sql)).length, 5)
    }
  })

  test(`${way}: a slow reader of large rows does not hang the connection`, async t => {
    const sql = await open(t, 1)
    await runTransaction(sql, tx => copyIn(tx, [things([1, 2, 3], 70_000)]))
    for (let limit = 1; limit <= 3; limit++) {
      let seen = 0
      for await (const _ of copyOut(sql, `select data from thing order by id limit ${limit}`)) {
        await new Promise(setImmediate)
        seen++
      }
      assert.equal(seen, limit)
      assert.equal((await idsOf(sql)).length, 3)
    }
  })

  test(`${way}: a query that fails on the way rejects, with the rows before it`, async t => {
    const sql = await open(t, 1)
    await runTransaction(sql, tx => copyIn(tx, [things([1, 2, 3], 200_000)]))
    const seen: unknown[] = []
    const read = async (): Promise<void> => {
      const query = "select data, 1 / (3 - id) from (select * from thing order by id) ordered"
      for await (const row of copyOut(sql, query)) seen.push(row)
    }
    await assert.rejects(read(), { code: "22012" })
    await assert.rejects(
      async () => {
        for await (const row of copyOut(sql, "select nothing")) seen.push(row)
      },
      { code: "42703" },
    )
    assert.equal((await idsOf(sql)).length, 3)
  })
}

test("COPY beside an unfinished query of its transaction is refused, and nothing is torn", async t => {
  const url = await makeTestDatabase(t, "empty")
  const sql = openPool({ kind: "given", url }, { ...poolLimits, connections: 2 })
  t.after(() => sql.end({ timeout: 5 }))
  await sql`create table thing (id int8 primary key)`
  const rows = createCopyRows("thing", ["id"])
  rows.row()
  rows.int8(1)
  await assert.rejects(
    runTransaction(sql, async tx => {
      await tx`select`
      const query = tx`select pg_sleep(0.2)`.execute()
      // The driver writes in the second turn of the loop from here.
      await new Promise(setImmediate)
      await new Promise(setImmediate)
      await Promise.all([copyIn(tx, [rows]), query])
    }),
    /another query of the transaction is under way/,
  )
  assert.equal((await sql`select from thing`).length, 0)
})

test("queries that follow while the socket is lent wait for it", async t => {
  const url = await makeTestDatabase(t, "empty")
  const sql = openPool({ kind: "given", url }, { ...poolLimits, connections: 2 })
  t.after(() => sql.end({ timeout: 5 }))
  await sql`create table thing (id int8 primary key)`
  const rows = createCopyRows("thing", ["id"])
  for (let id = 1; id <= 1000; id++) {
    rows.row()
    rows.int8(id)
  }
  await runTransaction(sql, async tx => {
    await tx`select`
    const copy = copyIn(tx, [rows])
    await Promise.resolve()
    const [counted] = await Promise.all([tx<{ n: number }[]>`select count(*) as n from thing`, copy])
    assert.equal(counted[0]?.n, 1000)
  })
})

test("lets a reader ask something else between two rows, though the stream is full", async t => {
  const url = await makeTestDatabase(t, "empty")
  const sql = openPool({ kind: "given", url }, { ...poolLimits, connections: 2 })
  t.after(() => sql.end({ timeout: 5 }))
  await sql`create table wide (id int, data bytea)`
  await sql`alter table wide alter column data set storage external`
  for (let id = 0; id < 3; id++) await sql`insert into wide values (${id}, ${Buffer.alloc(260_000)})`
  let rows = 0
  for await (const _ of copyOut(sql, "select id, data from wide order by id")) {
    rows++
    await sql`select 1`
  }
  assert.equal(rows, 3)
})
