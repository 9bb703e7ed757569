import assert from "node:assert/strict"
import { test } from "node:test"
import { openTestStore } from "../store/test-store.ts"
import { isDue } from "./renewer.ts"
import {
  type CertificateRow,
  type IssuedRow,
  keepIssued,
  keepTrouble,
  letGo,
  readCertificateRow,
  rowNames,
  takeHold,
} from "./rows.ts"

const minute = 60_000
const issued: IssuedRow = {
  keySealed: Buffer.from("sealed"),
  chain: "chain",
  notBefore: 0,
  notAfter: 90 * minute,
  renewAt: 60 * minute,
  askAt: 0,
}
const [ours, theirs] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)]

test("one holds a row at a time, renews its hold, and loses it to others when it is over", async t => {
  const store = await openTestStore(t)
  const take = (holder: Buffer, now: number) =>
    takeHold(store, "a.example", { holder, now, until: now + 5 * minute })
  assert.equal(await take(ours, 0), true)
  assert.equal(await take(theirs, 1), false)
  assert.equal(await take(ours, 4 * minute), true)
  assert.equal(await take(theirs, 8 * minute), false)
  assert.equal(await take(theirs, 9 * minute), true)
  assert.equal(await take(ours, 9 * minute), false)
  // What lost it lets go of nothing.
  await letGo(store, "a.example", ours)
  assert.equal(await take(ours, 10 * minute), false)
  await letGo(store, "a.example", theirs)
  assert.equal(await take(ours, 10 * minute), true)
})

test("who lost its hold writes nothing", async t => {
  const store = await openTestStore(t)
  await takeHold(store, "a.example", { holder: theirs, now: 0, until: minute })
  assert.equal(await keepIssued(store, "a.example", ours, issued, 0), false)
  await keepTrouble(store, "a.example", ours, { says: "x", todo: "y", failures: 1, nextTry: 5 }, 0)
  const left = await readCertificateRow(store, "a.example")
  assert.deepEqual([left?.issued, left?.failures, left?.trouble], [undefined, 0, undefined])
  assert.equal(await keepIssued(store, "a.example", theirs, issued, 0), true)
  assert.deepEqual((await readCertificateRow(store, "a.example"))?.issued?.chain, "chain")
})

test("names are one key in whatever order they were written", () => {
  assert.equal(rowNames(["b.example", "a.example"]), rowNames(["a.example", "b.example"]))
})

test("what is due: the first, one past its time, and none before the next try", () => {
  const row: CertificateRow = {
    issued,
    failures: 0,
    nextTry: undefined,
    trouble: undefined,
    heldUntil: undefined,
  }
  assert.equal(isDue(undefined, 0), true)
  assert.equal(isDue({ ...row, issued: undefined }, 0), true)
  assert.equal(isDue(row, 59 * minute), false)
  assert.equal(isDue(row, 60 * minute), true)
  assert.equal(isDue({ ...row, nextTry: 61 * minute }, 60 * minute), false)
  assert.equal(isDue({ ...row, nextTry: 61 * minute }, 61 * minute), true)
})
