import assert from "node:assert/strict"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { withDatabase } from "../../fixtures/database.ts"
import { type House, openHouse, readRaw } from "../../fixtures/house.ts"
import { startServer } from "../../fixtures/server.ts"
import { openTestDisclosing } from "../../server/src/privacy/disclosing/test-disclosing.ts"
import { type Category, type Purpose, personal, type Recipient } from "../../server/src/privacy/index.ts"
import { counted, nobodyElse } from "../mutations/POL-1.ts"
import { getText, type PageStatement, type PolicyPage, readPolicyPage } from "../policy-pages.ts"

/**
 * POL-1: the policy is public, has its date on top, and says what is collected, why, who gets it and how long it is
 * kept. It is held against what is enforced: each purpose opens and tells what the page says of it and nothing else,
 * and no other purpose gets a permit; how long something is kept is what the running database's columns say.
 */
export { mutations } from "../mutations/POL-1.ts"

const operator = {
  name: "Anna <Muster> & Co",
  address: "Seeweg 1, 12345 Beispielstadt",
  contact: "privacy@house.example",
  regions: ["Germany"],
}

interface RecordOfProcessing {
  readonly controller: unknown
  readonly activities: readonly {
    readonly id: string
    readonly purpose: string
    readonly legalBasis: { readonly article: string }
    readonly categories: readonly {
      readonly key: string
      readonly held: string
      readonly columns: readonly { readonly column: string; readonly kept: string }[]
    }[]
    readonly recipients: readonly { readonly id: string; readonly fields: readonly string[] }[]
  }[]
}

let house: House<"ada">
let page: PolicyPage
let record: RecordOfProcessing
const address = () => String(house.server().ready.http)

function checks(): void {
  before(async () => {
    house = await openHouse(["ada"], {
      config: { operator, listen: { pop3: false, pop3s: false } },
    })
    page = await readPolicyPage(address(), "/privacy")
    record = JSON.parse(await getText(address(), "/privacy/record.json")) as RecordOfProcessing
  })
  after(() => house?.close())

  test("is there for everybody, with version and date on top, and says who runs the server", () => {
    const today = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" })
    const days = [Date.now(), Date.now() - 3_600_000].map(at => today.format(at))
    assert.ok(
      days.some(day => page.when === `Version 1, in effect since ${day}.`),
      page.when,
    )
    const said = (id: string) => statement("operator", `operator.${id}`).text
    assert.deepEqual(
      [said("name"), said("address"), said("contact")],
      [operator.name, operator.address, operator.contact],
    )
    const { regions: countries, ...told } = operator
    assert.deepEqual(record.controller, { ...told, countries })
  })

  test("says in one voice on the page and in the record what each purpose is, why it may be, and what it opens", () => {
    const ids = [...section("purposes").keys()].sort()
    assert.ok(ids.length >= 6)
    assert.deepEqual(ids, record.activities.map(one => one.id).sort())
    for (const { id, purpose, legalBasis, categories, recipients } of record.activities) {
      const said = statement("purposes", id)
      assert.equal(said.text, purpose)
      assert.ok(said.facts.get("Why we may")?.includes(legalBasis.article), id)
      assert.deepEqual(listed(said, "Opens"), categories.map(one => categoryName(one.key)).sort(), id)
      assert.deepEqual(toldTo(said), recipients.map(one => one.id).sort(), id)
    }
  })

  test("names all that a purpose opens, and the gate opens nothing else for it", async () => {
    const { privacy } = openTestDisclosing()
    let opened = 0
    for (const [purpose, said] of section("purposes")) {
      const names = listed(said, "Opens")
      for (const category of section("collected").keys()) {
        if (!isCategoryId(category)) continue
        const opens = await succeeds(() =>
          privacy.gate(purpose as Purpose, { kind: "stranger" }, async permit =>
            (personal(category as Category, "value") as { open(leave: unknown): string }).open(permit),
          ),
        )
        assert.equal(opens, names.includes(categoryName(category)), `${purpose} and ${category}`)
        if (opens) opened += 1
      }
    }
    assert.ok(opened > 20, "the gate opened next to nothing")
  })

  test("is all there is: a purpose that is not on the page gets no permit", async () => {
    const { privacy } = openTestDisclosing()
    for (const purpose of ["marketing.sell", "mail.read.all", "mail", "", "toString", "__proto__"]) {
      assert.ok(!section("purposes").has(purpose))
      const granted = await succeeds(() =>
        privacy.gate(purpose as Purpose, { kind: "stranger" }, async permit =>
          (personal("user.contact.email", "value") as { open(leave: unknown): string }).open(permit),
        ),
      )
      assert.equal(granted, false, purpose)
    }
  })

  test(nobodyElse, async () => {
    const { privacy, agreements } = openTestDisclosing()
    const categories = [...section("collected").keys()].filter(isCategoryId)
    // agreements that would let everything flow: what is left is what the policy says
    for (const [recipient, agreement] of agreements)
      agreements.set(recipient, {
        ...agreement,
        purposes: [...section("purposes").keys()] as Purpose[],
        fields: categories as Category[],
      })
    let told = 0
    for (const [purpose, said] of section("purposes")) {
      const names = toldTo(said)
      for (const recipient of section("recipients").keys()) {
        const gets = listed(statement("recipients", recipient), "Gets")
        for (const category of categories) {
          const opens = listed(said, "Opens").includes(categoryName(category))
          const released = await isReleased(privacy, purpose, recipient, category)
          const declared = names.includes(recipient) && gets.includes(categoryName(category)) && opens
          if (released) assert.ok(declared, `${purpose} told ${recipient} ${category}`)
          if (declared && recipient === "dns")
            assert.ok(released, `${purpose} could not tell ${recipient} ${category}`)
          if (released) told += 1
        }
      }
    }
    assert.ok(told > 0, "nobody was told anything")
  })

  test("says how long each category is kept as the running database's own columns say it", async () => {
    const tags = await withDatabase(
      house.server().dataFolder,
      sql => sql<{ table: string; column: string; tag: string }[]>`
        select c.relname as table, a.attname as column, col_description(c.oid, a.attnum) as tag
          from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`,
    )
    const kept = new Map<string, Set<string>>()
    const columns = new Map<string, string>()
    for (const { table, column, tag } of tags) {
      const [category = "", , retention = ""] = (tag ?? "").split(" | ")
      if (category === "system") continue
      kept.set(category, (kept.get(category) ?? new Set()).add(retention))
      columns.set(`${table}.${column}`, `${category}: ${retention}`)
    }
    assert.ok(columns.size > 30, "the database has no tags")
    for (const [category, retentions] of kept)
      assert.deepEqual(listed(statement("collected", category), "Kept"), [...retentions].sort(), category)
    for (const [category, said] of section("collected"))
      if (isCategoryId(category) && !kept.has(category))
        assert.match(said.facts.get("Kept") ?? "", /^not at all/, category)
    const recorded = record.activities.flatMap(one => one.categories)
    for (const { key, held, columns: told } of recorded) {
      if (held === "stored") assert.ok(told.length > 0, key)
      for (const { column, kept: retention } of told)
        assert.equal(columns.get(column), `${key}: ${retention}`)
    }
  })

  test(counted, async () => {
    const client = await house.smtp()
    const message = Buffer.from(
      "From: <x@far.example>\r\nTo: <ada@house.example>\r\nSubject: s\r\n\r\nwords\r\n",
    )
    const answers = await client.deliver({ from: "x@far.example", to: ["ada@house.example"], message })
    client.close()
    assert.equal(answers.end?.code, 250)
    assert.equal((await readRaw(house.server(), house.people.ada)).length, 1)
    const metrics = await getText(address(), "/metrics")
    const counted = [...metrics.matchAll(/^letterkeep_disclosures_total\{recipient="([^"]+)"\} (\d+)$/gm)]
    const told = counted.flatMap(([, recipient = "", count]) => (Number(count) > 0 ? [recipient] : []))
    assert.ok(told.length > 0, "nothing was told anybody: the sender was not checked")
    for (const recipient of told) assert.ok(section("recipients").has(recipient), recipient)
  })

  test("says it as the program's own migrations do, whatever somebody wrote over the columns' tags", async () => {
    await withDatabase(house.server().dataFolder, sql =>
      sql.unsafe(`
        comment on column body.data is 'user.content.private.sealed | account | 1 hour | row | sealed to the person';
        comment on column choice.wording is null`),
    )
    await house.restart()
    const now = await readPolicyPage(address(), "/privacy")
    assert.equal(now.when, page.when)
    assert.deepEqual(now.sections.get("collected"), page.sections.get("collected"))
    assert.match(
      await house.server().log(),
      /"level":"error","event":"store.tag-altered","column":"body.data"/,
    )
  })

  test("has no word of what is switched off, and has it when it is switched on", async () => {
    assert.ok(!section("rights").has("rights.take-along-pop3"))
    assert.ok(section("rights").has("rights.take-along"))
    await house.server().stop()
    const withPop3 = await startServer({ dataFolder: join(house.folder, "data"), config: { operator } })
    try {
      const now = await readPolicyPage(String(withPop3.ready.http), "/privacy")
      assert.ok(now.sections.get("rights")?.has("rights.take-along-pop3"))
    } finally {
      await withPop3.stop()
    }
  })
}

function section(id: string): ReadonlyMap<string, PageStatement> {
  const found = page.sections.get(id)
  assert.ok(found !== undefined && found.size > 0, `the page has no section ${id}`)
  return found
}

function statement(of: string, id: string): PageStatement {
  const found = section(of).get(id)
  assert.ok(found !== undefined, `the page does not say anything of ${id}`)
  return found
}

function listed(said: PageStatement, label: string): readonly string[] {
  return (said.facts.get(label) ?? "").split("; ").sort()
}

/** Categories have dotted keys that begin with their owner; sentences beside them begin with their section. */
function isCategoryId(id: string): boolean {
  return id.startsWith("user.")
}

function categoryName(key: string): string {
  const { term } = statement("collected", key)
  return `${term.slice(0, 1).toLowerCase()}${term.slice(1)}`
}

/** Recipients that a purpose names, by their ids. */
function toldTo(said: PageStatement): readonly string[] {
  const named = said.facts.get("Goes to") ?? ""
  if (named === "nobody outside") return []
  return [...section("recipients")]
    .filter(([, { term }]) => named.split("; ").includes(term))
    .map(([id]) => id)
    .sort()
}

async function isReleased(
  privacy: ReturnType<typeof openTestDisclosing>["privacy"],
  purpose: string,
  recipient: string,
  category: string,
): Promise<boolean> {
  const disclose = privacy.disclose as (leave: unknown, to: Recipient, value: unknown) => Promise<unknown>
  return succeeds(() =>
    privacy.gate(purpose as Purpose, { kind: "stranger" }, async permit =>
      disclose(permit, recipient as Recipient, personal(category as Category, "value")),
    ),
  )
}

async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  return work().then(
    () => true,
    (error: unknown) => {
      // a refusal, and not some mistake of this check
      const refusals = ["PermitError", "ConsentError", "EgressError"]
      assert.ok(error instanceof Error && refusals.includes(error.name), String(error))
      return false
    },
  )
}

if (import.meta.main) describe("POL-1, the policy is public", checks)
