import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type AccountId, asId } from "../../store/ids.ts"
import { commitTo, MAX_DETAIL_BYTES, parseLeaf, SALT_BYTES, writeDetail, writeLeaf } from "./leaf.ts"

const subject = asId<AccountId>(7)
const when = { subject, at: Date.parse("2026-03-04T12:00:00.123Z"), policyVersion: "1.3" }
const access = {
  kind: "staff-access",
  command: "status",
  reason: "a\nb ü",
  by: "Rita",
  categories: [],
} as const

test("a detail is one line of JSON whose keys are in order, whatever order they came in", () => {
  const detail = writeDetail(access, when).toString("utf8")
  assert.equal(
    detail,
    '{"at":"2026-03-04T12:00:00.123Z","by":"Rita","categories":[],"command":"status","kind":"staff-access",' +
      '"policyVersion":"1.3","reason":"a\\nb ü","subject":7}',
  )
})

test("a leaf about somebody holds a commitment to salt and detail, and no word of them", () => {
  const detail = writeDetail(access, when)
  const salt = Buffer.alloc(SALT_BYTES, 1)
  const content = { kind: "sealed", commitment: commitTo(salt, detail), place: Buffer.alloc(32, 3) } as const
  const data = writeLeaf("staff-access", content)
  assert.match(
    data.toString("latin1"),
    /^letterkeep ledger 1\nstaff-access\nsha256 [0-9a-f]{64}\nplace (03){32}\n$/,
  )
  assert.deepEqual(parseLeaf(data), { eventKind: "staff-access", content })
  assert.notDeepEqual(commitTo(Buffer.alloc(SALT_BYTES, 2), detail), commitTo(salt, detail))
})

test("a leaf from before events had numbers is one still, without a place", () => {
  const content = { kind: "sealed", commitment: Buffer.alloc(32, 1), place: undefined } as const
  const data = writeLeaf("choice", content)
  assert.equal(data.toString("latin1"), `letterkeep ledger 1\nchoice\nsha256 ${"01".repeat(32)}\n`)
  assert.deepEqual(parseLeaf(data), { eventKind: "choice", content })
})

test("a leaf about nobody holds its detail", () => {
  const detail = writeDetail(
    { kind: "policy-version", version: 2, edition: 1, number: 3, sha256: "00" },
    { ...when, subject: null },
  )
  const read = parseLeaf(writeLeaf("policy-version", { kind: "public", detail }))
  assert(read?.content.kind === "public")
  assert.deepEqual(read.content.detail, detail)
  assert.equal(read.eventKind, "policy-version")
})

test("what a person wrote cannot end a leaf's line, and a leaf that was changed is none or another", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.nat(), fc.nat(255), (reason, at, octet) => {
      const detail = writeDetail({ ...access, reason }, { ...when, subject: null })
      const data = writeLeaf("staff-access", { kind: "public", detail })
      const read = parseLeaf(data)
      assert(read?.content.kind === "public")
      assert.deepEqual(read.content.detail, detail)
      assert.equal(data.filter(each => each === 0x0a).length, 3)
      const changed = Buffer.from(data)
      changed[at % data.length] = octet
      const reread = parseLeaf(changed)
      if (reread === undefined || changed.equals(data)) return
      assert.notDeepEqual(reread, read)
    }),
  )
})

test("refuses a detail that is too long for an entry of a bundle", () => {
  assert.throws(() => writeDetail({ ...access, reason: "x".repeat(MAX_DETAIL_BYTES) }, when), RangeError)
})

const placed = `sha256 ${"ab".repeat(32)}\nplace ${"cd".repeat(32)}`
for (const [what, text] of [
  ["nothing", ""],
  ["another version", "letterkeep ledger 2\nchoice\npublic {}\n"],
  ["no end", "letterkeep ledger 1\nchoice\npublic {}"],
  ["a line more", "letterkeep ledger 1\nchoice\npublic {}\n\n"],
  ["a kind that is none", "letterkeep ledger 1\nCHOICE\npublic {}\n"],
  ["a short commitment", "letterkeep ledger 1\nchoice\nsha256 00\n"],
  ["a commitment in capitals", `letterkeep ledger 1\nchoice\nsha256 ${"AB".repeat(32)}\n`],
  ["a short place", `letterkeep ledger 1\nchoice\nsha256 ${"ab".repeat(32)}\nplace 00\n`],
  ["a line after the place", `letterkeep ledger 1\nchoice\n${placed}\n\n`],
  ["a place that is public", `letterkeep ledger 1\nchoice\npublic {}\nplace ${"ab".repeat(32)}\n`],
  ["a place alone", `letterkeep ledger 1\nchoice\nplace ${"ab".repeat(32)}\n`],
  ["neither", "letterkeep ledger 1\nchoice\nsecret {}\n"],
] as const)
  test(`a leaf with ${what} is none`, () => {
    assert.equal(parseLeaf(Buffer.from(text)), undefined)
  })
