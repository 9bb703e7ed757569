import type { Refusal } from "../store-error.ts"

/** ErrorResponse: fields of a letter and a text up to its NUL. */
export function readRefusal(body: Buffer): Refusal {
  const fields = new Map(
    body
      .toString()
      .split("\0")
      .map(field => [field.slice(0, 1), field.slice(1)]),
  )
  return { code: fields.get("C") ?? "", message: fields.get("M") ?? "", constraint: fields.get("n") }
}
