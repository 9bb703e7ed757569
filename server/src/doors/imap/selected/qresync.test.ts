import assert from "node:assert/strict"
import { test } from "node:test"
import type { Range } from "@letterkeep/imap"
import { Numbering } from "./numbering.ts"
import { agreedUpTo } from "./qresync.ts"

const numbering = new Numbering(Uint32Array.of(1, 2, 5, 6), Float64Array.of(1, 2, 3, 4))

function agreed(numbers: readonly Range[], uids: readonly Range[]): number {
  const set = (ranges: readonly Range[]) => ({ kind: "ranges", ranges }) as const
  const known = { numbers: set(numbers), uids: set(uids) }
  return agreedUpTo({ uidValidity: 1, modseq: 1, knownUids: undefined, known }, numbering)
}

const one = (number: number): Range => ({ first: number, last: number })

test("a client's pairs of numbers and UIDs hold up to the first that is not so", () => {
  assert.equal(
    agreed(
      [{ first: 1, last: 4 }],
      [
        { first: 1, last: 2 },
        { first: 5, last: 6 },
      ],
    ),
    6,
  )
  assert.equal(agreed([one(1), one(3)], [one(1), one(5)]), 5)
  assert.equal(agreed([one(1), one(3), one(4)], [one(1), one(5), one(7)]), 5)
  assert.equal(agreed([{ first: 1, last: 4_294_967_295 }], [{ first: 1, last: 4_294_967_295 }]), 2)
  assert.equal(agreed([one(2)], []), 0)
})

test("pairs that do not ascend are read no further, however often they come again", () => {
  assert.equal(agreed([one(1), one(3), one(1)], [one(1), one(5), one(1)]), 5)
  const uids = Uint32Array.from({ length: 200_000 }, (_, index) => index + 1)
  const large = new Numbering(uids, Float64Array.from(uids))
  const again = Array.from({ length: 5_000 }, (): Range => ({ first: 1, last: 200_000 }))
  const set = { kind: "ranges", ranges: again } as const
  const began = performance.now()
  const known = { numbers: set, uids: set }
  assert.equal(agreedUpTo({ uidValidity: 1, modseq: 1, knownUids: undefined, known }, large), 200_000)
  assert.ok(performance.now() - began < 3_000)
})
