import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { openDatabase, withDatabase } from "../../fixtures/database.ts"
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
const changes = "nobody changes anything of a person's without an agreement, and the person finds the change"
const onlyGrows = "the server's own connections cannot take back what was agreed with staff"
const altered = "a register of staff that somebody altered in the database binds nobody until one agrees anew"
const rows = "server/src/privacy/staff/rows.ts"
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
  {
    name: "who is not bound is let through by the commands",
    file: "server/src/doors/control/commands/staff.ts",
    find: 'if (looks.kind === "refused") throw new ControlError(looks.text)',
    replace: 'if (looks.kind === "refused") return { reason: read.reason, by: "" as Look["by"] }',
    why: "the register would be kept, and asked for nothing",
    noticedBy: nobody,
  },
  {
    name: "a rule is made for a person without an event",
    file: "server/src/people/sender-rules.ts",
    find: "        await alongside(tx)\n",
    replace: "",
    why: "an operator could send somebody's mail to Junk, and nobody would know",
    noticedBy: changes,
  },
  {
    name: "an alias is made for a person without an event",
    file: "server/src/people/accounts.ts",
    find: "    await alongside(tx)\n    await tell",
    replace: "    await tell",
    why: "an operator could give somebody further mail, and nobody would know",
    noticedBy: changes,
  },
  {
    name: "the server may take back what was agreed with staff",
    file: "server/src/store/app-rights.ts",
    find: 'staff_agreement: ["insert"],',
    replace: "staff_agreement: everything,",
    why: "nobody could say later who was bound, and to what",
    noticedBy: onlyGrows,
  },
  {
    name: "an agreement that somebody wrote into the database binds",
    file: rows,
    find: "if (!isOurs(vaults, one)) return",
    replace: "if (!isOurs(vaults, one) && one.mac.length === 0) return",
    why: "whoever owns the database could let anybody look",
    noticedBy: altered,
  },
  {
    name: "an end that somebody took out from among others is not missed",
    file: rows,
    find: "if (one.number !== next) return",
    replace: "next = one.number\n    if (one.number !== next) return",
    why: "whoever was shut out would look again",
    noticedBy: altered,
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

    const until = new Date(Date.now() + 5000)
    await agree("Sam", "--until", until.toISOString())
    await wait(Math.max(0, until.getTime() - Date.now()) + 100)
    refused(await look(show, "Sam"), /ran out/)
    const { staff } = succeeded(await cli(["staff", "list", "--json"])).json as {
      staff: readonly { name: string; mayLook: boolean; until: string; undertaking: string }[]
    }
    const sam = staff.find(({ name }) => name === "Sam")
    assert.deepEqual([sam?.mayLook, sam?.until], [false, until.toISOString()])
    assert.match(sam?.undertaking ?? "", /only for the reason/)
  })

  test(changes, async () => {
    const { ada } = house.people
    const commands = [
      ["rule", "add", ada.address, "block", "@evil.example"],
      ["alias", "add", "countess@house.example", ada.address],
      ["account", "quota", ada.address, "10GB"],
    ]
    for (const args of commands) {
      refused(await cli([...args, "--by", "Nobody Known"]), /--reason/)
      refused(await look(args, "Nobody Known"), /without an agreement/)
    }
    await agree("Rita Roe", "--until", inDays(30))
    const before = (await staffEvents(house, ada)).length
    for (const args of commands) {
      const { stdout } = succeeded(await look(args, "Rita Roe"))
      assert.match(stdout.toString(), /; the person is told/)
    }
    const events = (await staffEvents(house, ada)).slice(before)
    assert.deepEqual(
      events.map(({ command, by }) => [command, by]),
      commands.map(args => [args.join(" "), "Rita Roe"]),
    )
  })

  test(onlyGrows, async () => {
    await agree("Rita Roe", "--until", inDays(30))
    const sql = openDatabase(house.server().dataFolder, "letterkeep_app")
    try {
      for (const statement of [
        "delete from staff_agreement",
        "truncate staff_agreement",
        "update staff_agreement set until = now()",
      ])
        await assert.rejects(sql.unsafe(statement), /permission denied/, statement)
      assert.ok((await sql`select from staff_agreement`).length > 0, "there is none that could be taken out")
    } finally {
      await sql.end()
    }
  })

  test(altered, async () => {
    const show = ["account", "show", house.people.ada.address]
    for (const change of [
      "update staff_agreement set until = until + interval '1 day' where number = (select max(number) from staff_agreement)",
      "delete from staff_agreement where number = (select max(number) - 1 from staff_agreement)",
    ]) {
      await agree("Sam", "--until", inDays(30))
      succeeded(await cli(["staff", "end", "Sam"]))
      await agree("Rita Roe", "--until", inDays(30))
      await withDatabase(house.server().dataFolder, sql => sql.unsafe(change))
      for (const by of ["Sam", "Rita Roe"]) refused(await look(show, by), /not as it was written/)
      refused(await cli(["staff", "end", "Rita Roe"]), /not as it was written/)
      const anew = succeeded(await cli(["staff", "agree", "Grace Hopper-Lee", "--until", inDays(1)]))
      assert.match(anew.stdout.toString(), /begun anew/)
      succeeded(await look(show, "Grace Hopper-Lee"))
      for (const by of ["Sam", "Rita Roe"]) refused(await look(show, by), /without an agreement/)
    }
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
