import assert from "node:assert/strict"
import { test } from "node:test"
import { type AccountId, asId } from "../../store/ids.ts"
import { createPrivacy } from "../gate.ts"
import type { Subject } from "../permit.ts"
import { type Purpose, purposes } from "../policy/index.ts"
import type { ChoiceValue } from "./contract.ts"
import { ChoiceError, choiceFor } from "./required.ts"

const [anna, ben] = [asId<AccountId>(1), asId<AccountId>(2)]
const of = (...accounts: AccountId[]): Subject => ({ kind: "accounts", accounts })

/** A house in which reading mail needs a choice, as a feature's purpose would. */
function gateWith(said: Readonly<Record<number, ChoiceValue>> | "nothing is known") {
  const choices =
    said === "nothing is known" ? {} : { choices: { now: async (account: number) => said[account] ?? "no" } }
  const clock = { now: () => 0 }
  const needs = (purpose: Purpose) => (purpose === "mail.read" ? "sell-or-share" : undefined)
  const { gate } = createPrivacy({ clock, ...choices, choiceFor: needs })
  return async (purpose: "mail.read" | "mail.receive", subject: Subject): Promise<string> => {
    let done = "refused"
    await gate(purpose, subject, async () => {
      done = "done"
    }).catch((error: unknown) => assert.ok(error instanceof ChoiceError, String(error)))
    return done
  }
}

test("what needs a choice is done for who said yes, and not begun for anybody else", async () => {
  const pass = gateWith({ [anna]: "yes", [ben]: "no" })
  assert.equal(await pass("mail.read", { kind: "account", account: anna }), "done")
  assert.equal(await pass("mail.read", { kind: "account", account: ben }), "refused")
  assert.equal(await pass("mail.read", { kind: "account", account: asId<AccountId>(3) }), "refused")
  assert.equal(await pass("mail.read", { kind: "stranger" }), "refused")
})

test("of several people all have to have said yes", async () => {
  const pass = gateWith({ [anna]: "yes", [ben]: "no" })
  assert.equal(await pass("mail.read", of(anna)), "done")
  assert.equal(await pass("mail.read", of(anna, ben)), "refused")
  assert.equal(await pass("mail.read", of()), "refused")
})

test("where nothing is known of choices, the answer is no", async () => {
  const pass = gateWith("nothing is known")
  assert.equal(await pass("mail.read", { kind: "account", account: anna }), "refused")
  assert.equal(await pass("mail.receive", { kind: "account", account: anna }), "done")
})

test("a choice that cannot be read refuses, with what is wrong", async () => {
  const broken = new RangeError("the rows were altered")
  const now = async (): Promise<ChoiceValue> => {
    throw broken
  }
  const { gate } = createPrivacy({
    clock: { now: () => 0 },
    choices: { now },
    choiceFor: () => "sell-or-share",
  })
  await assert.rejects(
    gate("mail.read", { kind: "account", account: anna }, async () => assert.fail("it was begun")),
    broken,
  )
})

test("no purpose that there is today needs a choice: nothing that is optional is built", () => {
  for (const purpose of Object.keys(purposes) as Purpose[])
    assert.equal(choiceFor(purpose), undefined, purpose)
})
