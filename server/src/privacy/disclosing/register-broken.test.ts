import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { recordingLog } from "../../ports/log.ts"
import { atEnd } from "../../store/at-end.ts"
import type { Tx } from "../../store/index.ts"
import type { Entry, LedgerEvent } from "../ledger/contract.ts"
import { openTestLedger } from "../ledger/open-test-ledger.ts"
import { whyNotAgreed } from "./agreement.ts"
import { recipientNames } from "./facts.ts"
import { openRegister, type Register } from "./register.ts"
import { addEntry, ENTRIES_LIMIT } from "./rows.ts"
import type { AgreementWish } from "./wish.ts"

/** Standing agreements, one with each recipient: what the register begins with. */
const STANDING = recipientNames.length

/** Registers that somebody with a hand on the database has changed: what they say is nobody's agreement. */
const start = 1_700_000_000_000
const dns: AgreementWish = {
  recipient: "dns",
  purposes: undefined,
  fields: undefined,
  country: undefined,
  until: undefined,
}
const asked = { purpose: "mail.screen", category: "user.communications.domain" } as const
const whyNot = (register: Register) => whyNotAgreed(register.inForce("dns"), asked, start)

async function open(t: TestContext) {
  const { store, vaults, ledger } = await openTestLedger(t)
  const log = recordingLog()
  const events: LedgerEvent[] = []
  const record = async (tx: Tx, ...entry: Entry): Promise<void> => {
    await ledger.record(tx, ...entry)
    events.push(entry[1])
  }
  const parts = { store, vaults, log, ledger: { record }, clock: { now: () => start } }
  const reopen = async (): Promise<Register> => {
    const register = await openRegister(parts)
    atEnd(t, () => register.close())
    return register
  }
  return { store, ledger, parts, log, events, reopen }
}

const entry = "insert into agreement_entry select"
const columns = "says, recipient, purposes, fields, country, ground, until, said_at, mac from agreement_entry"
const attacks: readonly [what: string, statement: string][] = [
  ["more fields", "update agreement_entry set fields = fields || '{user.contact.email}' where number = 1"],
  ["more purposes", "update agreement_entry set purposes = purposes || '{mail.read}' where number = 1"],
  ["another country", "update agreement_entry set country = 'SE' where number = 1"],
  ["another ground", "update agreement_entry set ground = 'consent' where number = 1"],
  ["no end", `update agreement_entry set until = null where number = ${STANDING + 2}`],
  ["another time", "update agreement_entry set said_at = now() where number = 1"],
  [
    "another recipient's end",
    `update agreement_entry set recipient = 'own-door' where number = ${STANDING + 1}`,
  ],
  ["an end made an agreement", `update agreement_entry set says = 'agreed' where number = ${STANDING + 1}`],
  ["an end taken out between others", `delete from agreement_entry where number = ${STANDING + 1}`],
  ["the last entry taken out", `delete from agreement_entry where number = ${STANDING + 3}`],
  ["all taken out", "delete from agreement_entry"],
  ["an old agreement said again", `${entry} ${STANDING + 4}, ${columns} where number = 1`],
  [
    "an agreement that nobody made",
    `${entry} ${STANDING + 4}, ${columns.replace("mac", "''")} where number = 1`,
  ],
  [
    "a new beginning that nobody made",
    `${entry} ${STANDING + 4}, ${columns.replace("says", "'begun-anew'")} where number = 1`,
  ],
  ["the ledger's last word of it", "update ledger_leaf set data = substring(data from 1 for 40)"],
  [
    "the last entry taken out, and a word to the ledger that there were fewer",
    `delete from agreement_entry where number = ${STANDING + 3};
     insert into ledger_waiting (data, mac, created_at) values (convert_to(
       E'letterkeep ledger 1\\nagreement\\npublic {"kind":"agreement","number":${STANDING + 2}}\\n', 'UTF8'), '', now())`,
  ],
]

/** Behind the standing ones: dns ended; dns agreed until tomorrow; dns ended. */
async function withHistory(t: TestContext) {
  const house = await open(t)
  const register = await house.reopen()
  await register.end("dns")
  assert.equal((await register.agree({ ...dns, until: start + 86_400_000 })).kind, "agreed")
  await register.end("dns")
  assert.equal(whyNot(register), "ended")
  await house.ledger.flush()
  return { ...house, register }
}

for (const [what, statement] of attacks)
  test(`nothing flows after ${what}, and the log says so`, async t => {
    const { store, ledger, log, reopen } = await withHistory(t)
    await ledger.close() // the attack is on a server that stands still
    await store.owner.unsafe(statement)
    const register = await reopen()
    assert.equal(whyNot(register), "broken")
    assert.ok(log.events.some(one => one.name === "recipients.broken"))
    const refused = await register.end("dns")
    assert.match(refused.kind === "refused" ? refused.text : "", /altered in the database/)
  })

test("`ledger verify` says that the last entry was taken out, and that one is there of which it was not told", async t => {
  const { store, ledger } = await withHistory(t)
  assert.deepEqual((await ledger.verify()).faults, [])
  await store.owner`create table aside as select * from agreement_entry where number = ${STANDING + 3}`
  await store.owner`delete from agreement_entry where number = ${STANDING + 3}`
  const takenOut = `told of ${STANDING + 3} agreements .* there is ${STANDING + 2}: some were taken out`
  assert.match((await ledger.verify()).faults.join(), new RegExp(takenOut))
  await store.owner`insert into agreement_entry select * from aside`
  await store.owner`insert into agreement_entry select ${STANDING + 4}, says, recipient, purposes, fields, country, ground, until,
    said_at, mac from aside`
  const oneMore = `There are ${STANDING + 4} agreements .* told of is ${STANDING + 3}`
  assert.match((await ledger.verify()).faults.join(), new RegExp(oneMore))
})

test("what the server itself wrote is whole when it is read again", async t => {
  const { log, reopen } = await withHistory(t)
  assert.equal(whyNot(await reopen()), "ended")
  assert.ok(!log.events.some(one => one.name === "recipients.broken"))
})

test("a process that has seen an entry is not talked out of it, though the ledger's rows go with it", async t => {
  const { store, register } = await withHistory(t)
  await store.owner.unsafe(
    `delete from agreement_entry where number = ${STANDING + 3}; delete from ledger_leaf`,
  )
  await store.owner.unsafe("select pg_notify('agreements', '')")
  const deadline = performance.now() + 10_000
  while (whyNot(register) !== "broken" && performance.now() < deadline) await new Promise(setImmediate)
  assert.equal(whyNot(register), "broken")
})

test("the operator's next agreement begins an altered register anew, and what was agreed before counts no more", async t => {
  const { store, log, events, reopen } = await withHistory(t)
  await store.owner.unsafe(`delete from agreement_entry where number = ${STANDING + 1}`)
  const register = await reopen()
  assert.equal((await register.agree(dns)).kind, "agreed")
  assert.equal(whyNot(register), undefined)
  assert.equal(register.inForce("own-door"), undefined, "nobody has agreed that again")
  const again = await reopen()
  assert.deepEqual(again.inForce("dns"), register.inForce("dns"))
  assert.equal(again.inForce("own-door"), undefined, "it came back with a start")
  assert.ok(log.events.some(one => one.name === "recipients.begun-anew"))
  assert.deepEqual(
    events.slice(-2).map(one => (one.kind === "agreement" ? [one.number, one.says] : [])),
    [
      [STANDING + 4, "begun-anew"],
      [STANDING + 5, "agreed"],
    ],
  )
})

test("what was agreed and ended before entries had a MAC still holds, and is taken over once", async t => {
  const { store, reopen } = await open(t)
  await store.owner`insert into agreement (recipient, purposes, fields, agreed_at, ended_at) values
    ('dns', '{mail.screen}', '{user.communications.domain}', ${new Date(start - 9)}, ${new Date(start - 5)})`
  const register = await reopen()
  assert.equal(whyNot(register), "ended")
  assert.equal(register.history("dns").length, 1)
  assert.equal(register.history("own-door").length, 1)
  await store.owner`update agreement set ended_at = null`
  assert.equal(whyNot(await reopen()), "ended", "the old table is read again")
  await store.owner`delete from agreement_entry`
  assert.equal(whyNot(await reopen()), "broken", "the old table is read again")
})

test("more entries than one page are read, and no more are taken than are kept in memory", async t => {
  const { store, parts, reopen } = await open(t)
  const terms = {
    recipient: "dns",
    purposes: ["mail.screen"],
    fields: [],
    country: null,
    ground: null,
    until: null,
  }
  await store.transaction(async tx => {
    for (let number = 1; number <= ENTRIES_LIMIT; number += 1) {
      const says = number === ENTRIES_LIMIT ? "ended" : "agreed"
      const quiet = { ...parts, ledger: { record: async () => undefined } }
      await addEntry(tx, quiet, { ...terms, says, number, saidAt: new Date(start + number) })
    }
  })
  const register = await reopen()
  assert.equal(whyNot(register), "ended")
  assert.equal(register.history("dns").length, ENTRIES_LIMIT - 1)
  const refused = await register.agree(dns)
  assert.match(refused.kind === "refused" ? refused.text : "", /the register is full/)
})
