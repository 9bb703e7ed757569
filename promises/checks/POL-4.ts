import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { openDatabase, withDatabase } from "../../fixtures/database.ts"
import { type RunningServer, repository, type ServerOptions, startServer } from "../../fixtures/server.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { openPublicLog } from "../ledger/public-log.ts"
import { altered, onlyGrows, takenOut } from "../mutations/POL-4.ts"
import { makeNextRelease, type NextRelease, nextRules } from "../next-release.ts"
import { getText, readPolicyPage } from "../policy-pages.ts"

/**
 * POL-4: every version of the policy stays readable, with what changed. A server is started with other settings, and
 * then a release with other rules on the same data: what it published before stays as it was, word for word, what
 * changed between any two is told, and the ledger has the hash of each.
 */
export { mutations } from "../mutations/POL-4.ts"

const operator = { name: "Anna Muster", address: "Seeweg 1", contact: "privacy@house.example" }
const settings = (regions: readonly string[], more: ServerOptions["config"] = {}) => ({
  operator: { ...operator, regions },
  ...more,
})

/** What each version said when it was in effect: its text as data, and its page. */
const saidThen = new Map<string, { readonly text: string; readonly ids: readonly string[] }>()
let folder: string
let release: NextRelease | undefined
let server: RunningServer
const address = () => String(server.ready.http)

const changedSentence = "Nothing sends your messages anywhere by itself."
const newSentence = "Nothing sends your messages anywhere unless you say so."

function checks(): void {
  before(async () => {
    folder = await makeTempFolder()
    // one after the other on the same data; each version is noted while it is in effect
    await inEffect("1", { config: settings(["Germany"]) })
    await inEffect("1", { config: settings(["Germany"]) })
    await inEffect("1.2", { config: settings(["France"], { listen: { pop3: false, pop3s: false } }) })
    release = await makeNextRelease(repository, [
      nextRules,
      { file: "server/src/privacy/policy/sentences.ts", find: changedSentence, replace: newSentence },
    ])
    server = await startNext()
    await note("2")
  })
  after(async () => {
    await server?.stop()
    await release?.remove()
    await removeFolder(folder)
  })

  test(onlyGrows, async () => {
    const sql = openDatabase(join(folder, "data"), "letterkeep_app")
    try {
      for (const statement of [
        "update policy_version set canonical = ''",
        "delete from policy_version",
        "truncate policy_version",
      ])
        await assert.rejects(sql.unsafe(statement), /permission denied/, statement)
      assert.equal((await sql`select from policy_version`).length, 3)
    } finally {
      await sql.end()
    }
  })

  test("lists each version that was in effect, once, newest first, with its date", async () => {
    const html = await getText(address(), "/privacy/versions")
    const listed = [
      ...html.matchAll(
        /<a href="\/privacy\/versions\/([\d.]+)">Version \1<\/a>, in effect since <time datetime="([^"]+)"/g,
      ),
    ]
    assert.deepEqual(
      listed.map(([, label]) => label),
      ["2", "1.2", "1"],
    )
    const dates = listed.map(([, , at = ""]) => Date.parse(at))
    assert.deepEqual(
      dates,
      dates.toSorted((one, other) => other - one),
    )
    assert.ok(dates.every(at => at > Date.now() - 600_000 && at <= Date.now()))
  })

  test("keeps each version as it was, as a page and as data", async () => {
    for (const [label, { text, ids }] of saidThen) {
      assert.equal(await getText(address(), `/privacy/versions/${label}.json`), text, label)
      const page = await readPolicyPage(address(), `/privacy/versions/${label}`)
      assert.deepEqual(idsOf(page.sections), ids, label)
    }
    const regions = async (label: string) =>
      (await readPolicyPage(address(), `/privacy/versions/${label}`)).sections
        .get("where")
        ?.get("where.regions")?.text
    assert.deepEqual(await Promise.all(["1", "1.2", "2"].map(regions)), ["Germany", "France", "France"])
  })

  test("tells what changed between any two, and nothing else", async () => {
    const settingsChange = ["where.regions", "rights.take-along-pop3"]
    const told = async (from: string, to: string) => {
      const html = await getText(address(), `/privacy/diff?from=${from}&to=${to}`)
      return new Set([...html.matchAll(/class="statement" id="([^"]+)"/g)].map(([, id]) => id))
    }
    const wordChange = "short.not-by-itself"
    assert.deepEqual(await told("1", "1.2"), new Set(settingsChange))
    assert.deepEqual(await told("1.2", "2"), new Set([wordChange]))
    assert.deepEqual(await told("1", "2"), new Set([wordChange, ...settingsChange]))
    assert.deepEqual(await told("2", "1"), await told("1", "2"))
    assert.deepEqual(await told("2", "2"), new Set())
    const html = await getText(address(), "/privacy/diff?from=1&to=2")
    assert.match(
      html,
      new RegExp(`<del>[\\s\\S]*${changedSentence}[\\s\\S]*</del>[\\s\\S]*<ins>[\\s\\S]*${newSentence}`),
    )
  })

  test("has the hash of each version in the ledger, in their order, for everybody to compare", async () => {
    const hashes = [...saidThen.values()].map(({ text }) => createHash("sha256").update(text).digest("hex"))
    assert.equal(new Set(hashes).size, 3)
    const told = await toldByLedger(3)
    assert.deepEqual(
      told.map(one => one.sha256),
      hashes,
    )
    // each event says under which version it was, by the label that anybody can look up
    assert.deepEqual(
      told.map(one => one.policyVersion),
      [...saidThen.keys()],
    )
    const page = await getText(address(), "/privacy")
    assert.ok(page.includes(hashes[2] ?? "no third version"))
  })

  test(altered, async () => {
    await rewriteInDatabase()
    await server.stop({ leaveDatabase: true })
    server = await startNext() // what it has shown already it keeps
    for (const label of ["1", "1.2"]) {
      const page = await getText(address(), `/privacy/versions/${label}`)
      assert.match(page, /<h1>Version [\d.]+ was altered<\/h1>/, label)
      assert.doesNotMatch(page, /class="statement"/)
      await assert.rejects(getText(address(), `/privacy/versions/${label}.json`), /answers 404/)
      assert.match(await getText(address(), `/privacy/diff?from=${label}&to=2`), /was altered/)
    }
    const list = await getText(address(), "/privacy/versions")
    assert.equal(list.split("was altered in the database").length, 3)
    const text = await getText(address(), "/privacy/versions/2.json")
    assert.equal(text, saidThen.get("2")?.text, "what nobody touched")
  })

  test(takenOut, async () => {
    const sold = saidThen.get("1")?.text.replace("Anna", "Hanna") ?? ""
    await withDatabase(join(folder, "data"), async sql => {
      await sql`update policy_version set canonical = ${sold}, mac = null,
        sha256 = ${createHash("sha256").update(sold).digest("hex")} where number = 1`
      await sql`delete from policy_version where number = 3`
    })
    await server.stop({ leaveDatabase: true })
    server = await startNext()
    assert.match(await getText(address(), "/privacy/versions/1"), /<h1>Version 1 was altered<\/h1>/)
    await assert.rejects(getText(address(), "/privacy/versions/2.json"), /answers 404/)
    assert.match((await readPolicyPage(address(), "/privacy")).when, /^Version 2\.2, in effect since /)
    assert.equal(await getText(address(), "/privacy/versions/2.2.json"), saidThen.get("2")?.text)
    const numbers = await withDatabase(join(folder, "data"), async sql =>
      (await sql<{ number: number }[]>`select number::int from policy_version order by number`).map(
        row => row.number,
      ),
    )
    assert.deepEqual(numbers, [1, 2, 4], "a gap shows that one is missing")
  })
}

async function startNext(): Promise<RunningServer> {
  return await startServer({
    dataFolder: join(folder, "data"),
    config: settings(["France"], { listen: { pop3: false, pop3s: false } }),
    ...(release === undefined ? {} : { root: release.root }),
  })
}

async function rewriteInDatabase(): Promise<void> {
  const stored = [...saidThen.entries()].map(([label, { text }]) => ({ label, text }))
  const sold = (label: string) => stored.find(one => one.label === label)?.text.replace("Anna", "Hanna") ?? ""
  const hash = createHash("sha256").update(sold("1.2")).digest("hex")
  await withDatabase(join(folder, "data"), async sql => {
    await sql`update policy_version set canonical = ${sold("1")} where number = 1`
    await sql`update policy_version set canonical = ${sold("1.2")}, sha256 = ${hash} where number = 2`
  })
}

/** Runs a server for as long as it takes to note what its policy says. */
async function inEffect(label: string, options: ServerOptions): Promise<void> {
  server = await startServer({ ...options, dataFolder: join(folder, "data") })
  try {
    await note(label)
  } finally {
    await server.stop()
  }
}

async function note(label: string): Promise<void> {
  const page = await readPolicyPage(address(), "/privacy")
  assert.match(page.when, new RegExp(`^Version ${label.replace(".", "\\.")}, in effect since `))
  const text = await getText(address(), `/privacy/versions/${label}.json`)
  const before = saidThen.get(label)
  if (before !== undefined) assert.equal(text, before.text)
  saidThen.set(label, { text, ids: idsOf(page.sections) })
}

function idsOf(sections: ReadonlyMap<string, ReadonlyMap<string, unknown>>): readonly string[] {
  return [...sections.values()].flatMap(statements => [...statements.keys()])
}

interface ToldVersion {
  readonly sha256: string
  readonly policyVersion: string
}

/** The public leaves about versions, once there are that many or the sequencer had time enough. */
async function toldByLedger(count: number): Promise<readonly ToldVersion[]> {
  const log = openPublicLog(`http://${address()}/ledger`)
  const deadline = Date.now() + 10_000
  for (;;) {
    const [, size = "0"] = (await log.checkpoint())?.toString("utf8").split("\n") ?? []
    const entries = Number(size) === 0 ? [] : ((await log.entries(0, Number(size))) ?? [])
    const found = entries.flatMap(entry => {
      const [, kind, said = ""] = Buffer.from(entry).toString("utf8").split("\n")
      if (kind !== "policy-version") return []
      return [JSON.parse(said.replace(/^public /, "")) as ToldVersion]
    })
    if (found.length >= count || Date.now() > deadline) return found
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

if (import.meta.main) describe("POL-4, old versions stay", checks)
