import assert from "node:assert/strict"
import { test } from "node:test"
import { copyIn } from "../copy.ts"
import { createCopyRows } from "../copy-rows.ts"
import { openPool, poolLimits } from "../pool.ts"
import { makeTestDatabase } from "../test-store.ts"
import { runTransaction } from "../transaction.ts"
import { PostgresSocket } from "./postgres-socket.ts"

/** Far more than a socket takes at once, so that it tells when it has drained. */
const manyBytes = 8 * 1024 * 1024

test("a large COPY lends the transaction's connection to nobody", async t => {
  const url = await makeTestDatabase(t, "empty")
  const sql = openPool({ kind: "given", url }, { ...poolLimits, connections: 1 })
  t.after(() => sql.end({ timeout: 5 }))
  await sql.unsafe("create table thing (id int8 primary key, data bytea)")
  const rows = createCopyRows("thing", ["id", "data"])
  rows.row()
  rows.int8(1)
  rows.bytea(Buffer.alloc(manyBytes))
  const order: string[] = []
  let outside: Promise<unknown> = Promise.resolve()
  await runTransaction(sql, async tx => {
    outside = sql`select from thing`.then(found => order.push(`outside, ${found.length} row`))
    await copyIn(tx, [rows])
    await tx`select 1`
    order.push("inside")
  })
  await outside
  assert.deepEqual(order, ["inside", "outside, 1 row"])
})

test("sees that the server is ready, wherever its answer is cut in two", () => {
  const answer = Buffer.concat([
    Buffer.from("C\0\0\0\x0dSELECT 1\0", "latin1"),
    Buffer.from("Z\0\0\0\x05T", "latin1"),
  ])
  for (let at = 0; at <= answer.length; at++) {
    const socket = new PostgresSocket()
    for (const piece of [answer.subarray(0, at), answer.subarray(at)])
      if (piece.length > 0) socket.emit("data", piece)
    socket.borrow(() => undefined)
    socket.destroy()
  }
})

test("is not lent while an answer is still to come", () => {
  const socket = new PostgresSocket()
  socket.emit("data", Buffer.from("C\0\0\0\x0dSELECT 1\0", "latin1"))
  assert.throws(() => socket.borrow(() => undefined), /under way/)
  socket.destroy()
})
