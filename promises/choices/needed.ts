import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { type House, openHouse, readRaw, succeeded } from "../../fixtures/house.ts"
import { repository } from "../../fixtures/server.ts"
import type { Mutation } from "../check-file.ts"
import { makeNextRelease, type NextRelease, nextRules } from "../next-release.ts"

/**
 * A release to come, in which the policy says of a purpose that it needs a choice: a running server that does nothing
 * for it until the person has said yes, and nothing after they have taken it back.
 */
const asksTheServer =
  "a server does for a purpose that names a choice what the person has chosen, and no more"

export const neededMutations: readonly Mutation[] = [
  {
    name: "what the policy says of a purpose's choice is not heard",
    file: "server/src/privacy/choices/required.ts",
    find: "return needed.get(purpose)",
    replace: 'return needed.get("")',
    why: "a feature would name its choice, and run without",
    noticedBy: asksTheServer,
  },
  {
    name: "the server's gate knows nobody's choices",
    file: "server/src/privacy/gate.ts",
    find: "await requireChoice(options.choices, purpose, subject, choice)",
    replace: 'await requireChoice({ now: async () => "yes" }, purpose, subject, choice)',
    why: "every choice would be a yes",
    noticedBy: asksTheServer,
  },
]

let release: NextRelease | undefined
let house: House<"ada"> | undefined

export function neededChecks(): void {
  before(async () => {
    release = await makeNextRelease(repository, [
      nextRules,
      {
        file: "server/src/privacy/policy/purposes.ts",
        find: 'name: "showing and searching your mail",',
        replace: 'name: "showing and searching your mail",\n    choice: "sell-or-share" as const,',
      },
    ])
    house = await openHouse(["ada"], { root: release.root })
  })
  after(async () => {
    await house?.close()
    await release?.remove()
  })

  test(asksTheServer, async () => {
    assert.ok(house !== undefined)
    const { ada } = house.people
    const client = await house.smtp()
    const message = Buffer.from(`From: <x@far.example>\r\nTo: <${ada.address}>\r\n\r\nwords\r\n`)
    const answers = await client.deliver({ from: "x@far.example", to: [ada.address], message })
    await client.quit()
    assert.equal(answers.end?.code, 250)
    await nothingIsShown(house)
    await choose(house, "yes")
    assert.equal((await readRaw(house.server(), ada)).length, 1)
    await choose(house, "no")
    await nothingIsShown(house)
  })
}

async function nothingIsShown(house: House<"ada">): Promise<void> {
  const { address, password } = house.people.ada
  const args = ["read", address, "--password-stdin", "--raw"]
  const { code, stdout } = await house.server().cli(args, { stdin: `${password}\n` })
  assert.notEqual(code, 0, "it was shown without a yes")
  assert.ok(!stdout.includes("words"))
}

async function choose(house: House<"ada">, value: "yes" | "no"): Promise<void> {
  const { address, password } = house.people.ada
  const args = ["choice", "set", address, "sell-or-share", value, "--password-stdin"]
  succeeded(await house.server().cli(args, { stdin: `${password}\n` }))
}
