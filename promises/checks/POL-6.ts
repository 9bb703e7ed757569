import assert from "node:assert/strict"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { type House, openHouse, readRaw, succeeded, traceAbove } from "../../fixtures/house.ts"
import { type ScreeningWorld, startScreeningWorld } from "../../fixtures/screening-world.ts"
import { type RunningServer, repository, startServer } from "../../fixtures/server.ts"
import { SmtpClient } from "../../fixtures/smtp-client.ts"
import type { Mutation } from "../check-file.ts"
import { makeNextRelease, type NextRelease, nextRules } from "../next-release.ts"
import { getText, type PageStatement, readPolicyPage } from "../policy-pages.ts"

/**
 * POL-6: the policy says in which countries data lies, and of each recipient where it is and on what ground data may
 * go there. A country that it does not declare cannot be agreed; and when a later policy stops to declare one, what
 * was agreed for it stops at once: no question leaves, and nothing is lost.
 */
export const mutations: readonly Mutation[] = [
  {
    name: "a recipient's place and ground are not told",
    file: "server/src/privacy/policy/tables.ts",
    find: "...whereFacts(where),",
    replace: "",
    why: "nobody could tell where their data goes",
  },
  {
    name: "only the first country is told",
    file: "server/src/privacy/policy/write-document.ts",
    find: 'regions.join(", ")',
    replace: 'regions.slice(0, 1).join(", ")',
    why: "data would lie in a country that the policy does not name",
  },
  {
    name: "who says nothing is taken to be in Europe",
    file: "server/src/privacy/policy/write-document.ts",
    find: "text: regions.length === 0 ? notGiven :",
    replace: 'text: regions.length === 0 ? "European Union" :',
    why: "the policy would claim what nobody has said",
  },
  {
    name: "any country can be agreed",
    file: "server/src/privacy/disclosing/wish.ts",
    find: "if (country !== undefined && !isDeclaredCountry(where, country))",
    replace: 'if (country === "")',
    why: "data would go where the policy does not say that it goes",
  },
  {
    name: "an agreement outlives the policy's word",
    file: "server/src/privacy/disclosing/agreement.ts",
    find: "if (country !== undefined && !isDeclaredCountry(recipients[recipient].where, country))",
    replace: 'if (country === "")',
    why: "data would go on to a country that the policy has ceased to name",
  },
  {
    name: "one declared country lets all in",
    file: "server/src/privacy/policy/transfers.ts",
    find: "return where.countries.includes(country)",
    replace: "return where.countries.length > 0",
    why: "data would go where the policy does not say that it goes",
  },
  {
    name: "what stays on the machine may leave the country",
    file: "server/src/privacy/policy/transfers.ts",
    find: 'case "this-machine":\n      return false',
    replace: 'case "this-machine":\n      return true',
    why: "the policy says that it does not leave the machine",
  },
]

const operator = { name: "Anna Muster", contact: "privacy@house.example", regions: ["Germany", "France"] }

let world: ScreeningWorld
let house: House<"ada">
let release: NextRelease | undefined
let next: RunningServer | undefined
let serial = 0
const now = () => next ?? house.server()
const address = () => String(now().ready.http)

function checks(): void {
  before(async () => {
    world = await startScreeningWorld()
    house = await openHouse(["ada"], { config: { operator, dns: { resolver: world.dns.address } } })
  })
  after(async () => {
    await next?.stop()
    await house?.close()
    await release?.remove()
    await world?.dns.stop()
  })

  test("says in which countries data lies, and whose law applies there", async () => {
    const regions = (await section("where")).get("where.regions")
    assert.equal(regions?.text, "Germany, France")
    assert.match(regions?.term ?? "", /law/)
  })

  test("says of each recipient where it is and on what ground data may go there, as the record does", async () => {
    const recipients = await section("recipients")
    const record = JSON.parse(await getText(address(), "/privacy/record.json")) as {
      activities: { recipients: { id: string; transfer: { countries: unknown; ground: string | null } }[] }[]
    }
    const told = new Map(
      record.activities.flatMap(one => one.recipients.map(each => [each.id, each.transfer])),
    )
    assert.deepEqual([...recipients.keys()].sort(), [...told.keys()].sort())
    for (const [id, { facts }] of recipients) {
      const transfer = told.get(id)
      assert.ok((facts.get("Country") ?? "").length > 2, `${id} is nowhere`)
      assert.equal(facts.get("Ground") ?? null, transfer?.ground ?? null, id)
      const leaves = !/stays on this machine/.test(facts.get("Country") ?? "")
      if (leaves) assert.match(facts.get("Ground") ?? "", /GDPR Art\. 4[5-9]/, `${id} has no ground`)
      assert.equal(Array.isArray(transfer?.countries) && transfer.countries.length === 0, !leaves, id)
    }
  })

  test("lets no country be agreed that it does not declare", async () => {
    const tries: [string, string][] = [
      ["own-door", "US"],
      ["own-door", "DE"],
      ["dns", "Germany"],
      ["dns", "de"],
    ]
    for (const [recipient, country] of tries) {
      const answer = await now().cli(["recipients", "agree", recipient, "--country", country])
      assert.notEqual(answer.code, 0, `${recipient} in ${country}`)
      assert.match(answer.stderr, /policy does not say that data goes to/)
    }
    succeeded(await now().cli(["recipients", "agree", "dns", "--country", "US"]))
    assert.equal((await deliver("lax.example")).code, 250)
  })

  test("a country that a later policy no longer declares gets nothing, whatever was agreed", async () => {
    await house.server().stop({ leaveDatabase: true })
    release = await makeNextRelease(repository, [
      nextRules,
      {
        file: "server/src/privacy/policy/recipients.ts",
        find: 'kind: "anywhere",\n      why: "Whoever owns a domain chooses where its name servers stand.",\n      ground: "contract",',
        replace: 'kind: "countries",\n      countries: ["DE", "NZ"],\n      ground: "adequacy",',
      },
    ])
    next = await startServer({
      root: release.root,
      dataFolder: join(house.folder, "data"),
      config: { dns: { resolver: world.dns.address } },
    })
    const dns = (await section("recipients")).get("dns")
    assert.equal(dns?.facts.get("Country"), "Germany (DE); New Zealand (NZ)")
    assert.match(dns?.facts.get("Ground") ?? "", /GDPR Art\. 45/)

    const asked = world.dns.asked.length
    assert.equal((await deliver("pass.example")).code, 451)
    await wait(200)
    assert.deepEqual(world.dns.asked.slice(asked), [], "questions left for a country that is not declared")
    assert.match(await now().log(), /"event":"recipients.stopped","recipient":"dns"[^\n]*undeclared-country/)
    assert.match((await now().cli(["doctor"])).stdout.toString(), /X recipients .*goes to US/)

    for (const country of ["US", "FR"])
      assert.notEqual(
        (await now().cli(["recipients", "agree", "dns", "--country", country])).code,
        0,
        country,
      )
    succeeded(await now().cli(["recipients", "agree", "dns", "--country", "NZ"]))
    const again = await deliver("pass.example")
    assert.equal(again.code, 250)
    assert.ok(world.dns.asked.length > asked)
    const kept = await readRaw(now(), house.people.ada)
    assert.equal(kept.filter(one => traceAbove(one, again.message) !== undefined).length, 1)
  })

  test("says plainly what the operator has not said, on the page and to the operator", async () => {
    assert.match((await section("where")).get("where.regions")?.text ?? "", /^Not given/)
    assert.match((await section("operator")).get("operator.name")?.text ?? "", /^Not given/)
    const doctor = (await now().cli(["doctor"])).stdout.toString()
    assert.match(doctor, /! policy .*name, address, contact, regions/)
  })
}

async function section(id: string): Promise<ReadonlyMap<string, PageStatement>> {
  const found = (await readPolicyPage(address(), "/privacy")).sections.get(id)
  assert.ok(found !== undefined && found.size > 0, `the page has no section ${id}`)
  return found
}

async function deliver(
  domain: string,
): Promise<{ readonly message: Buffer; readonly code: number | undefined }> {
  serial += 1
  const lines = [
    `From: x@${domain}`,
    "To: ada@house.example",
    `Message-ID: <${serial}@${domain}>`,
    "",
    "words",
    "",
  ]
  const message = Buffer.from(lines.join("\r\n"))
  const client = await SmtpClient.connect(now().smtp)
  assert.equal((await client.command("EHLO client.example")).code, 250)
  const answers = await client.deliver({ from: `x@${domain}`, to: ["ada@house.example"], message })
  await client.quit()
  return { message, code: answers.end?.code }
}

if (import.meta.main) describe("POL-6, where data lies", checks)
