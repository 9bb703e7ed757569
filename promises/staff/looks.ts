import assert from "node:assert/strict"
import { test } from "node:test"
import { recordingLog } from "../../server/src/ports/log.ts"
import { createPrivacy } from "../../server/src/privacy/index.ts"
import { openTestLedger } from "../../server/src/privacy/ledger/open-test-ledger.ts"
import {
  createStaffAccess,
  LOOK_LIMIT,
  NoLongerBoundError,
  UnrecordedActError,
} from "../../server/src/privacy/staff/access.ts"
import { REASON_LIMIT, type Reason, readReason } from "../../server/src/privacy/staff/reason.ts"
import type { Bound, StaffRegister } from "../../server/src/privacy/staff/register.ts"
import { TOLD_LIMIT } from "../../server/src/privacy/staff/told.ts"
import { type AccountId, asId, type Tx } from "../../server/src/store/index.ts"
import type { Mutation } from "../check-file.ts"
import { isRefused } from "../way-out/refused.ts"

/**
 * The bounds of a look that no command of today runs into, or only by the minute: how long it lasts, at how many
 * people, what becomes of an act that forgets its event, and what several looks at the same moment come to. Clock,
 * ledger and inboxes are in the test's hands.
 */
const access = "server/src/privacy/staff/access.ts"
const told = "server/src/privacy/staff/told.ts"
const reason = "server/src/privacy/staff/reason.ts"
const late = "what comes after a look's time is not shown"
const endedMeanwhile = "an agreement that ends during a look shows nothing"
const many = "nobody looks at more people at once than can be told"
const unrecorded = "an act that has not written its event gives nothing"
const untold = "an act whose person cannot be told says so"
const atOnce = "looks at the same moment tell each reason once, and floods nobody"
const daily = "a reason is told once a day, and again on the next"
const plain = "a reason is plain text of a few words, and no book"
const inPublic = "what was done about somebody never stands in the ledger for everybody to read"

export const lookMutations: readonly Mutation[] = [
  {
    name: "a look lasts as long as it likes",
    file: access,
    find: "      permit.require()\n",
    replace: "",
    why: "one reason would be good for a day of looking",
    noticedBy: late,
  },
  {
    name: "an agreement is asked for before a look alone",
    file: access,
    find: '      if (still.kind === "refused") throw new NoLongerBoundError(still.text)\n',
    replace: "",
    why: "whoever is shut out during a look would be shown it",
    noticedBy: endedMeanwhile,
  },
  {
    name: "a look is at as many people as there are",
    file: access,
    find:
      "    if (accounts.length > LOOK_LIMIT) throw new RangeError(`a look is at $" +
      "{LOOK_LIMIT} people at most`)\n",
    replace: "",
    why: "one command would show everybody",
    noticedBy: many,
  },
  {
    name: "an act without its event gives its answer",
    file: access,
    find: "        if (!isRecorded) throw new UnrecordedActError(look.command)\n",
    replace: "",
    why: "an account could be taken over, and the ledger would not know",
    noticedBy: unrecorded,
  },
  {
    name: "an act says that the person was told, whoever was not",
    file: access,
    find: ".every(Boolean)",
    replace: ".every(one => one !== undefined)",
    why: "nobody would tell them in another way",
    noticedBy: untold,
  },
  {
    name: "the same look at the same moment is mailed twice",
    file: told,
    find: "        if (before !== undefined) return await before\n",
    replace: "",
    why: "the mail that matters would drown among others",
    noticedBy: atOnce,
  },
  {
    name: "looks at the same moment are not counted together",
    file: told,
    find: "if (told.size + underWay.size < TOLD_LIMIT) break",
    replace: "if (told.size < TOLD_LIMIT) break",
    why: "a script would fill an inbox within a second",
    noticedBy: atOnce,
  },
  {
    name: "the same look is mailed each time",
    file: told,
    find: "        if (told.has(reason)) return\n",
    replace: "",
    why: "the mail that matters would drown among others",
    noticedBy: daily,
  },
  {
    name: "what was told once is never told again",
    file: told,
    find: "if (found?.day === day) return found",
    replace: "if (found !== undefined) return found",
    why: "after a while nobody would be told of anything",
    noticedBy: daily,
  },
  {
    name: "a reason may hold what a terminal obeys",
    file: reason,
    find: '  if (/[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cn}]/u.test(clean)) return refuse("a reason is plain text")\n',
    replace: "",
    why: "the person would be shown other words than were written",
    noticedBy: plain,
  },
  {
    name: "a reason may be a book",
    file: reason,
    find:
      "  if (clean.length > REASON_LIMIT) return refuse(`a reason has $" +
      "{REASON_LIMIT} characters at most`)\n",
    replace: "",
    why: "why somebody looked would be lost in words",
    noticedBy: plain,
  },
  {
    name: "an event about somebody is written for everybody",
    file: "server/src/privacy/ledger/record.ts",
    find:
      "  if (!mayBePublic.has(event.kind)) throw new RangeError(`an event of kind $" +
      "{event.kind} is about somebody`)\n",
    replace: "",
    why: "a mistake of ours would publish for good who looked at whom and why",
    noticedBy: inPublic,
  },
]

const [ann, ben] = [asId<AccountId>(1), asId<AccountId>(2)]
const rita = "Rita" as Bound // who may look is asked elsewhere: bound.ts
const nowhere = undefined as unknown as Tx // the ledger here writes into a list
const dayMs = 86_400_000

export function lookChecks(): void {
  test(late, async () => {
    const { staff, clock, look } = office()
    const shown = (ms: number) =>
      staff.look(look(), async () => {
        clock.at += ms
        return "shown"
      })
    assert.equal(await shown(60_000), "shown")
    await assert.rejects(shown(2 * 60_000), isRefused("PermitError", "expired"))
  })

  test(endedMeanwhile, async () => {
    const { staff, broken, look } = office()
    const ended = staff.look(look(), async () => {
      broken.isEnded = true
      return "shown"
    })
    await assert.rejects(ended, NoLongerBoundError)
  })

  test(many, async () => {
    const { staff, happened, look } = office()
    const all = Array.from({ length: LOOK_LIMIT + 1 }, (_, at) => asId<AccountId>(at + 1))
    await assert.rejects(
      staff.look({ ...look(), accounts: all }, async () => "shown"),
      RangeError,
    )
    await assert.rejects(
      staff.act({ ...look(), accounts: all }, async record => record(nowhere)),
      RangeError,
    )
    assert.deepEqual(happened, [])
    assert.equal(await staff.look({ ...look(), accounts: all.slice(1) }, async () => "shown"), "shown")
  })

  test(unrecorded, async () => {
    const { staff, look } = office()
    await assert.rejects(
      staff.act(look(), async () => "a key"),
      UnrecordedActError,
    )
  })

  test(untold, async () => {
    const { staff, broken, look } = office()
    const act = () => staff.act({ ...look(), accounts: [ann, ben] }, async record => record(nowhere))
    assert.equal((await act()).isTold, true)
    broken.inboxOf = ben
    assert.equal((await act()).isTold, false)
  })

  test(atOnce, async () => {
    const { staff, happened, look } = office()
    const show = (why: string) => staff.look(look(why), async () => "shown")
    await Promise.all(Array.from({ length: 4 }, () => show("asked by phone how full it is")))
    assert.equal(happened.filter(each => each === "told 1").length, 1)
    await Promise.all(Array.from({ length: 9 }, (_, at) => show(`asked again, time ${at}`)))
    assert.equal(happened.filter(each => each === "told 1").length, TOLD_LIMIT)
    assert.equal(happened.filter(each => each === "record 1").length, 13)
  })

  test(daily, async () => {
    const { staff, clock, happened, look } = office()
    const show = () => staff.look(look(), async () => "shown")
    for (const messages of [1, 2]) {
      await show()
      await show()
      assert.equal(happened.filter(each => each === "told 1").length, messages)
      clock.at += dayMs
    }
  })

  test(plain, () => {
    for (const text of [
      "asked \u001b[2Jby phone how full",
      "asked by \u202ephone how full",
      "asked by\u0000 phone how full",
      `asked by phone ${"how full ".repeat(REASON_LIMIT)}`,
    ])
      assert.equal(readReason(text).kind, "refused", text.slice(0, 40))
    assert.equal(readReason("asked by phone\n how full").kind, "reason")
  })

  test(inPublic, async t => {
    const { ledger, store } = await openTestLedger(t)
    const { command, categories } = office().look()
    for (const event of [
      { kind: "staff-access", command, reason: "asked by phone", categories },
      { kind: "choice", choice: "sell-or-share", value: "no", wording: "may we?" },
      { kind: "account-key", generation: 1, publicKey: "" },
    ]) {
      const record = ledger.recordNow as (subject: null, event: object) => Promise<void> // past its types
      await assert.rejects(record(null, event), RangeError, event.kind)
    }
    assert.deepEqual([...(await store.sql`select data from ledger_waiting`)], [])
  })
}

/** Staff's hands, where what happens is written down in its order. */
function office() {
  const happened: string[] = []
  const broken: { inboxOf?: AccountId; isEnded?: boolean } = {}
  const register: Pick<StaffRegister, "whoLooks"> = {
    whoLooks: async () =>
      broken.isEnded === true ? { kind: "refused", text: "it was ended" } : { kind: "bound", by: rita },
  }
  const clock = { at: 10 * dayMs, now: () => clock.at }
  const staff = createStaffAccess({
    privacy: createPrivacy({ clock }),
    clock,
    log: recordingLog(),
    store: { transaction: work => work(nowhere) },
    ledger: {
      async record(_tx, ...entry) {
        happened.push(`record ${entry[0]}`)
      },
    },
    register,
    async tell(account) {
      await Promise.resolve()
      if (broken.inboxOf === account) throw new Error("the inbox is shut")
      happened.push(`told ${account}`)
    },
  })
  const look = (why = "asked by phone how full it is") => ({
    command: "account show",
    reason: reasonFrom(why),
    by: rita,
    accounts: [ann],
    categories: ["user.contact.email"] as const,
  })
  return { happened, broken, clock, staff, look }
}

function reasonFrom(text: string): Reason {
  const read = readReason(text)
  if (read.kind === "refused") throw new Error(read.text)
  return read.reason
}
