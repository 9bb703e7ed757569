import assert from "node:assert/strict"
import { test } from "node:test"
import { type AccountId, asId } from "../../store/index.ts"
import { createTold, TOLD_LIMIT } from "./told.ts"

const ann = asId<AccountId>(1)
const dayMs = 86_400_000

/** Told reasons, in order, and a door that keeps messages waiting. */
function office() {
  const clock = { at: 10 * dayMs, now: () => clock.at }
  const told = createTold(clock)
  const mails: string[] = []
  const waiting: PromiseWithResolvers<void>[] = []
  const look = (reason: string, { command = "account show", account = ann } = {}) =>
    told.once({ account, command, reason }, async () => void mails.push(reason))
  const slowLook = (reason: string) =>
    told.once({ account: ann, command: "account show", reason }, () => {
      const door = Promise.withResolvers<void>()
      waiting.push(door)
      return door.promise.then(() => void mails.push(reason))
    })
  return { clock, mails, waiting, look, slowLook }
}
const turn = () => new Promise(resolve => setImmediate(resolve))
const reasons = (count: number) => Array.from({ length: count }, (_, at) => `reason ${at}`)

test("another reason on the same day is told, the same one is not told again", async () => {
  const { mails, look } = office()
  for (const reason of ["a", "b", "a", "b"]) await look(reason)
  assert.deepEqual(mails, ["a", "b"])
})

test("two looks under way at once with different reasons are both told, with the same reason once", async () => {
  const { mails, waiting, slowLook } = office()
  let isDone = false
  const looks = Promise.all([slowLook("a"), slowLook("b"), slowLook("a")]).then(() => {
    isDone = true
  })
  await turn()
  assert.equal(waiting.length, 2)
  waiting[0]?.resolve()
  await turn()
  assert.ok(!isDone, "a look went on before its person was told")
  waiting[1]?.resolve()
  await looks
  assert.deepEqual(mails, ["a", "b"])
})

test("of one command a day has so many messages, then the ledger alone; each command, person and day has its own", async () => {
  const { clock, mails, look } = office()
  for (const reason of reasons(TOLD_LIMIT + 3)) await look(reason)
  assert.deepEqual(mails, reasons(TOLD_LIMIT))
  await look("other command", { command: "account list" })
  await look("other person", { account: asId<AccountId>(2) })
  clock.at += dayMs
  await look("reason 0")
  assert.deepEqual(mails.slice(TOLD_LIMIT), ["other command", "other person", "reason 0"])
})

test("the limit holds for looks under way at once, and what could not be told leaves its place", async () => {
  const { mails, waiting, slowLook } = office()
  const looks = reasons(TOLD_LIMIT + 2).map(slowLook)
  const ends = Promise.allSettled(looks)
  await turn()
  assert.equal(waiting.length, TOLD_LIMIT)
  waiting[0]?.reject(new Error("the inbox is shut"))
  for (const door of waiting.slice(1)) door.resolve()
  await turn()
  assert.equal(waiting.length, TOLD_LIMIT + 1, "one more is told in the place of what failed")
  waiting[TOLD_LIMIT]?.resolve()
  assert.deepEqual(
    (await ends).map(({ status }) => status),
    ["rejected", ...Array(TOLD_LIMIT + 1).fill("fulfilled")],
  )
  assert.deepEqual(mails, reasons(TOLD_LIMIT + 1).slice(1))
})
