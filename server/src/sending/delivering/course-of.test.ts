import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { mailAddress, mailContent } from "../../privacy/index.ts"
import { asId } from "../../store/index.ts"
import type { Claimed, ClaimedRecipient, OutgoingMail, Tried, WhyNot } from "../contract.ts"
import { DELAY_NOTICE_MS } from "../schedule.ts"
import { courseOf } from "./course-of.ts"
import { statusOf } from "./status-of.ts"

const start = 1_800_000_000_000
const day = 24 * 60 * 60 * 1000

function mailOf(kind: OutgoingMail["kind"], recipient: Partial<ClaimedRecipient> = {}) {
  const one: ClaimedRecipient = {
    no: 0,
    attempts: 0,
    toldOfDelay: false,
    address: mailAddress("carla@far.test"),
    ...recipient,
  }
  const mail: Claimed = {
    account: asId(1),
    mail: 7,
    kind,
    domain: "far.test",
    destination: "00",
    lease: 1,
    reversePath: mailAddress("anna@near.test"),
    recipients: [one],
    size: 1,
    signedBy: undefined,
    smtputf8: false,
    body: "7BIT",
    requireTls: false,
    receivedAt: start,
    notBefore: start,
    expiresAt: start + 5 * day,
    text: async () => mailContent(Buffer.from("x")),
  }
  return { mail, one }
}

const by = { host: "mx.far.test", ip: "192.0.2.1", tls: undefined, verified: undefined }
const word = (code: number, enhanced?: string) => ({ code, enhanced, text: "said" })
const taken: Tried = { kind: "handed-over", by, reply: word(250), dsnPassedOn: false }
const later: Tried = { kind: "not-now", why: "refused", by, reply: word(451, "4.7.1") }
const never: Tried = { kind: "never", why: "refused", by, reply: word(550, "5.1.1") }

function course(
  tried: Tried,
  recipient: Partial<ClaimedRecipient> = {},
  after = 0,
  {
    kind = "submitted",
    reversePath = "anna@near.test",
  }: { kind?: OutgoingMail["kind"]; reversePath?: string } = {},
) {
  const { mail, one } = mailOf(kind, recipient)
  const { settlement, tell } = courseOf(mail, one, tried, {
    reversePath,
    now: start + after,
    chance: systemChance,
  })
  return [settlement.kind, tell]
}

test("what was handed over goes, and is told only where that was asked for and nobody else will tell", () => {
  assert.deepEqual(course(taken), ["handed-over", undefined])
  assert.deepEqual(course(taken, { notify: ["success"] }), ["handed-over", "relayed"])
  assert.deepEqual(course({ ...taken, dsnPassedOn: true }, { notify: ["success"] }), [
    "handed-over",
    undefined,
  ])
})

test("what will never work is given up and told, but for those who want no word of it", () => {
  assert.deepEqual(course(never), ["given-up", "failed"])
  assert.deepEqual(course(never, { notify: ["never"] }), ["given-up", undefined])
  assert.deepEqual(course(never, { notify: ["delay"] }), ["given-up", undefined])
  assert.deepEqual(course(never, {}, 0, { reversePath: "" }), ["given-up", undefined])
  for (const kind of ["reply", "report"] as const)
    assert.deepEqual(course(never, {}, 0, { kind }), ["given-up", undefined])
  // Whose filter sent it on has it after all: nothing else is left of it.
  assert.deepEqual(course(never, { notify: ["never"] }, 0, { kind: "forwarded", reversePath: "" }), [
    "given-up",
    "failed",
  ])
  assert.deepEqual(course(later, { attempts: 5 }, DELAY_NOTICE_MS, { kind: "forwarded" }), [
    "again",
    undefined,
  ])
})

test("what may work later waits, is told of once when it takes long, and is given up when its time is over", () => {
  assert.deepEqual(course(later), ["again", undefined])
  assert.deepEqual(course(later, { attempts: 5 }, DELAY_NOTICE_MS), ["again", "delayed"])
  assert.deepEqual(course(later, { attempts: 6, toldOfDelay: true }, DELAY_NOTICE_MS), ["again", undefined])
  assert.deepEqual(course(later, { attempts: 5, notify: ["failure"] }, DELAY_NOTICE_MS), ["again", undefined])
  assert.deepEqual(course(later, { attempts: 30, toldOfDelay: true }, 5 * day), ["given-up", "failed"])
})

const codes: readonly (readonly [Exclude<Tried, { kind: "handed-over" }>, string])[] = [
  [never, "5.1.1"],
  [later, "4.7.1"],
  // A far side whose two codes do not fit: what it did counts.
  [{ ...never, reply: word(550, "4.2.1") }, "5.1.0"],
  [{ ...later, reply: word(451, "nonsense") }, "4.0.0"],
  [{ ...later, reply: word(452) }, "4.2.2"],
  [{ kind: "never", why: "null-mx" }, "5.1.10"],
  [{ kind: "not-now", why: "dns-failed" }, "4.4.3"],
  [{ kind: "not-now", why: "unreachable" }, "4.4.1"],
]
test("a status code says what the far side said, or why it was not asked", () => {
  for (const [tried, code] of codes) assert.equal(statusOf(tried), code)
  const reasons: readonly WhyNot[] = [
    "no-tls",
    "unverified",
    "too-big",
    "expired",
    "trouble-here",
    "timed-out",
  ]
  for (const why of reasons) {
    assert.match(statusOf({ kind: "never", why }), /^5\.\d\.\d+$/)
    assert.match(statusOf({ kind: "not-now", why }), /^4\.\d\.\d+$/)
  }
})
