import { once } from "node:events"
import { finished } from "node:stream/promises"
import { createCopyReader } from "./copy-reader.ts"
import type { CopyRows, SendableRows } from "./copy-rows.ts"
import { poolOf, type Reserved, type Sql, type Tx } from "./pool.ts"
import { toStoreError } from "./store-error.ts"
import { socketOf } from "./transaction.ts"
import { type Copy, copyBorrowed } from "./wire/copy-borrowed.ts"

/**
 * COPY … FROM STDIN (FORMAT binary) for one table or several in their order. Rejects when the database refuses a
 * row; the transaction is then lost. All go out in one write where the socket can be borrowed; over TLS, one after
 * another through the driver.
 */
export async function copyIn(tx: Tx, tables: readonly CopyRows[]): Promise<void> {
  const copies = tables.map(rows => {
    if (!isSendable(rows)) throw new TypeError("rows that createCopyRows did not make")
    const columns = rows.columns.map(quoteName).join(", ")
    return { statement: `copy ${quoteName(rows.table)} (${columns}) from stdin (format binary)`, rows }
  })
  const socket = socketOf(tx)
  if (socket !== undefined) return copyBorrowed(socket, copies)
  for (const copy of copies) await copyByDriver(tx, copy)
}

async function copyByDriver(tx: Tx, { statement, rows }: Copy): Promise<void> {
  const query = tx.unsafe(statement)
  const refused = Promise.withResolvers<never>()
  refused.promise.catch(() => undefined)
  // The driver forgets the query once its stream is open: a refusal after the last byte reaches only `reject`.
  const held: { reject?: (error: unknown) => void } = query as object
  const reject = held.reject
  held.reject = error => {
    refused.reject(toStoreError(error))
    reject?.(error)
  }
  const stream = await query.writable()
  const ended = finished(stream)
  ended.catch(() => undefined)
  try {
    for (const part of rows.finish()) {
      if (!stream.write(part)) await Promise.race([once(stream, "drain"), ended, refused.promise])
    }
    stream.end()
    await Promise.race([ended, refused.promise])
  } catch (error) {
    throw toStoreError(error)
  }
}

/** A fast check by shape: only `createCopyRows` makes these. */
function isSendable(rows: CopyRows): rows is SendableRows {
  return "finish" in rows && typeof rows.finish === "function"
}

function quoteName(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new RangeError("not a plain name of a table or column")
  return `"${name}"`
}

/**
 * COPY (query) TO STDOUT (FORMAT binary). Leaving early reads the rest and drops it: the way is then free again.
 * It has a connection to itself: the driver would queue other queries behind the stream, and a reader who asks one
 * between two rows would wait for itself.
 */
export async function* copyOut(sql: Sql, query: string): AsyncGenerator<readonly (Buffer | null)[]> {
  const reserved = await poolOf(sql).reserve()
  try {
    yield* readCopy(reserved.sql, query)
  } finally {
    reserved.done("give back")
  }
}

/** The same on a connection that the caller has to itself. */
export async function* readCopy(
  sql: Pick<Reserved["sql"], "unsafe">,
  query: string,
): AsyncGenerator<readonly (Buffer | null)[]> {
  const stream = await sql.unsafe(`copy (${query}) to stdout (format binary)`).readable()
  const reader = createCopyReader()
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield* reader.read(chunk)
  } catch (error) {
    throw toStoreError(error)
  } finally {
    if (!stream.readableEnded && !stream.destroyed) await finished(stream.resume()).catch(() => undefined)
    // The driver pauses its socket for a full stream and forgets it when the stream ends before it is empty.
    stream._read(0)
  }
}
