import assert from "node:assert/strict"
import { test } from "node:test"
import { FIELDS_LIMIT } from "@letterkeep/mime"
import { gather, headerLimit } from "./gather.ts"

function run(pieces: readonly Buffer[]) {
  const seen = { header: "", body: "" }
  const gathering = gather(
    block => {
      seen.header += `[${block.toString("latin1")}]`
    },
    chunk => {
      seen.body += chunk.toString("latin1")
    },
  )
  for (const piece of pieces) gathering.write(piece)
  const whole = gathering.end().toString("latin1")
  return { ...seen, whole, fault: gathering.headerFault }
}

const messages = ["A: b\r\n c\r\n\r\nbody\r\n\r\nmore\r\n", "\r\nbody\r\n", "A: b\r\n", "A: b\r\n\r\n", ""]

for (const message of messages)
  test(`finds header and body wherever the pieces are cut: ${JSON.stringify(message)}`, () => {
    const bytes = Buffer.from(message)
    const expected = run([bytes])
    assert.equal(expected.whole, message)
    for (let one = 0; one <= bytes.length; one++)
      for (let two = one; two <= bytes.length; two++)
        assert.deepEqual(
          run([bytes.subarray(0, one), bytes.subarray(one, two), bytes.subarray(two)]),
          expected,
          `cut at ${one} and ${two}`,
        )
  })

test("hands on the header without its empty line, once, and then the body", () => {
  assert.deepEqual(run([Buffer.from("A: b\r\n\r\nbody\r\n")]), {
    header: "[A: b\r\n]",
    body: "body\r\n",
    whole: "A: b\r\n\r\nbody\r\n",
    fault: undefined,
  })
})

test("says when a header has no end, and hands nothing on", () => {
  const line = Buffer.from(`X: ${"y".repeat(900)}\r\n`)
  const pieces = Array.from({ length: Math.ceil(headerLimit / line.length) + 1 }, () => line)
  const found = run(pieces)
  assert.equal(found.fault, "too-long")
  assert.equal(found.header, "")
})

test("a header that is too long is so however it is cut", () => {
  const message = Buffer.from(`X: ${"y".repeat(headerLimit)}\r\n\r\nbody\r\n`)
  assert.deepEqual([run([message]).fault, run([message]).header], ["too-long", ""])
})

test("hands on as many fields as the limit, folds not counted, and nothing of a header that has more", () => {
  const most = "A: b\r\n c\r\n".repeat(FIELDS_LIMIT)
  for (const end of ["", "\r\nbody\r\n"]) {
    const enough = run([Buffer.from(most + end)])
    assert.deepEqual([enough.fault, enough.header], [undefined, `[${most}]`])
    for (const last of ["C: d", "C: d\r\n"].slice(end === "" ? 0 : 1)) {
      const tooMany = run([Buffer.from(most + last + end), Buffer.from("more")])
      assert.deepEqual([tooMany.fault, tooMany.header, tooMany.body], ["too-many-fields", "", ""])
    }
  }
})
