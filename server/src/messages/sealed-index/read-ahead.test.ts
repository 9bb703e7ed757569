import assert from "node:assert/strict"
import { createSecretKey, randomBytes } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import type { InputSegment } from "./merge-input.ts"
import { pageBytes, pageKind, pagesOf } from "./page-streams.ts"
import { readAhead } from "./read-ahead.ts"

const kind = pageKind.summaries

test("blocks one after the other get their pages, each read once and none behind the stream's end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3 * pageBytes[kind] }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      async (lengths, atOnce) => {
        const input: InputSegment = {
          id: 1,
          key: createSecretKey(randomBytes(32)),
          gone: new Set(),
          root: {
            emails: new Float64Array(),
            cut: { header: [], text: [], names: [] },
            summaries: lengths.map(octets => ({ octets, textOctets: 1, messages: 1 })),
            blocks: [],
          },
        }
        const there = Math.ceil(lengths.reduce((all, length) => all + length) / pageBytes[kind])
        const asked: number[] = []
        const read = readAhead(async (_, asks, first, count) => {
          assert.equal(asks, kind)
          const numbers = Array.from({ length: count }, (_, at) => first + at)
          asked.push(...numbers)
          return numbers.filter(no => no < there).map(no => Buffer.of(no))
        }, atOnce)
        let offset = 0
        for (const length of lengths) {
          const { first, last } = pagesOf(kind, { offset, length })
          const pages = await read(input, kind, first, last - first + 1)
          assert.deepEqual(
            pages.map(page => page[0]),
            Array.from({ length: last - first + 1 }, (_, at) => first + at),
          )
          offset += length
        }
        assert.deepEqual(
          asked,
          Array.from({ length: there }, (_, at) => at),
        )
      },
    ),
  )
})
