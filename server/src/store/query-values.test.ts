import assert from "node:assert/strict"
import { test } from "node:test"
import { asParameter, type QueryValue, withLiterals } from "./query-values.ts"

const id = Buffer.from("00112233445566778899aabbccddeeff", "hex")

test("writes numbers, uuids and lists of them, as parameters and as literals", () => {
  const cases: [QueryValue, string, string][] = [
    [5, "5", "5"],
    [-5, "-5", "(-5)"],
    [id, "00112233445566778899aabbccddeeff", "'00112233445566778899aabbccddeeff'::uuid"],
    [[1, -2], "{1,-2}", "'{1,-2}'"],
    [[id], "{00112233445566778899aabbccddeeff}", "'{00112233445566778899aabbccddeeff}'"],
    [[], "{}", "'{}'"],
  ]
  for (const [value, parameter, literal] of cases) {
    assert.equal(asParameter(value), parameter)
    assert.equal(withLiterals("$1", [value]), literal)
  }
  assert.equal(withLiterals("$2 $1 $10", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), "2 1 10")
})

test("refuses what is no safe whole number, a uuid of another length, and a value that is missing", () => {
  for (const value of [0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY, [1, 0.5], Buffer.alloc(15)])
    assert.throws(() => asParameter(value), RangeError)
  assert.throws(() => withLiterals("$2", [1]), RangeError)
})
