import { poolOf, type Sql, type Tx } from "./pool.ts"
import { type DriverQuery, guardQueries, rejectLost } from "./query-guard.ts"
import { StoreError, toStoreError } from "./store-error.ts"
import type { PostgresSocket } from "./wire/postgres-socket.ts"

/**
 * Runs `work` in one transaction: committed, and on the disk, when it resolves; rolled back when `work` rejects, or
 * when a query of it failed whatever `work` made of that.
 *
 * Not by the driver's own `begin`: that goes on using a connection after it was lost, where its roll-back ends the
 * whole process, or reaches a connection that by then serves somebody else.
 */
export async function runTransaction<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  const connection = await openConnection(sql)
  try {
    const { tx } = connection
    let result: T
    try {
      result = await work(tx)
    } catch (error) {
      await connection.rollBack()
      throw error
    }
    const { command } = await tx`commit`
    if (command !== "COMMIT")
      throw connection.firstFailure() ?? new StoreError("a transaction was undone", { temporary: true })
    for (const hook of hooks.get(connection.tx) ?? []) hook()
    return result
  } catch (error) {
    throw toStoreError(error)
  } finally {
    connection.close()
  }
}

/**
 * Calls `hook`, which must not throw, once `tx` has been committed. It is not called where the transaction was undone,
 * nor where the connection was lost before the answer came, so that nobody knows.
 */
export function afterCommit(tx: Tx, hook: () => void): void {
  const known = hooks.get(tx)
  if (known === undefined) hooks.set(tx, [hook])
  else known.push(hook)
}

const hooks = new WeakMap<object, (() => void)[]>()

/** The socket of a transaction, to be borrowed for COPY; `undefined` where the driver keeps sockets to itself. */
export function socketOf(tx: Tx): PostgresSocket | undefined {
  const find = sockets.get(tx)
  if (find === undefined) throw new TypeError("COPY needs the tx of a transaction")
  return find()
}

const sockets = new WeakMap<object, () => PostgresSocket | undefined>()

async function openConnection(sql: Sql) {
  const pool = poolOf(sql)
  const reserved = await pool.reserve()
  let lost = false
  let over = false
  let failure: unknown
  const running = new Set<DriverQuery>()
  const tx = guardQueries<Tx>(
    () => reserved.sql,
    {
      started(query) {
        running.add(query)
        return () => void running.delete(query)
      },
      mayRun() {
        if (over) throw new StoreError("the transaction has ended", { temporary: false })
        if (lost) throw new StoreError("the database connection was lost", { temporary: true })
      },
      failed(error) {
        failure ??= error
        pool.sawFailure(error)
      },
    },
    {},
  )
  // The driver shows its connection to `onexecute` alone, and calls `onclose` of it when that is lost.
  const onexecute = (connection: { onclose: unknown }): boolean => {
    connection.onclose = () => {
      lost = true
      rejectLost(running)
    }
    return true
  }
  const options: object = { onexecute }
  const { state } = await tx.unsafe("begin", [], options).catch((error: unknown) => {
    reserved.done(lost ? "lost" : "give back")
    throw error
  })
  const pid = state?.pid
  sockets.set(tx, () => {
    if (pool.findSocket === undefined) return undefined
    const socket = lost || pid === undefined || pid === null ? undefined : pool.findSocket(pid)
    if (socket === undefined) throw new StoreError("the database connection was lost", { temporary: true })
    return socket
  })
  return {
    tx,
    async rollBack() {
      if (lost) return
      await tx`rollback`.catch((error: unknown) => {
        // Lost in the meantime: the server rolls back by itself.
        if (!lost) throw error
      })
    },
    firstFailure: () => failure,
    close() {
      over = true
      reserved.done(lost ? "lost" : "give back")
    },
  }
}
