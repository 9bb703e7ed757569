import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { type House, openHouse, succeeded } from "../../fixtures/house.ts"
import type { CliResult } from "../../fixtures/server.ts"
import type { Mutation } from "../check-file.ts"
import { staffEvents } from "../ledger/staff-events.ts"

/**
 * Whoever runs the server is shown what is a person's only under an agreement that stands and names it; the person
 * finds in their ledger who looked.
 */
const register = "server/src/privacy/staff/register.ts"
const nobody = "nobody is shown anything without an agreement, and no agreement goes too far"
const named = "an agreement for some kinds of data shows no others"
const ends = "an agreement that was ended shows nothing more, and one that runs out ends by itself"
const told = "the person finds who looked, by the name in the agreement"

export const staffMutations: readonly Mutation[] = [
  {
    name: "somebody without an agreement looks",
    file: register,
    find: 'if (agreement === undefined) return "nobody is shown what is a person\'s without an agreement"',
    replace: "if (agreement === undefined) return undefined",
    why: "anybody who can type a command would be bound by nothing",
    noticedBy: nobody,
  },
  {
    name: "an agreement with a person has no end",
    file: register,
    find: "if (wish.until > now + longestMs)",
    replace: "if (wish.until < 0)",
    why: "whoever left years ago would still be let in",
    noticedBy: nobody,
  },
  {
    name: "staff agree to see what they may never see",
    file: register,
    find: "if (unknown !== undefined)",
    replace: "if (unknown === undefined)",
    why: "an agreement could promise a look at mail",
    noticedBy: nobody,
  },
  {
    name: "what is shown is not held against the agreement",
    file: register,
    find: "shown.find(category => !fields.includes(category))",
    replace: "shown.find(category => fields.length === 0 && category === fields[0])",
    why: "who was to see addresses would see sign-ins",
    noticedBy: named,
  },
  {
    name: "an ended agreement with a person goes on",
    file: register,
    find: "if (endedAt !== undefined) return",
    replace: "if (endedAt === -1) return",
    why: "whoever was shut out would go on looking",
    noticedBy: ends,
  },
  {
    name: "an agreement with a person never runs out",
    file: register,
    find: "if (now >= until) return",
    replace: "if (now < 0) return",
    why: "its end would be a word",
    noticedBy: ends,
  },
  {
    name: "the ledger does not say who looked",
    file: "server/src/privacy/staff/access.ts",
    find: 'kind: "staff-access", command, reason, by, categories',
    replace: 'kind: "staff-access", command, reason, by: "", categories',
    why: "the person could ask nobody about it",
    noticedBy: told,
  },
]

let house: House<"ada">

export function staffChecks(): void {
  before(async () => {
    house = await openHouse(["ada"])
  })
  after(async () => {
    await house?.close()
  })

  test(nobody, async () => {
    for (const args of [
      ["account", "show", house.people.ada.address],
      ["account", "list"],
      ["choices", house.people.ada.address],
    ])
      refused(await look(args, "Nobody Known"), /without an agreement/)
    for (const beyond of [
      ["--until", inDays(400)],
      ["--until", "2001-01-01"],
      [],
      ["--until", inDays(30), "--fields", "user.content.private.mail"],
      ["--until", inDays(30), "--fields", "user.contact.email,user.keys.wrapped"],
    ])
      refused(await cli(["staff", "agree", "Nobody Known", ...beyond]), /./)
    refused(await look(["account", "list"], "Nobody Known"), /without an agreement/)
    assert.deepEqual(await staffEvents(house, house.people.ada), [], "a refused look is none")
  })

  test(named, async () => {
    await agree("Rita Roe", "--until", inDays(30), "--fields", "user.preferences")
    succeeded(await look(["choices", house.people.ada.address], "Rita Roe"))
    const answer = await look(["account", "show", house.people.ada.address], "Rita Roe")
    refused(answer, /does not name user\.contact\.email/)
    assert.doesNotMatch(answer.stdout.toString(), /messages/)
    await agree("Rita Roe", "--until", inDays(30))
    succeeded(await look(["account", "show", house.people.ada.address], "Rita Roe"))
  })

  test(ends, async () => {
    const show = ["account", "show", house.people.ada.address]
    await agree("Sam", "--until", inDays(30))
    succeeded(await look(show, "Sam"))
    succeeded(await cli(["staff", "end", "Sam"]))
    refused(await look(show, "Sam"), /was ended/)
    await house.restart()
    refused(await look(show, "Sam"), /was ended/)

    const until = new Date(Date.now() + 3000)
    await agree("Sam", "--until", until.toISOString())
    succeeded(await look(show, "Sam"))
    await wait(Math.max(0, until.getTime() - Date.now()) + 100)
    refused(await look(show, "Sam"), /ran out/)
    const { staff } = succeeded(await cli(["staff", "list", "--json"])).json as {
      staff: readonly { name: string; mayLook: boolean; until: string; undertaking: string }[]
    }
    const sam = staff.find(({ name }) => name === "Sam")
    assert.deepEqual([sam?.mayLook, sam?.until], [false, until.toISOString()])
    assert.match(sam?.undertaking ?? "", /only for the reason/)
  })

  test(told, async () => {
    await agree("Grace Hopper-Lee", "--until", inDays(1))
    succeeded(await look(["account", "show", house.people.ada.address], "Grace Hopper-Lee"))
    assert.equal((await staffEvents(house, house.people.ada)).at(-1)?.by, "Grace Hopper-Lee")
  })
}

const cli = (args: readonly string[]): Promise<CliResult> => house.server().cli(args)

const look = (args: readonly string[], by: string): Promise<CliResult> =>
  cli([...args, "--reason", "she asked what we know of her", "--by", by])

async function agree(...args: readonly string[]): Promise<void> {
  succeeded(await cli(["staff", "agree", ...args]))
}

function refused({ code, stderr }: CliResult, expected: RegExp): void {
  assert.notEqual(code, 0)
  assert.match(stderr, expected)
}

const inDays = (days: number): string =>
  new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
