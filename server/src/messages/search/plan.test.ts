import assert from "node:assert/strict"
import { test } from "node:test"
import { asId, type ModSeq, type ThreadId } from "../../store/index.ts"
import type { Criterion } from "../criteria.ts"
import { everyField, planOf } from "./plan.ts"

const seen: Criterion = { kind: "keyword", keyword: "$seen" }
const subject: Criterion = { kind: "header", field: "subject", value: "Fox" }
const from: Criterion = { kind: "header", field: "from", value: "fox" }

test("what rows tell is one question, before all that looks into messages", () => {
  const plan = planOf({
    kind: "and",
    of: [
      { kind: "body", value: "x" },
      { kind: "not", of: seen },
      { kind: "and", of: [{ kind: "deleted" }, { kind: "size", over: 10, under: undefined }] },
      { kind: "uids", ranges: [{ first: 1, last: 5 }] },
    ],
  })
  assert.ok(plan.kind === "and")
  assert.deepEqual(
    plan.of.map(({ kind }) => kind),
    ["uids", "rows", "text"],
  )
  const [, rows] = plan.of
  assert.ok(rows?.kind === "rows")
  assert.deepEqual([...rows.filter.withoutKeywords], ["$seen"])
  assert.deepEqual([rows.filter.deleted, rows.filter.size.least, rows.filter.never], [true, 11, false])
})

test("rows that contradict themselves are asked for by nobody", () => {
  const pairs: readonly (readonly [Criterion, Criterion])[] = [
    [seen, { kind: "not", of: seen }],
    [{ kind: "deleted" }, { kind: "not", of: { kind: "deleted" } }],
    [
      { kind: "thread", thread: asId<ThreadId>(1) },
      { kind: "thread", thread: asId<ThreadId>(2) },
    ],
  ]
  for (const of of pairs) {
    const plan = planOf({ kind: "and", of })
    assert.ok(plan.kind === "rows" && plan.filter.never)
  }
})

test("one text in several fields is asked for once", () => {
  assert.deepEqual(planOf({ kind: "or", of: [subject, { kind: "or", of: [from, subject] }] }), {
    kind: "text",
    fields: ["subject", "from"],
    text: "fox",
  })
  assert.deepEqual(planOf({ kind: "text", value: "FOX" }), { kind: "text", fields: everyField, text: "fox" })
})

test("text that is empty is in all messages, and of nothing all of it is met", () => {
  assert.deepEqual(planOf({ kind: "body", value: "" }), { kind: "all" })
  assert.deepEqual(planOf({ kind: "and", of: [] }), { kind: "all" })
  assert.deepEqual(planOf({ kind: "or", of: [] }), { kind: "not", of: { kind: "all" } })
  assert.deepEqual(planOf({ kind: "header", field: "subject", value: "" }), {
    kind: "header",
    field: "subject",
    text: "",
  })
})

test("the opposite of what is no conjunction is asked for as such", () => {
  const plan = planOf({ kind: "not", of: { kind: "modseq", from: asId<ModSeq>(3) } })
  assert.ok(plan.kind === "not" && plan.of.kind === "rows")
})
