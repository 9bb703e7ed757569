import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type AccountId, asId } from "../store/ids.ts"
import { createPrivacy } from "./gate.ts"
import { PermitError, type Subject } from "./permit.ts"
import { personal } from "./personal.ts"

const [ann, bob, cid] = [1, 2, 3].map(id => asId<AccountId>(id)) as [AccountId, AccountId, AccountId] // three
const clock = { now: () => 1_000_000 }

const wrongSubject = (error: unknown) => error instanceof PermitError && error.why === "wrong-subject"

test("opens a value that says whose it is to a permit about that account", async () => {
  const { gate } = createPrivacy({ clock })
  const body = personal("user.content.private.mail", "Dear Ann", ann)
  const read = (subject: Subject) => gate("mail.read", subject, async permit => body.open(permit))
  assert.equal(await read({ kind: "account", account: ann }), "Dear Ann")
  assert.equal(await read({ kind: "accounts", accounts: [bob, ann] }), "Dear Ann")
})

test("keeps it shut to a permit about somebody else, about strangers, and about nobody", async () => {
  const { gate } = createPrivacy({ clock })
  const body = personal("user.content.private.mail", "Dear Ann", ann)
  const read = (subject: Subject) => gate("mail.read", subject, async permit => body.open(permit))
  const others: readonly Subject[] = [
    { kind: "account", account: bob },
    { kind: "accounts", accounts: [bob, cid] },
    { kind: "accounts", accounts: [] },
    { kind: "stranger" },
  ]
  for (const subject of others) await assert.rejects(read(subject), wrongSubject, JSON.stringify(subject))
})

test("of many accounts, a permit opens exactly the values of those that it is about", async () => {
  const { gate } = createPrivacy({ clock })
  const id = fc.integer({ min: 1, max: 20 }).map(number => asId<AccountId>(number))
  await fc.assert(
    fc.asyncProperty(fc.array(id, { maxLength: 10 }), id, async (accounts, whose) => {
      const value = personal("user.contact.email", "x", whose)
      const opening = gate("account.serve", { kind: "accounts", accounts }, async permit =>
        value.open(permit),
      )
      if (accounts.includes(whose)) assert.equal(await opening, "x")
      else await assert.rejects(opening, wrongSubject)
    }),
  )
})

test("a value of whom nothing is known opens to a permit about anybody", async () => {
  const { gate } = createPrivacy({ clock })
  const sender = personal("user.contact.email", "carla@far.test")
  const subject: Subject = { kind: "account", account: bob }
  assert.equal(await gate("mail.receive", subject, async permit => sender.open(permit)), "carla@far.test")
})

test("a permit carries the version of its subject's choices, where it is about one account and that is at hand", async () => {
  const versions = new Map([[ann, 7]])
  const { gate } = createPrivacy({ clock, choiceVersion: account => versions.get(account) })
  const carried = (subject: Subject) => gate("mail.read", subject, async permit => permit.choiceVersion)
  assert.equal(await carried({ kind: "account", account: ann }), 7)
  assert.equal(await carried({ kind: "account", account: bob }), undefined)
  assert.equal(await carried({ kind: "accounts", accounts: [ann] }), undefined)
  assert.equal(await carried({ kind: "stranger" }), undefined)
})
