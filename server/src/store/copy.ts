import { finished } from "node:stream/promises"
import type { CopyRows, SendableRows } from "./copy-rows.ts"
import type { Sql, Tx } from "./pool.ts"
import { StoreError, toStoreError } from "./store-error.ts"

/** One COPY … FROM STDIN (FORMAT binary). Rejects when the database refuses a row; the transaction is then lost. */
export async function copyIn(tx: Tx, rows: CopyRows): Promise<void> {
  if (!isSendable(rows)) throw new TypeError("rows that createCopyRows did not make")
  const columns = rows.columns.map(quoteName).join(", ")
  const query = tx.unsafe(`copy ${quoteName(rows.table)} (${columns}) from stdin (format binary)`)
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
  for (const part of rows.finish()) {
    if (!stream.write(part)) await Promise.race([drained(stream), refused.promise])
  }
  stream.end()
  await Promise.race([finished(stream), refused.promise]).catch((error: unknown) => {
    throw toStoreError(error)
  })
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once("drain", resolve)
    stream.once("error", reject)
    stream.once("close", () => reject(new StoreError("the COPY was cut off", { temporary: true })))
  })
}

/** A fast check by shape: only `createCopyRows` makes these. */
function isSendable(rows: CopyRows): rows is SendableRows {
  return "finish" in rows && typeof rows.finish === "function"
}

function quoteName(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new RangeError("not a plain name of a table or column")
  return `"${name}"`
}

/** Filled in by the binary client. */
export async function* copyOut(_sql: Sql | Tx, _query: string): AsyncIterable<readonly (Buffer | null)[]> {
  yield* []
}
