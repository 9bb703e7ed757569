import assert from "node:assert/strict"
import { test } from "node:test"
import type { Policy } from "./policy.ts"
import { afterFetching, type Kept, planRefresh, refreshAfter, retryFetchAfter } from "./refresh.ts"

const week = 604_800
const policy: Policy = { mode: "enforce", maxAge: week, mx: ["mx.a.test"] }
const kept: Kept = { policy, id: "1", fetchedAt: 1_000_000 }
const record = { kind: "policy", id: "1" } as const
const none = { kind: "none", why: "absent" } as const
const at = (now: number, more: Partial<Parameters<typeof planRefresh>[0]> = {}) =>
  planRefresh({ kept, record, failedAt: undefined, now: kept.fetchedAt + now, ...more })

test("fetches first what it does not have, and needs no policy where there is no record", () => {
  assert.deepEqual(at(0, { kept: undefined }), { policy: undefined, fetch: "first" })
  assert.deepEqual(at(0, { kept: undefined, record: none }), { policy: undefined, fetch: "no" })
  assert.deepEqual(at(0, { kept: undefined, record: undefined }), { policy: undefined, fetch: "no" })
})

test("uses what it has for a day, then fetches it anew meanwhile, long before its end", () => {
  assert.deepEqual(at(refreshAfter - 1), { policy, fetch: "no" })
  assert.deepEqual(at(refreshAfter), { policy, fetch: "meanwhile" })
  const short = { ...kept, policy: { ...policy, maxAge: 3600 } }
  assert.equal(at(1_799_999, { kept: short }).fetch, "no")
  assert.equal(at(1_800_000, { kept: short }).fetch, "meanwhile")
})

test("fetches first when the id is another, and keeps to the old policy until then", () => {
  assert.deepEqual(at(1, { record: { kind: "policy", id: "2" } }), { policy, fetch: "first" })
})

test("keeps to a policy until its time is over, whatever DNS and web say or do not say", () => {
  const last = week * 1000 - 1
  for (const silent of [none, undefined]) {
    assert.deepEqual(at(last, { record: silent }), { policy, fetch: "no" })
    assert.deepEqual(at(last + 1, { record: silent }), { policy: undefined, fetch: "no" })
  }
  assert.deepEqual(afterFetching(kept, { kind: "invalid", why: "404" }, "2", 5), { kept, failedAt: 5 })
})

test("is over at its end, and does not ask again at once for what failed", () => {
  const over = week * 1000
  assert.deepEqual(at(over), { policy: undefined, fetch: "first" })
  const failedAt = kept.fetchedAt + over
  assert.deepEqual(at(over + retryFetchAfter - 1, { failedAt }), { policy: undefined, fetch: "no" })
  assert.deepEqual(at(over + retryFetchAfter, { failedAt }), { policy: undefined, fetch: "first" })
})

test("takes in place of what it had what it has fetched, a policy of mode none too", () => {
  const off: Policy = { mode: "none", maxAge: 86_400, mx: [] }
  const after = afterFetching(kept, { kind: "policy", policy: off }, "2", 7)
  assert.deepEqual(after, { kept: { policy: off, id: "2", fetchedAt: 7 }, failedAt: undefined })
})
