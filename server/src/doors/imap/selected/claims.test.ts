import assert from "node:assert/strict"
import { test } from "node:test"
import { asId } from "../../../store/ids.ts"
import { Claims } from "./claims.ts"

test("nothing is said where the client was told everything that came before what it saw", () => {
  const claims = new Claims()
  assert.equal(claims.settle(asId(5), true), undefined)
  claims.wrote(asId(7))
  claims.wrote(asId(6))
  assert.equal(claims.isPast(asId(6)), true)
  assert.equal(claims.isPast(asId(7)), false)
  assert.equal(claims.settle(asId(7), true), undefined)
})

test("a client that saw more than it knows in full is held back, and told once it knows all", () => {
  const claims = new Claims()
  claims.wrote(asId(9))
  assert.equal(claims.settle(asId(5), false), 5)
  // It believes the five, and need not hear it again until it sees another one.
  assert.equal(claims.settle(asId(5), false), undefined)
  claims.wrote(asId(10))
  assert.equal(claims.settle(asId(5), false), 5)
  assert.equal(claims.settle(asId(12), true), 12)
  assert.equal(claims.settle(asId(13), true), undefined)
})
