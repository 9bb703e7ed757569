import assert from "node:assert/strict"
import { test } from "node:test"
import { literalHeaderOf } from "./segment.ts"

test("finds a literal's head at the end of a line, and nowhere else", () => {
  const cases = [
    ["a {5}", { octets: 5, waits: true, eight: false, at: 2 }],
    ["a {5+}", { octets: 5, waits: false, eight: false, at: 2 }],
    ["a ~{05}", { octets: 5, waits: true, eight: true, at: 2 }],
    ["~{0+}", { octets: 0, waits: false, eight: true, at: 0 }],
    ["{9999999999}", { octets: 9_999_999_999, waits: true, eight: false, at: 0 }],
    ["x{1}{2}", { octets: 2, waits: true, eight: false, at: 4 }],
  ] as const
  for (const [line, header] of cases) assert.deepEqual(literalHeaderOf(Buffer.from(line)), header, line)
  for (const line of ["", "}", "{}", "{+}", "5}", "{5} ", "{5-}", "{ 5}", "{5++}", "{x}", '"{5}"', "+}"]) {
    assert.equal(literalHeaderOf(Buffer.from(line)), undefined, line)
  }
})
