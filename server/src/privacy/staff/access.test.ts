import assert from "node:assert/strict"
import { test } from "node:test"
import { recordingLog } from "../../ports/log.ts"
import { type AccountId, asId, type Tx } from "../../store/index.ts"
import { createPrivacy } from "../gate.ts"
import type { LedgerEvent } from "../ledger/contract.ts"
import { PermitError } from "../permit.ts"
import { personal } from "../personal.ts"
import { createStaffAccess, LOOK_LIMIT, NoLongerBoundError, UnrecordedActError } from "./access.ts"
import { readReason } from "./reason.ts"
import type { Bound } from "./register.ts"

const [ann, ben] = [asId<AccountId>(1), asId<AccountId>(2)]
const day = 86_400_000
const given = readReason("asked by phone how full it is")
assert.ok(given.kind === "reason")
const look = {
  command: "account show",
  reason: given.reason,
  by: "Rita" as Bound, // who may look is register.test.ts's
  accounts: [ann],
  categories: ["user.contact.email"],
} as const

const nowhere = undefined as unknown as Tx // the ledger of these tests writes into a list
/** What happened, in order, and a switch for what is to fail. */
function office() {
  const happened: string[] = []
  const events: [AccountId | null, LedgerEvent][] = []
  const broken = { ledger: false, inbox: false }
  const agreed = { stands: true }
  const clock = { at: 10 * day, now: () => clock.at }
  const log = recordingLog()
  const staff = createStaffAccess({
    privacy: createPrivacy({ clock }),
    clock,
    log,
    store: {
      async transaction(work) {
        const done = await work(nowhere)
        happened.push("commit")
        return done
      },
    },
    ledger: {
      async record(_tx, subject, event) {
        if (broken.ledger) throw new Error("the ledger is full")
        happened.push(`record ${subject}`)
        events.push([subject, event])
      },
    },
    register: {
      async whoLooks(_name, shown) {
        happened.push(`asked for ${shown.join(", ")}`)
        return agreed.stands ? { kind: "bound", by: look.by } : { kind: "refused", text: "it was ended" }
      },
    },
    async tell(account) {
      await Promise.resolve()
      if (broken.inbox) throw new Error("the inbox is shut")
      happened.push(`told ${account}`)
    },
  })
  const show = async (more: Partial<Parameters<typeof staff.look>[0]> = {}): Promise<string> =>
    staff.look({ ...look, ...more }, async () => {
      happened.push("show")
      return "shown"
    })
  return { happened, events, broken, agreed, clock, log, staff, show }
}

test("writes the look and its reason, tells the person, and only then shows", async () => {
  const { happened, events, show } = office()
  assert.equal(await show({ accounts: [ann, ben] }), "shown")
  assert.deepEqual(happened, [
    "record 1",
    "record 2",
    "commit",
    "told 1",
    "told 2",
    "show",
    "asked for user.contact.email",
  ])
  const { command, reason, by, categories } = look
  assert.deepEqual(events[1], [ben, { kind: "staff-access", command, reason, by, categories }])
})

test("shows nothing where the ledger or the inbox does not take it", async () => {
  for (const part of ["ledger", "inbox"] as const) {
    const { happened, broken, show } = office()
    broken[part] = true
    await assert.rejects(show())
    assert.ok(!happened.includes("show"), part)
    broken[part] = false
    await show()
    assert.ok(happened.includes("told 1"), "who was not told is told the next time")
  }
})

test("tells a person once a day of each kind of look and reason, and the ledger of each", async () => {
  const { happened, events, clock, show } = office()
  await Promise.all([show(), show()])
  await show()
  assert.equal(happened.filter(each => each === "told 1").length, 1)
  assert.equal(events.length, 3)
  const other = readReason("asked again how full it is")
  assert.ok(other.kind === "reason")
  await show({ reason: other.reason })
  assert.equal(happened.filter(each => each === "told 1").length, 2)
  await show({ command: "account list" })
  await show({ accounts: [ben] })
  assert.equal(happened.filter(each => each.startsWith("told")).length, 4)
  clock.at += day
  await show()
  assert.equal(happened.filter(each => each === "told 1").length, 4)
})

test("an act writes its look in its own transaction, and is told when it is done", async () => {
  const { happened, log, staff } = office()
  const done = await staff.act(look, async record => {
    happened.push("act")
    await record(nowhere)
    return "code"
  })
  assert.deepEqual(done, { answer: "code", isTold: true })
  assert.deepEqual(happened, ["act", "record 1", "told 1"])
  assert.deepEqual(log.events, [])
})

test("an act that was done gives its answer where a person cannot be told, and says so in the log too", async () => {
  const { happened, broken, log, staff } = office()
  broken.inbox = true
  const act = () =>
    staff.act({ ...look, accounts: [ann, ben] }, async record => {
      await record(nowhere)
      return "code"
    })
  assert.deepEqual(await act(), { answer: "code", isTold: false })
  assert.deepEqual(happened, ["record 1", "record 2"])
  assert.deepEqual(
    log.events.map(({ name, fields }) => [name, fields.account]),
    [
      ["staff.person-not-told", ann],
      ["staff.person-not-told", ben],
    ],
  )
  broken.inbox = false
  assert.equal((await act()).isTold, true, "who was not told is told the next time")
})

test("each act is told, though it is the same on the same day, and though looks have had their messages", async () => {
  const { happened, staff, show } = office()
  for (let at = 0; at < 7; at++) await show()
  const before = happened.filter(each => each === "told 1").length
  for (let at = 0; at < 7; at++)
    assert.deepEqual(await staff.act(look, async record => record(nowhere)), {
      answer: undefined,
      isTold: true,
    })
  assert.equal(happened.filter(each => each === "told 1").length - before, 7)
})

test("an act that the ledger does not take gives nothing", async () => {
  const { happened, broken, staff } = office()
  broken.ledger = true
  await assert.rejects(
    staff.act(look, async record => {
      await record(nowhere)
      return "code"
    }),
  )
  assert.deepEqual(happened, [])
})

test("an act that took long gives its answer: it was done", async () => {
  const { happened, clock, staff } = office()
  const done = await staff.act(look, async record => {
    await record(nowhere)
    clock.at += 60 * 60_000
    return "code"
  })
  assert.deepEqual(done, { answer: "code", isTold: true })
  assert.deepEqual(happened, ["record 1", "told 1"])
})

test("an act that does not write its look gives nothing", async () => {
  const { happened, staff } = office()
  await assert.rejects(
    staff.act(look, async () => "code"),
    UnrecordedActError,
  )
  assert.deepEqual(happened, [])
})

test("a look is over after its time: what came too late is not shown", async () => {
  const { staff, clock } = office()
  const late = staff.look(look, async () => {
    clock.at += 2 * 60_000
    return "shown"
  })
  await assert.rejects(late, error => error instanceof PermitError && error.why === "expired")
})

test("an agreement that ends during a look shows nothing; what was done before it is answered", async () => {
  const { staff, agreed } = office()
  const ended = staff.look(look, async () => {
    agreed.stands = false
    return "shown"
  })
  await assert.rejects(
    ended,
    error => error instanceof NoLongerBoundError && error.message === "it was ended",
  )
  const done = await staff.act(look, async record => {
    await record(nowhere)
    return "code"
  })
  assert.equal(done.answer, "code")
})

test("opens what is the person's, nothing of another's, no mail, and nothing afterwards", async () => {
  const { staff } = office()
  const address = personal("user.contact.email", "ann@near.test", ann)
  const other = personal("user.contact.email", "ben@near.test", ben)
  const body = personal("user.content.private.mail", "Dear Ann", ann)
  const why = (wanted: PermitError["why"]) => (error: unknown) =>
    error instanceof PermitError && error.why === wanted
  const escaped = await staff.look(look, async permit => {
    assert.equal(address.open(permit), "ann@near.test")
    assert.throws(() => other.open(permit), why("wrong-subject"))
    // @ts-expect-error: whoever runs the server reads no mail
    assert.throws(() => body.open(permit), why("wrong-category"))
    return permit
  })
  assert.throws(() => address.open(escaped), why("ended"))
})

test("shows no more people at once than can be told", async () => {
  const { show } = office()
  const many = Array.from({ length: LOOK_LIMIT + 1 }, (_, at) => asId<AccountId>(at + 1))
  await assert.rejects(show({ accounts: many }), RangeError)
  assert.equal(await show({ accounts: many.slice(1) }), "shown")
})
