/**
 * Prepared queries over a borrowed socket, in the protocol's binary format: Parse where the connection does not know
 * the query yet, then Bind, Execute and Sync in one write. Queries may follow one another without waiting; the server
 * answers in order. PostgreSQL manual, "Extended Query" and "Message Formats".
 */
import { createRowFields, type Fields } from "../fields.ts"
import { asParameter, type QueryValue } from "../query-values.ts"
import { fromAnswer, StoreError } from "../store-error.ts"
import { readRefusal } from "./error-response.ts"
import { createMessageReader } from "./message-reader.ts"
import type { PostgresSocket } from "./postgres-socket.ts"

export interface Conversation {
  /** All rows, read as they come. `text` is a constant: it stays prepared as long as the connection lives. */
  ask<T>(text: string, values: readonly QueryValue[], read: (fields: Fields) => T): Promise<T[]>
  /** Queries without their answer. */
  readonly pending: number
  readonly lost: boolean
  /** Gives the socket back; nothing may be pending. */
  end(): void
}

/** Prepared queries a connection; what comes beyond is parsed each time. */
const preparedLimit = 256

interface Pending {
  /** The name under which its Parse, which is on the way, keeps it. */
  readonly prepares: string | undefined
  readonly row: (bytes: Buffer, at: number) => void
  readonly settle: (failure: unknown) => void
  failure: unknown
}

interface Prepared {
  /** By the query's text: its name, and whether the server has said that it knows it. */
  readonly queries: Map<string, { readonly name: string; known: boolean }>
  names: number
}

const preparedOn = new WeakMap<PostgresSocket, Prepared>()

/** Throws when the socket is not free. `onLost` once, when the connection goes. */
export function converse(socket: PostgresSocket, onLost: () => void = () => undefined): Conversation {
  const naming = preparedOn.get(socket) ?? { queries: new Map(), names: 0 }
  preparedOn.set(socket, naming)
  const prepared = naming.queries
  const pending: Pending[] = []
  const reader = createMessageReader()
  const fields = createRowFields()
  let lost = false

  function answer(type: string, bytes: Buffer, at: number, end: number): void {
    const first = pending[0]
    if (first === undefined) return
    if (type === "D") first.row(bytes, at)
    else if (type === "1" && first.prepares !== undefined) markKnown(first.prepares)
    else if (type === "E") first.failure ??= fromAnswer(readRefusal(bytes.subarray(at, end)))
    else if (type === "Z") {
      pending.shift()
      if (first.prepares !== undefined) forgetUnknown(first.prepares)
      first.settle(first.failure)
    } else if (!"12CnNSAI".includes(type))
      throw new StoreError(`an unexpected ${type} in answer to a query`, { temporary: false })
  }
  const markKnown = (text: string): void => {
    const kept = prepared.get(text)
    if (kept !== undefined) kept.known = true
  }
  const forgetUnknown = (text: string): void => {
    if (prepared.get(text)?.known === false) prepared.delete(text)
  }
  function close(): void {
    lost = true
    for (const text of [...prepared.keys()]) forgetUnknown(text)
    for (const { failure, settle } of pending.splice(0))
      settle(failure ?? new StoreError("the database connection was lost", { temporary: true }))
    onLost()
  }

  socket.borrow(piece => {
    try {
      reader.read(piece, answer)
    } catch (error) {
      const [first] = pending
      if (first !== undefined) first.failure ??= error
      socket.destroy()
    }
  })
  socket.once("close", close)

  return {
    ask<T>(text: string, values: readonly QueryValue[], read: (fields: Fields) => T): Promise<T[]> {
      if (lost) return Promise.reject(new StoreError("the database connection was lost", { temporary: true }))
      const kept = prepared.get(text)
      const name = kept === undefined ? `ask${naming.names++}` : kept.name
      const prepares = kept === undefined && prepared.size < preparedLimit
      // While the Parse of a name is on its way it may still fail: who comes meanwhile asks without a name.
      const named = prepares || kept?.known === true
      const parse = named && !prepares ? undefined : text
      const parts = renderQuery(named ? name : "", parse, values)
      if (prepares) prepared.set(text, { name, known: false })
      return new Promise((resolve, reject) => {
        const rows: T[] = []
        const each: Pending = {
          prepares: prepares ? text : undefined,
          failure: undefined,
          row(bytes, at) {
            if (each.failure !== undefined) return
            try {
              fields.begin(bytes, at)
              rows.push(read(fields))
            } catch (error) {
              each.failure = error
            }
          },
          settle: failure => (failure === undefined ? resolve(rows) : reject(failure)),
        }
        pending.push(each)
        socket.writeBorrowed([parts])
      })
    },
    get pending() {
      return pending.length
    },
    get lost() {
      return lost
    },
    end() {
      if (pending.length > 0) throw new StoreError("queries are under way", { temporary: false })
      socket.off("close", close)
      if (!lost) socket.giveBack()
    },
  }
}

/** Parse (where `parse` is the text), Bind with all results binary, Execute, Sync. */
function renderQuery(name: string, parse: string | undefined, values: readonly QueryValue[]): Buffer {
  const parameters = values.map(asParameter)
  let bytes = 0
  if (parse !== undefined) bytes += 5 + name.length + 1 + Buffer.byteLength(parse) + 1 + 2
  const bind = 4 + 1 + name.length + 1 + 2 + 2 + parameters.reduce((sum, one) => sum + 4 + one.length, 0) + 4
  bytes += 1 + bind + 10 + 5
  const out = Buffer.allocUnsafe(bytes)
  let at = 0
  if (parse !== undefined) {
    at = out.writeUInt8(0x50, at) // Parse
    at = out.writeInt32BE(4 + name.length + 1 + Buffer.byteLength(parse) + 1 + 2, at)
    at += out.write(`${name}\0${parse}\0`, at, "utf8")
    at = out.writeInt16BE(0, at)
  }
  at = out.writeUInt8(0x42, at) // Bind
  at = out.writeInt32BE(bind, at)
  at += out.write(`\0${name}\0`, at, "latin1")
  at = out.writeInt16BE(0, at) // all parameters are text
  at = out.writeInt16BE(parameters.length, at)
  for (const parameter of parameters) {
    at = out.writeInt32BE(parameter.length, at)
    at += out.write(parameter, at, "latin1")
  }
  at = out.writeInt16BE(1, at) // one format for all results
  at = out.writeInt16BE(1, at) // binary
  at = out.writeUInt8(0x45, at) // Execute, all rows
  at = out.writeInt32BE(9, at)
  at = out.writeUInt8(0, at)
  at = out.writeInt32BE(0, at)
  at = out.writeUInt8(0x53, at) // Sync
  out.writeInt32BE(4, at)
  return out
}
