import assert from "node:assert/strict"
import { createSecretKey, randomBytes } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { type AccountId, asId } from "../../store/ids.ts"
import { DamagedIndexError } from "./damaged-index-error.ts"
import { compress, decompress } from "./frame.ts"
import { type InputSegment, openPages } from "./merge-input.ts"
import { createStreamWriter, pageBytes, pageKind, pagesOf, readStretch } from "./page-streams.ts"
import { decodePostings, encodePostings } from "./postings.ts"
import { readRoot, writeRoot } from "./root.ts"
import { needleOf, scanTerms } from "./scan-terms.ts"
import { createSegmentWriter, type SealedPage } from "./segment-writer.ts"
import { createSummaryBlockWriter, openSummaryBlock, type SummaryRow } from "./summary-block.ts"
import { openTermCursor } from "./term-cursor.ts"
import { createTermPostings } from "./term-postings.ts"
import type { Probe } from "./terms.ts"
import { createOctets, readOctets } from "./varints.ts"

/** Records like those of literals. */
const plain = { noNullPrototype: true } as const
const isDamaged = (error: unknown) => error instanceof DamagedIndexError
const ordinalsBelow = (docs: number) =>
  fc.uniqueArray(fc.nat(docs - 1), { maxLength: docs }).map(all => all.sort((a, b) => a - b))

test("numbers come back, and one that is cut short is noticed", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2 ** 48 - 1)), numbers => {
      const out = createOctets(1)
      for (const number of numbers) out.number(number)
      const bytes = out.view()
      const read = readOctets(bytes)
      assert.deepEqual(
        numbers.map(() => read.number()),
        numbers,
      )
      assert.equal(read.left, 0)
      for (let end = 0; end < bytes.length; end++) {
        const cut = readOctets(bytes.subarray(0, end))
        assert.throws(() => numbers.map(() => cut.number()), isDamaged)
      }
    }),
  )
  assert.throws(() => readOctets(Buffer.alloc(9, 0xff)).number(), isDamaged)
})

test("postings come back, few and many, and none beyond the segment", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }).chain(docs => fc.tuple(fc.constant(docs), ordinalsBelow(docs))),
      ([docs, ordinals]) => {
        const bytes = encodePostings(ordinals, docs)
        assert.deepEqual([...decodePostings(bytes, docs)], ordinals)
        assert.ok(bytes.length <= 2 + docs / 8 || ordinals.length * 8 <= docs)
      },
    ),
  )
  assert.throws(() => decodePostings(Buffer.from([0, 5]), 5), isDamaged)
  assert.throws(() => decodePostings(Buffer.from([1, 255, 0]), 5), isDamaged)
  assert.throws(() => decodePostings(Buffer.from([7]), 5), isDamaged)
  assert.throws(() => decodePostings(Buffer.alloc(0), 5), isDamaged)
})

test("a stretch of a stream is what was written there, however the writing was cut", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(pageKind.texts, pageKind.lists),
      fc.array(fc.integer({ min: 0, max: 3 * pageBytes[pageKind.texts] }), { maxLength: 6 }),
      fc.nat(),
      (kind, sizes, seed) => {
        const pages: Buffer[] = []
        const out = createStreamWriter(kind, (no, plain) => {
          assert.equal(no, pages.length)
          pages.push(plain)
        })
        const pieces = sizes.map((size, at) => Buffer.alloc(size, `${seed % 1000}/${at};`))
        const places = pieces.map(piece => {
          const offset = out.length
          out.append(piece)
          return { offset, length: piece.length }
        })
        out.end()
        assert.ok(pages.every(page => page.length === pageBytes[kind]))
        for (const [at, place] of places.entries()) {
          if (place.length === 0) continue
          assert.ok(readStretch(kind, place, no => pages[no]).equals(pieces[at] ?? Buffer.alloc(0)))
          const { last } = pagesOf(kind, place)
          assert.throws(
            () => readStretch(kind, place, no => (no === last ? undefined : pages[no])),
            isDamaged,
          )
        }
      },
    ),
    { numRuns: 50 },
  )
})

test("a frame that was altered or cut is noticed", () => {
  const frame = compress(Buffer.from("words ".repeat(100)))
  assert.equal(decompress(frame).toString(), "words ".repeat(100))
  assert.throws(() => decompress(frame.subarray(0, -1)), isDamaged)
  assert.throws(() => decompress(Buffer.from("no frame")), isDamaged)
})

test("a root comes back", () => {
  const emails = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 1, maxLength: 50 })
  const number = fc.nat(2 ** 30)
  const block = fc.record(
    {
      dictionary: fc.nat(5),
      first: fc.string({ maxLength: 20 }).map(text => Buffer.from(text).toString("latin1")),
      count: number,
      terms: number,
      info: number,
      lists: number,
      grams: number,
    },
    plain,
  )
  const summary = fc.record({ octets: number, textOctets: number, messages: fc.nat(128) }, plain)
  fc.assert(
    fc.property(emails, fc.array(summary), fc.array(block), fc.nat(), (ids, summaries, blocks, some) => {
      const root = {
        emails: Float64Array.from(ids).sort(),
        cut: {
          header: ids.flatMap((_, at) => ((some + at) % 3 === 0 ? [at] : [])),
          text: ids.flatMap((_, at) => ((some + at) % 7 === 0 ? [at] : [])),
          names: [],
        },
        summaries,
        blocks,
      }
      const read = readRoot(writeRoot(root))
      assert.deepEqual(
        {
          ...read,
          cut: {
            header: Array.from(read.cut.header),
            text: Array.from(read.cut.text),
            names: Array.from(read.cut.names),
          },
        },
        root,
      )
    }),
  )
  assert.throws(() => readRoot(Buffer.alloc(3)), isDamaged)
  assert.throws(() => readRoot(Buffer.alloc(400)), isDamaged)
})

test("a block of summaries gives each message's part again, and none beyond its end", () => {
  const bytes = fc.uint8Array({ maxLength: 60 }).map(all => Buffer.from(all))
  const row: fc.Arbitrary<SummaryRow> = fc.record(
    {
      bodyId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(all => Buffer.from(all)),
      traceBytes: fc.nat(),
      messageBytes: fc.nat(),
      cut: fc.boolean(),
      version: fc.constantFrom(1, 2),
      envelope: bytes,
      bodyStructure: bytes,
      structure: bytes,
      rest: bytes,
    },
    plain,
  )
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), rows => {
      const block = openSummaryBlock(createSummaryBlockWriter()(rows), rows.length)
      assert.deepEqual(
        rows.map((_, at) => block.row(at)),
        rows,
      )
      assert.throws(() => block.row(rows.length), isDamaged)
      assert.throws(() => openSummaryBlock(createSummaryBlockWriter()(rows), rows.length + 1), isDamaged)
    }),
  )
})

test("a needle finds the terms that answer its probe, each once", () => {
  const term = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 5 })
  const how = fc.constantFrom<Probe["how"]>("contains", "starts", "ends", "is")
  fc.assert(
    fc.property(fc.uniqueArray(term, { minLength: 1 }), term, how, (all, text, way) => {
      const terms = all.sort()
      const hits: number[] = []
      scanTerms(Buffer.from(`\n${terms.join("\n")}\n`), needleOf({ how: way, text }), hit => hits.push(hit))
      const right = terms.flatMap((each, at) => {
        const answers = {
          contains: each.includes(text),
          starts: each.startsWith(text),
          ends: each.endsWith(text),
          is: each === text,
        }
        return answers[way] ? [at] : []
      })
      assert.deepEqual(hits, right)
    }),
    { numRuns: 500 },
  )
})

test("the dictionary of a segment gives its terms and their messages again, over any number of blocks", async () => {
  const docs = 40
  const name = { account: asId<AccountId>(1), id: 5, key: createSecretKey(randomBytes(32)) }
  const term = fc.string({ unit: fc.constantFrom("a", "b", "c", "é"), minLength: 1, maxLength: 6 })
  const fields = fc.array(fc.option(ordinalsBelow(docs), { nil: undefined }), { minLength: 1, maxLength: 6 })
  const has = (all: readonly (readonly number[] | undefined)[]) => all.some(each => (each?.length ?? 0) > 0)
  const entry = fc.tuple(term, fields.filter(has), fc.boolean())
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(entry, { selector: ([text]) => text, maxLength: 40 }), async entries => {
      const pages: SealedPage[] = []
      const out = createSegmentWriter(name, async some => void pages.push(...some))
      const terms = out.terms(docs)
      // Long ones, so that blocks are cut between them.
      const wanted = entries
        .map(
          ([text, each, long]) =>
            [Buffer.from(text + (long ? "x".repeat(30_000) : "")).toString("latin1"), each] as const,
        )
        .sort(([one], [other]) => (one < other ? -1 : 1))
      const postings = createTermPostings()
      for (const [text, each] of wanted) {
        postings.clear()
        for (const [field, ordinals] of each.entries())
          for (const ordinal of ordinals ?? []) postings.add(field, ordinal)
        terms.add(3, text, postings)
      }
      const emails = Float64Array.from({ length: docs }, (_, at) => at + 1)
      const made = await out.end(emails, { header: [], text: [], names: [] }, terms)
      assert.equal(made.pages, pages.length)
      const [plain] = openPages(name.account, name, 0 as never, 0, [made.root])
      const input: InputSegment = { ...name, root: readRoot(plain ?? Buffer.alloc(0)), gone: new Set() }
      const cursor = await openTermCursor(input, 3, async (_, kind, first, count) =>
        openPages(
          name.account,
          name,
          kind,
          first,
          pages
            .filter(page => page.kind === kind && page.no >= first && page.no < first + count)
            .map(({ data }) => data),
        ),
      )
      const read: (readonly [string, unknown])[] = []
      while (cursor.term !== undefined) {
        const each: (number[] | undefined)[] = []
        const text = cursor.term
        const loading = cursor.take((field, ordinal) => {
          each[field] = [...(each[field] ?? []), ordinal]
        })
        read.push([text, Array.from(each)])
        await loading
      }
      assert.deepEqual(
        read,
        wanted.map(([text, each]) => [text, trimmed(each)]),
      )
    }),
    { numRuns: 60 },
  )
})

/** As it is read: nothing for an empty field, and no fields behind the last. */
function trimmed(fields: readonly (readonly number[] | undefined)[]): (readonly number[] | undefined)[] {
  const all = fields.map(each => (each === undefined || each.length === 0 ? undefined : each))
  while (all.length > 0 && all.at(-1) === undefined) all.pop()
  return all
}
