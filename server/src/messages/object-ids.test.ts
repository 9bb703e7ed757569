import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { asId, type EmailId } from "../store/index.ts"
import {
  emailObjectId,
  mailboxObjectId,
  readEmailObjectId,
  readMailboxObjectId,
  readThreadObjectId,
  threadObjectId,
} from "./object-ids.ts"

test("an id is read back as what it was, and as nothing of another type", () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat().filter(n => n > 0),
      n => {
        assert.equal(readEmailObjectId(emailObjectId(asId(n))), n)
        assert.equal(readThreadObjectId(threadObjectId(asId(n))), n)
        assert.equal(readMailboxObjectId(mailboxObjectId(asId(n))), n)
        assert.equal(readThreadObjectId(emailObjectId(asId(n))), undefined)
      },
    ),
  )
})

test("what no id of ours is written like is none", () => {
  for (const text of ["", "e", "e0", "e01", "E1", "eA", "1", "e-1", "e1 ", "ezzzzzzzzzzz", "e1.5", "x1"])
    assert.equal(readEmailObjectId(text), undefined, text)
  assert.equal(readEmailObjectId("ez"), asId<EmailId>(35))
})
