import { literal } from "./literal.ts"

/**
 * What a prepared query of `ask` takes: whole numbers and uuids (16 bytes), and lists of them. Text is not among
 * them: where rows are told apart by text, a keyed hash or an id stands for it.
 */
export type QueryValue = number | Uint8Array | readonly number[] | readonly Uint8Array[]

/** As a parameter in Postgres' text format. Throws RangeError as `literal` does. */
export function asParameter(value: QueryValue): string {
  if (typeof value === "number") return whole(value)
  if (value instanceof Uint8Array) return uuid(value)
  return `{${value.map(each => (typeof each === "number" ? whole(each) : uuid(each))).join(",")}}`
}

/** The same in the place of its parameter, for a query that takes none. */
export function asLiteral(value: QueryValue): string {
  if (typeof value === "number") return literal.number(value)
  if (value instanceof Uint8Array) return literal.uuid(value)
  return `'${asParameter(value)}'`
}

/** `text` with every $1, $2, … as a literal. */
export function withLiterals(text: string, values: readonly QueryValue[]): string {
  return text.replace(/\$(\d+)/g, (_, number: string) => {
    const value = values[Number(number) - 1]
    if (value === undefined) throw new RangeError(`a query without its value $${number}`)
    return asLiteral(value)
  })
}

function whole(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError("not a safe whole number")
  return String(value)
}

function uuid(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError("a uuid has 16 bytes")
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")
}
