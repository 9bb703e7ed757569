import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { openPool, poolLimits, type Sql } from "./pool.ts"
import { StoreError } from "./store-error.ts"
import { makeTestDatabase } from "./test-store.ts"
import { afterCommit, runTransaction } from "./transaction.ts"

const isTemporary = (error: unknown): boolean => error instanceof StoreError && error.temporary

/** A query may still meet the breaking connection: it is answered, as temporary, and the pool comes back. */
async function comesBack(sql: Sql): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      return (await sql`select 1`).length === 1
    } catch (error) {
      assert.ok(isTemporary(error))
    }
  }
  return false
}

for (const way of ["own sockets", "the driver's sockets"] as const) {
  async function open(t: TestContext) {
    const url = await makeTestDatabase(t, "empty")
    const suffix = way === "own sockets" ? "" : "&sslmode=prefer"
    const pool = (): Sql => {
      const sql = openPool({ kind: "given", url: url + suffix }, { ...poolLimits, connections: 1 })
      t.after(() => sql.end({ timeout: 1 }))
      return sql
    }
    const [sql, other] = [pool(), pool()]
    await sql`create table thing (id int8 primary key)`
    const count = async (): Promise<number> => (await other`select from thing`).length
    const cut = async (tx: Pick<Sql, "unsafe">): Promise<void> => {
      const [own] = await tx.unsafe("select pg_backend_pid() as pid")
      await other`select pg_terminate_backend(${Number(own?.pid)})`
    }
    return { sql, other, count, cut }
  }

  test(`${way}: commits when the work resolves, and gives its result`, async t => {
    const { sql, count } = await open(t)
    const result = await runTransaction(sql, async tx => {
      await tx`insert into thing values (1)`
      return "done"
    })
    assert.equal(result, "done")
    assert.equal(await count(), 1)
  })

  test(`${way}: rolls back when the work rejects, with its own error`, async t => {
    const { sql, count } = await open(t)
    const own = new RangeError("mine")
    const work = runTransaction(sql, async tx => {
      await tx`insert into thing values (1)`
      throw own
    })
    await assert.rejects(work, own)
    assert.equal(await count(), 0)
    assert.equal((await sql`select 1`).length, 1)
  })

  test(`${way}: a failure that the work swallows still undoes everything, and is told`, async t => {
    const { sql, count } = await open(t)
    const work = runTransaction(sql, async tx => {
      await tx`insert into thing values (1)`
      await tx`insert into thing values (1)`.catch(() => undefined)
    })
    await assert.rejects(work, { code: "23505" })
    assert.equal(await count(), 0)
  })

  test(`${way}: a lost connection rejects as temporary, again and again, and the pool of one goes on`, async t => {
    const { sql, cut, count } = await open(t)
    for (let round = 0; round < 8; round++) {
      const work = runTransaction(sql, async tx => {
        await tx`insert into thing values (${round})`
        await cut(tx)
        await tx`select 1`
      })
      await assert.rejects(work, isTemporary)
      assert.equal((await sql`select 1`).length, 1)
    }
    assert.equal(await count(), 0)
  })

  test(`${way}: work that goes on after the loss reaches nobody else's transaction`, async t => {
    const { sql, cut, count } = await open(t)
    const stray = runTransaction(sql, async tx => {
      await cut(tx)
      await tx`select 1`.catch(() => undefined)
      await runTransaction(sql, async theirs => {
        await theirs`insert into thing values (1)`
        await assert.rejects(async () => tx`insert into thing values (2)`, isTemporary)
      })
    })
    await assert.rejects(stray, isTemporary)
    assert.equal(await count(), 1)
  })

  test(`${way}: a query after the end of its transaction is refused`, async t => {
    const { sql } = await open(t)
    const escaped = await runTransaction(sql, async tx => ({ tx }))
    await assert.rejects(async () => escaped.tx`select 1`, /the transaction has ended/)
  })

  test(`${way}: queries outside of a transaction reject as temporary when their connection is cut`, async t => {
    const { sql, other } = await open(t)
    for (let round = 0; round < 8; round++) {
      const [own] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
      const sleeping = sql`select pg_sleep(30)`
      const outcome = assert.rejects(async () => sleeping, isTemporary)
      await other`select pg_terminate_backend(${own?.pid ?? 0})`
      // Sent into the breaking connection: each is answered, one way or the other.
      await Promise.allSettled([sql`select 1`, sql`select ${round}::int8`])
      await outcome
      assert.ok(await comesBack(sql))
    }
  })

  test(`${way}: what is to be done after the commit is done once, and only where there was one`, async t => {
    const { sql, count, cut } = await open(t)
    const done: string[] = []
    await runTransaction(sql, async tx => {
      for (const word of ["one", "two"]) afterCommit(tx, () => void done.push(word))
      await tx`insert into thing values (1)`
      assert.deepEqual(done, [])
    })
    assert.deepEqual([done, await count()], [["one", "two"], 1])
    const undone = runTransaction(sql, async tx => {
      afterCommit(tx, () => void done.push("undone"))
      throw new Error("undone")
    })
    await assert.rejects(undone, /undone/)
    const lost = runTransaction(sql, async tx => {
      afterCommit(tx, () => void done.push("lost"))
      await cut(tx)
    })
    await assert.rejects(lost, isTemporary)
    assert.deepEqual(done, ["one", "two"])
  })

  test(`${way}: bigint comes as a number, and over 2^53 as an error`, async t => {
    const { sql } = await open(t)
    const [row] = await sql`select 9007199254740991::int8 as a, '{1,2}'::int8[] as b, '\\x00ff'::bytea as c`
    assert.deepEqual({ ...row }, { a: 9007199254740991, b: [1, 2], c: Buffer.from([0, 255]) })
    await assert.rejects(async () => sql`select 9007199254740992::int8`, RangeError)
    const lists = await sql`select ${sql.array([1, 2])}::int8[] as a, ${sql.array(["x", "y"])}::text[] as b`
    assert.deepEqual({ ...lists[0] }, { a: [1, 2], b: ["x", "y"] })
  })
}

test("a database that is not there rejects as temporary", async t => {
  const sql = openPool(
    { kind: "given", url: "postgres://nobody@127.0.0.1:1/none" },
    { ...poolLimits, connections: 2 },
  )
  t.after(() => sql.end({ timeout: 1 }))
  for (let round = 0; round < 5; round++) await assert.rejects(async () => sql`select 1`, isTemporary)
  await assert.rejects(
    runTransaction(sql, async () => undefined),
    isTemporary,
  )
})

test("what the database says of values stays out of the error", async t => {
  const url = await makeTestDatabase(t, "empty")
  const sql = openPool({ kind: "given", url }, { ...poolLimits, connections: 1 })
  t.after(() => sql.end({ timeout: 1 }))
  await sql`create table thing (address text primary key)`
  await sql`insert into thing values ('canary@example.org')`
  for (const query of [
    sql`insert into thing values ('canary@example.org')`,
    sql`select 'canary@example.org'::int`,
  ]) {
    await assert.rejects(
      async () => query,
      (error: unknown) => {
        for (let told = error; told instanceof Error; told = told.cause) {
          assert.doesNotMatch(JSON.stringify({ ...told, message: told.message }), /canary/)
        }
        return error instanceof StoreError
      },
    )
  }
})
