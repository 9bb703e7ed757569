import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { asId } from "../store/ids.ts"
import { readNotification, writeNotifications } from "./notifications.ts"

const pair = fc.record({
  account: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  modseq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
})

test("reads what was written, in payloads that Postgres takes", () => {
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 1000 }), pairs => {
      const changed = pairs.map(
        ({ account, modseq }) => ({ account: asId(account), modseq: asId(modseq) }) as never,
      )
      const payloads = writeNotifications(changed)
      for (const payload of payloads) assert.ok(payload.length < 8000)
      assert.deepEqual(payloads.flatMap(readNotification), changed)
    }),
  )
})

test("passes over what it does not understand", () => {
  for (const payload of ["", ":", "1:", "1:2:3", "a:b", "-1:2", "1:99999999999999999999"])
    assert.deepEqual(readNotification(payload), [])
  assert.equal(readNotification("x,5:6,").length, 1)
})
