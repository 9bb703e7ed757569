import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { systemClock } from "../../server/src/ports/clock.ts"
import { ChoicesBrokenError, choiceDefinitions, openChoices } from "../../server/src/privacy/choices/index.ts"
import { ChoiceError } from "../../server/src/privacy/choices/required.ts"
import { createPrivacy } from "../../server/src/privacy/gate.ts"
import type { Subject } from "../../server/src/privacy/permit.ts"
import type { AccountId } from "../../server/src/store/ids.ts"
import { makeAccount, makeHolder, openTestVaults } from "../../server/src/vaults/open-test-vaults.ts"
import type { Mutation } from "../check-file.ts"

/**
 * The gate where a purpose needs a choice: for whom it opens, and for whom it does not. No purpose of today needs one,
 * so one that there is stands for it, with a choice put into its place; the choices lie in a real database.
 */
const required = "server/src/privacy/choices/required.ts"
const chosen = "what a feature does is done for who chose it, and for nobody before or after"
const nobody = "nothing is done for a stranger, for nobody, or where no choices are kept"
const broken = "choices of which one was taken out decide nothing"

export const decidesMutations: readonly Mutation[] = [
  {
    name: "the gate does not ask for the choice",
    file: "server/src/privacy/gate.ts",
    find: "if (choice !== undefined) await requireChoice(",
    replace: "if (choice === undefined && subject.kind === undefined) await requireChoice(",
    why: "a feature would run for people who never chose it",
    noticedBy: chosen,
  },
  {
    name: "one yes is a yes of all",
    file: required,
    find: "for (const account of accounts)\n",
    replace: "for (const account of accounts.slice(0, 1))\n",
    why: "a message for several would be sent off by the choice of one",
    noticedBy: chosen,
  },
  {
    name: "who has said nothing has said yes",
    file: "server/src/privacy/choices/definitions.ts",
    find: 'otherwise: "no",',
    replace: 'otherwise: "yes",',
    why: "what is optional would be on from the start",
    noticedBy: chosen,
  },
  {
    name: "a choice that was taken back goes on",
    file: "server/src/privacy/choices/index.ts",
    find: "await store.transaction(tx => choose(tx, account, chosen))\n      heard(account)",
    replace:
      'if (chosen.value === "yes") await store.transaction(tx => choose(tx, account, chosen))\n      heard(account)',
    why: "a no would be heard and not heeded",
    noticedBy: chosen,
  },
  {
    name: "what was looked up once is not forgotten when somebody chooses",
    file: "server/src/privacy/choices/index.ts",
    find: "    changes += 1\n    kept.delete(account)\n",
    replace: "    changes += 1\n",
    why: "a choice would be heeded at the next start",
    noticedBy: chosen,
  },
  {
    name: "where no choices are kept, nothing is asked",
    file: required,
    find: 'if (choices === undefined || subject.kind === "stranger") throw',
    replace: 'if (choices === undefined) return\n  if (subject.kind === "stranger") throw',
    why: "a part that is not wired up would run for everybody",
    noticedBy: nobody,
  },
  {
    name: "a stranger has said yes",
    file: required,
    find: 'if (choices === undefined || subject.kind === "stranger") throw new ChoiceError(purpose, choice)',
    replace:
      'if (choices === undefined) throw new ChoiceError(purpose, choice)\n  if (subject.kind === "stranger") return',
    why: "whoever cannot be asked would be taken to agree",
    noticedBy: nobody,
  },
  {
    name: "nobody has said yes",
    file: required,
    find: "  if (accounts.length === 0) throw new ChoiceError(purpose, choice)\n",
    replace: "",
    why: "an empty list of people would be a way past their choices",
    noticedBy: nobody,
  },
  {
    name: "a gap between choices is passed over",
    file: "server/src/privacy/choices/rows.ts",
    find: "if (last !== rows) throw",
    replace: "if (rows < 0) throw",
    why: "whoever can write to the database would choose which of a person's choices count",
    noticedBy: broken,
  },
]

export function decidesChecks(): void {
  test(chosen, async t => {
    const { anna, ben, isDone, say } = await openHome(t)
    const both: Subject = { kind: "accounts", accounts: [anna, ben] }
    for (const subject of [of(anna), of(ben), both]) assert.equal(await isDone(subject), false)
    await say(anna, "yes")
    assert.deepEqual(
      [await isDone(of(anna)), await isDone(of(ben)), await isDone(both)],
      [true, false, false],
    )
    await say(anna, "no")
    assert.equal(await isDone(of(anna)), false)
  })

  test(nobody, async t => {
    const { anna, isDone, say } = await openHome(t)
    await say(anna, "yes")
    assert.equal(await isDone(of(anna)), true)
    for (const subject of [{ kind: "stranger" }, { kind: "accounts", accounts: [] }] as const)
      assert.equal(await isDone(subject), false, subject.kind)
    const unwired = createPrivacy({ clock: systemClock, choiceFor: () => "sell-or-share" })
    assert.equal(await isDoneBy(unwired, of(anna)), false)
  })

  test(broken, async t => {
    const { home, anna, ben, say, again } = await openHome(t)
    for (const account of [anna, ben])
      for (const value of ["yes", "no", "yes"] as const) await say(account, value)
    await home.store.owner`delete from choice where account_id = ${anna} and version = 2`
    // another process, which has not looked yet
    const gated = createPrivacy({
      clock: systemClock,
      choices: await again(),
      choiceFor: () => "sell-or-share",
    })
    let done = false
    const work = gated.gate("mail.receive", of(anna), async () => {
      done = true
    })
    await assert.rejects(work, ChoicesBrokenError)
    assert.equal(done, false)
    assert.equal(await isDoneBy(gated, of(ben)), true)
  })
}

const of = (account: AccountId): Subject => ({ kind: "account", account })

async function isDoneBy(privacy: Pick<ReturnType<typeof createPrivacy>, "gate">, subject: Subject) {
  let done = false
  await privacy
    .gate("mail.receive", subject, async () => {
      done = true
    })
    .catch((error: unknown) => assert.ok(error instanceof ChoiceError, String(error)))
  return done
}

async function openHome(t: TestContext) {
  const home = await openTestVaults(t)
  const again = async () => {
    const choices = await openChoices({ ...home, ledger: { record: async () => undefined } })
    t.after(() => choices.close())
    return choices
  }
  const choices = await again()
  const [anna, ben] = await Promise.all([1, 2].map(() => makeAccount(home, makeHolder())))
  assert.ok(anna !== undefined && ben !== undefined)
  const privacy = createPrivacy({ clock: systemClock, choices, choiceFor: () => "sell-or-share" })
  const { wording } = choiceDefinitions["sell-or-share"]
  return {
    home,
    again,
    anna,
    ben,
    isDone: (subject: Subject) => isDoneBy(privacy, subject),
    say: (account: AccountId, value: "yes" | "no") =>
      choices.chooseNow(account, { choice: "sell-or-share", value, by: "person", wording }),
  }
}
