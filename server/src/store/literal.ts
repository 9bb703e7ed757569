/**
 * SQL text for values in a COPY query, which takes no parameters. Each function checks what it renders and
 * throws RangeError on anything else; text is not among them, so that no quoting can go wrong.
 */
export const literal = {
  /** A whole number within ±(2^53 − 1). */
  number(value: number): string {
    if (!Number.isSafeInteger(value)) throw new RangeError("not a safe whole number")
    return value < 0 ? `(${value})` : `${value}`
  },
  numbers(values: readonly number[]): string {
    return `'{${values.map(value => literal.number(value).replace(/[()]/g, "")).join(",")}}'::bigint[]`
  },
  /** 16 bytes. */
  uuid(bytes: Uint8Array): string {
    if (bytes.length !== 16) throw new RangeError("a uuid has 16 bytes")
    return `'${Buffer.from(bytes).toString("hex")}'::uuid`
  },
  uuids(values: readonly Uint8Array[]): string {
    return `array[${values.map(value => literal.uuid(value)).join(",")}]::uuid[]`
  },
  bytea(bytes: Uint8Array): string {
    return `'\\x${Buffer.from(bytes).toString("hex")}'::bytea`
  },
} as const
