import type { SendableRows } from "../copy-rows.ts"
import { fromAnswer, type Refusal, StoreError } from "../store-error.ts"
import { readRefusal } from "./error-response.ts"
import type { PostgresSocket } from "./postgres-socket.ts"

/**
 * COPY … FROM STDIN for several tables in one write and one answer: queries and their data go out together, as the
 * protocol allows (a server that refuses a COPY skips the data up to its end). PostgreSQL manual, "Message Formats".
 */
export interface Copy {
  readonly statement: string
  readonly rows: SendableRows
}

/** Up to so many bytes a CopyData message, except for one part that is larger by itself. */
const copyDataBytes = 64 * 1024
const headerBytes = 5

export function copyBorrowed(socket: PostgresSocket, copies: readonly Copy[]): Promise<void> {
  const answer = Promise.withResolvers<void>()
  const reader = createAnswerReader(copies.length)
  let refusal: StoreError | undefined
  let copied = 0
  const lost = (): void =>
    answer.reject(new StoreError("the database connection was lost during COPY", { temporary: true }))
  socket.borrow(piece => {
    try {
      for (const message of reader.read(piece)) {
        if (message.kind === "refused") refusal ??= fromAnswer(message)
        else copied += message.rows
      }
      if (!reader.complete()) return
      const expected = copies.reduce((sum, copy) => sum + copy.rows.count, 0)
      if (refusal !== undefined) answer.reject(refusal)
      else if (copied === expected) answer.resolve()
      else answer.reject(new StoreError(`COPY took ${copied} of ${expected} rows`, { temporary: false }))
    } catch (error) {
      socket.destroy()
      answer.reject(error)
    }
  })
  socket.once("close", lost)
  socket.writeBorrowed(copies.flatMap(renderCopy))
  return answer.promise.finally(() => {
    socket.off("close", lost)
    socket.giveBack()
  })
}

/** Query, CopyData …, CopyDone. */
function renderCopy(copy: Copy): Uint8Array[] {
  const text = Buffer.from(`${copy.statement}\0`)
  const out: Uint8Array[] = [header("Q", text.length), text]
  let group: Uint8Array[] = []
  let bytes = 0
  const flush = (): void => {
    if (bytes > 0) out.push(header("d", bytes), ...group)
    group = []
    bytes = 0
  }
  for (const part of copy.rows.finish()) {
    if (bytes + part.length > copyDataBytes) flush()
    group.push(part)
    bytes += part.length
  }
  flush()
  out.push(header("c", 0))
  return out
}

function header(type: "Q" | "d" | "c", bytes: number): Buffer {
  const out = Buffer.allocUnsafe(headerBytes)
  out.write(type, 0, "latin1")
  out.writeInt32BE(bytes + 4, 1)
  return out
}

type Answer = { readonly kind: "copied"; readonly rows: number } | ({ readonly kind: "refused" } & Refusal)

/** Cuts what the server says into messages, and counts the ReadyForQuery that end each statement. */
function createAnswerReader(statements: number) {
  let left: Buffer = Buffer.alloc(0)
  let waiting = statements
  return {
    complete: () => waiting === 0,
    *read(piece: Buffer): Generator<Answer> {
      const bytes = left.length === 0 ? piece : Buffer.concat([left, piece])
      let at = 0
      while (bytes.length - at >= headerBytes) {
        const end = at + 1 + bytes.readUInt32BE(at + 1)
        if (end > bytes.length) break
        const type = String.fromCharCode(bytes[at] ?? 0)
        const body = bytes.subarray(at + headerBytes, end)
        at = end
        if (type === "Z") waiting--
        else if (type === "C")
          yield { kind: "copied", rows: Number(/^COPY (\d+)/.exec(body.toString())?.[1] ?? 0) }
        else if (type === "E") yield { kind: "refused", ...readRefusal(body) }
        // G CopyInResponse, N notice, S parameter, A notification: nothing that a COPY waits for.
        else if (!"GNSA".includes(type))
          throw new StoreError(`an unexpected ${type} in answer to COPY`, { temporary: false })
      }
      left = Buffer.from(bytes.subarray(at))
    },
  }
}
