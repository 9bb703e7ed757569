import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { createRelaxedBody, createSimpleBody } from "./body-canon.ts"

type Create = typeof createRelaxedBody

function canonical(create: Create, chunks: readonly Buffer[]): string {
  const out: Buffer[] = []
  const canon = create(bytes => void out.push(Buffer.from(bytes)))
  for (const chunk of chunks) canon.update(chunk)
  canon.finish()
  return Buffer.concat(out).toString("latin1")
}

const whole = (create: Create, text: string) => canonical(create, [Buffer.from(text, "latin1")])

/** The rules of RFC 6376 §3.4.3 and §3.4.4 as they are told there, on a whole body. */
const byTheBook = {
  simple: (text: string) => `${text.replace(/(?:\r\n)+$/, "")}\r\n`,
  relaxed: (text: string) => {
    const lines = text.split("\r\n").map(line => line.replace(/[ \t]+/g, " ").replace(/ $/, ""))
    const bare = lines.join("\r\n").replace(/(?:\r\n)+$/, "")
    return bare === "" ? "" : `${bare}\r\n`
  },
}

test("relaxes the example of RFC 6376 §3.4.5", () => {
  assert.equal(whole(createRelaxedBody, " C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n")
  assert.equal(whole(createSimpleBody, " C \r\nD \t E\r\n\r\n\r\n"), " C \r\nD \t E\r\n")
})

test("makes one line end of an empty body in simple form, and nothing of it in relaxed form", () => {
  for (const empty of ["", "\r\n", "\r\n\r\n\r\n"]) {
    assert.equal(whole(createSimpleBody, empty), "\r\n")
    assert.equal(whole(createRelaxedBody, empty), "")
  }
  assert.equal(whole(createRelaxedBody, " \t\r\n \r\n"), "")
})

test("ends a body that lacks its last line end", () => {
  assert.equal(whole(createSimpleBody, "a"), "a\r\n")
  assert.equal(whole(createRelaxedBody, "a \t"), "a\r\n")
})

test("takes a bare CR or LF as an ordinary byte", () => {
  assert.equal(whole(createRelaxedBody, "a \rb \nc\r"), "a \rb \nc\r\r\n")
  assert.equal(whole(createSimpleBody, "a\r\n\r"), "a\r\n\r\r\n")
})

test("gives the same for the same bytes cut at every position", () => {
  const text = "a  b\t\r\n\r\n \r\n\t c \rd\n \r\n\r\n\r\ne\r\n \r\n\r\n\r"
  const bytes = Buffer.from(text, "latin1")
  for (const [create, rules] of [
    [createSimpleBody, byTheBook.simple],
    [createRelaxedBody, byTheBook.relaxed],
  ] as const) {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      for (let again = cut; again <= bytes.length; again += 1) {
        const chunks = [bytes.subarray(0, cut), bytes.subarray(cut, again), bytes.subarray(again)]
        assert.equal(canonical(create, chunks), rules(text), `cut at ${cut} and ${again}`)
      }
    }
  }
})

test("does by spans what the rules say for any body in any chunks", () => {
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("a", " ", "\t", "\r\n", "\r", "\n", "  ", " \r\n", "word ") },
    { weight: 1, arbitrary: fc.nat(1500).map(count => "x".repeat(count)) },
    { weight: 1, arbitrary: fc.nat(40).map(count => "\r\n".repeat(count)) },
    { weight: 1, arbitrary: fc.nat(300).map(count => "lorem ipsum dolor ".repeat(count % 80)) },
  )
  const body = fc.array(piece, { maxLength: 40 }).map(pieces => pieces.join(""))
  fc.assert(
    fc.property(body, fc.array(fc.nat(4000), { maxLength: 5 }), (text, cuts) => {
      const bytes = Buffer.from(text, "latin1")
      const places = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const chunks = places.slice(1).map((end, at) => bytes.subarray(places[at], end))
      assert.equal(canonical(createSimpleBody, chunks), byTheBook.simple(text))
      assert.equal(canonical(createRelaxedBody, chunks), byTheBook.relaxed(text))
    }),
    { numRuns: 400 },
  )
})

test("keeps the line end between long lines that come in chunks of their own", () => {
  const lines = ["x".repeat(2000), "y".repeat(2000), "z".repeat(2000)].map(line => Buffer.from(`${line}\r\n`))
  const text = Buffer.concat(lines).toString("latin1")
  assert.equal(canonical(createRelaxedBody, lines), text)
  assert.equal(canonical(createSimpleBody, lines), text)
})

test("keeps a flood of empty lines as a count, and gives them back when text follows", () => {
  const flood = "\r\n".repeat(100_000)
  assert.equal(whole(createRelaxedBody, `a${flood}b\r\n`), `a${flood}b\r\n`)
  assert.equal(whole(createRelaxedBody, `a${flood}`), "a\r\n")
  assert.equal(whole(createRelaxedBody, `a${flood} \t \r\n\t`), "a\r\n")
  assert.equal(whole(createRelaxedBody, `a${flood} \t \r\n\tb`), `a${flood}\r\n b\r\n`)
  assert.equal(whole(createRelaxedBody, `${" \r\n".repeat(5000)} \tb`), `${"\r\n".repeat(5000)} b\r\n`)
})
