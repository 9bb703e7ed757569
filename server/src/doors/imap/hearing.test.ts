import assert from "node:assert/strict"
import { test } from "node:test"
import { signedInReaderLimits } from "@letterkeep/imap"
import { Hearing } from "./hearing.ts"

test("lets others have their turn while a client has much to say at once", async () => {
  const hearing = new Hearing(signedInReaderLimits, () => undefined)
  hearing.push(Buffer.from("a NOOP\r\n".repeat(50_000)))
  hearing.end()
  let turns = 0
  let going = true
  const turn = (): void => {
    turns += 1
    if (going) setImmediate(turn)
  }
  setImmediate(turn)
  let heard = 0
  while ((await hearing.next()) !== undefined) heard += 1
  going = false
  assert.equal(heard, 50_000)
  assert.ok(turns > 2, `${turns} turns`)
})
