import { copyOut, readCopy } from "./copy.ts"
import { createRowFields, type Fields } from "./fields.ts"
import { poolOf, type Sql, type Tx } from "./pool.ts"
import { type QueryValue, withLiterals } from "./query-values.ts"
import { createReaders, type ReaderLimits, type Readers } from "./readers.ts"
import { toStoreError } from "./store-error.ts"
import { socketOf } from "./transaction.ts"
import { converse } from "./wire/conversation.ts"

export type Ask = <T>(
  where: Sql | Tx,
  text: string,
  values: readonly QueryValue[],
  read: (fields: Fields) => T,
) => Promise<T[]>

/**
 * Prepared queries with binary answers: on a reader's connection, or inside a transaction on its own. Where sockets
 * are the driver's alone (TLS), the same by COPY, which the database plans anew each time.
 */
export function createAsk(sql: Sql, limits: ReaderLimits): { ask: Ask; close(): Promise<void> } {
  const pool = poolOf(sql)
  const readers: Readers | undefined = pool.findSocket === undefined ? undefined : createReaders(pool, limits)
  return {
    async ask(where, text, values, read) {
      try {
        if (!isTransaction(where, sql)) {
          if (readers !== undefined) return await readers.ask(text, values, read)
          return await collect(copyOut(sql, withLiterals(text, values)), read)
        }
        const socket = socketOf(where)
        if (socket === undefined) return await collect(readCopy(where, withLiterals(text, values)), read)
        const conversation = converse(socket)
        try {
          return await conversation.ask(text, values, read)
        } finally {
          conversation.end()
        }
      } catch (error) {
        throw toStoreError(error)
      }
    },
    close: async () => await readers?.close(),
  }
}

function isTransaction(where: Sql | Tx, sql: Sql): where is Tx {
  return where !== sql
}

async function collect<T>(
  rows: AsyncIterable<readonly (Buffer | null)[]>,
  read: (fields: Fields) => T,
): Promise<T[]> {
  const fields = createRowFields()
  const found: T[] = []
  for await (const row of rows) {
    fields.begin(joined(row), 0)
    found.push(read(fields))
  }
  return found
}

/** The row as `Fields` read it. This way is the slow one anyway. */
function joined(row: readonly (Buffer | null)[]): Buffer {
  const count = Buffer.alloc(2)
  count.writeInt16BE(row.length)
  return Buffer.concat([
    count,
    ...row.flatMap(value => {
      const length = Buffer.alloc(4)
      length.writeInt32BE(value === null ? -1 : value.length)
      return value === null ? [length] : [length, value]
    }),
  ])
}
