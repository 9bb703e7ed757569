import assert from "node:assert/strict"
import { test } from "node:test"
import { gunzipSync } from "node:zlib"
import Fastify from "fastify"
import {
  type CheckResults,
  type MissingAfter,
  type PublicPolicy,
  rulesHash,
} from "../../../privacy/policy/index.ts"
import { testDocument, testFacts, testPolicy } from "../../../privacy/policy/test-policy.ts"
import { readPrivacyControl } from "../privacy-control.ts"
import { servePrivacyPages } from "./routes.ts"

const later = testDocument({
  ...testFacts,
  operator: { ...testFacts.operator, regions: ["Germany", "France"] },
})

const noResults: CheckResults = new Map()

interface Given {
  readonly results?: () => Promise<CheckResults>
  readonly policy?: PublicPolicy
  readonly clock?: { now(): number }
}

function open({
  results = async () => noResults,
  policy = testPolicy([testDocument(), later]),
  clock,
}: Given = {}) {
  const http = Fastify()
  readPrivacyControl(http)
  const serving = servePrivacyPages(http, { policy, results, clock: clock ?? { now: () => 0 } })
  return async (url: string, headers: Record<string, string> = {}) => {
    await serving
    const { statusCode, headers: sent, body } = await http.inject({ url, headers })
    return { code: statusCode, sent, body }
  }
}

test("the policy has version and date on top, and says all of its statements", async () => {
  const { code, body, sent } = await open()("/privacy")
  assert.equal(code, 200)
  assert.equal(sent["content-type"], "text/html; charset=utf-8")
  assert.match(
    body,
    /<h1>Privacy policy<\/h1>\n<p class="when">Version 1\.2, in effect since <time [^>]+>27 November 2026</,
  )
  for (const { id } of later.sections.flatMap(section => section.statements))
    assert.ok(body.includes(`id="${id}"`), id)
})

test("what the operator wrote stays text", async () => {
  const { body } = await open()("/privacy")
  assert.ok(body.includes("Anna Muster &lt;&amp; Töchter&gt;") && !body.includes("<& Töchter>"))
})

test("each statement says what was last found of its promises", async () => {
  const at = Date.UTC(2026, 10, 20)
  const rules = rulesHash()
  const found: CheckResults = new Map([
    ["SEC-2", { state: "passed", at, rules }],
    ["MAIL-3", { state: "in-part", at, rules }],
    ["SHARE-1", { state: "failed", at, rules }],
  ])
  const page = await open({ results: async () => found })("/privacy")
  const said = (id: string) => new RegExp(`id="${id}">([\\s\\S]*?)</div>\\n`).exec(page.body)?.[1] ?? ""
  assert.match(said("short.sealed"), /checked by SEC-2: passed on <time [^>]+>20 November 2026/)
  assert.match(said("short.sealed"), /to be checked by MAIL-8: no result on this server/)
  assert.match(said("short.one-way-out"), /checked by SHARE-1: failed on/)
  assert.match(said("rights.take-along"), /checked in part by MAIL-3: passed on/)
  assert.match(said("short.plain"), /not machine-checked/)
  assert.match(said("operator.name"), /as the operator&#39;s settings say/)
})

test("what was found for other rules is not shown as checked", async () => {
  const other = { at: Date.UTC(2026, 10, 20), rules: "0".repeat(64) }
  const found: CheckResults = new Map([
    ["SEC-2", { state: "passed", ...other }],
    ["SHARE-1", { state: "failed", ...other }],
  ])
  const { body } = await open({ results: async () => found })("/privacy")
  assert.match(body, /<p class="proof none">to be checked by SEC-2: last checked for other rules</)
  assert.match(body, /<p class="proof none">to be checked by SHARE-1: last checked for other rules</)
  assert.doesNotMatch(body, /checked by [A-Z]+-\d+: (passed|failed)/)
})

test("a browser that sends Global Privacy Control is told that it is honoured, and no other", async () => {
  const ask = open()
  const heard = "Global Privacy Control: honoured"
  const { body, sent } = await ask("/privacy", { "sec-gpc": "1" })
  assert.ok(body.includes(heard))
  assert.match(String(sent.vary), /sec-gpc/)
  for (const value of ["0", "true", "1, 1"])
    assert.ok(!(await ask("/privacy", { "sec-gpc": value })).body.includes(heard), value)
})

test("an old version stays readable, and says that it is one and until when it was in effect", async () => {
  const { body } = await open()("/privacy/versions/1")
  assert.match(body, /in effect from <time [^>]+>26 November 2026<\/time> to <time [^>]+>27 November 2026/)
  assert.match(body, /no longer in effect/)
})

test("the text of a version is what its hash is of, and any two can be compared", async () => {
  const ask = open()
  const data = await ask("/privacy/versions/1.2.json")
  assert.deepEqual(JSON.parse(data.body), later)
  const { body } = await ask("/privacy/diff?from=1&to=1.2")
  assert.match(body, /1 statement differs/)
  assert.match(body, /<del>[\s\S]*Germany[\s\S]*<\/del>[\s\S]*<ins>[\s\S]*Germany, France[\s\S]*<\/ins>/)
  assert.match((await ask("/privacy/diff?from=1.2&to=1")).body, /<ins>(?:(?!France)[\s\S])*<\/ins>/)
  assert.match((await ask("/privacy/diff?from=1&to=1")).body, /: nothing\./)
})

test("what is no version is not found", async () => {
  const ask = open()
  const none = ["0", "01", "2", "1.1", "1.02", "x", "1.json.json", "-1", "1e0", "%2e%2e", "9999999999"]
  for (const label of none) assert.equal((await ask(`/privacy/versions/${label}`)).code, 404, label)
  for (const query of ["", "from=1", "to=1", "from=1&from=1&to=1", "from=1&to=2", "from[]=1&to=1"])
    assert.equal((await ask(`/privacy/diff?${query}`)).code, 404, query)
})

test("results that came while the server runs are shown, and take no restart", async () => {
  const rules = rulesHash()
  let found: CheckResults = new Map()
  const ask = open({ results: async () => found })
  assert.match((await ask("/privacy")).body, /to be checked by SHARE-1: no result on this server/)
  const tag = String((await ask("/privacy")).sent.etag)
  found = new Map([["SHARE-1", { state: "failed", at: Date.UTC(2026, 10, 20), rules }]])
  const { body, code } = await ask("/privacy", { "if-none-match": tag })
  assert.equal(code, 200)
  assert.match(body, /checked by SHARE-1: failed on/)
})

/** Counts the texts that were read for pages. */
function countingPolicy(documents = [testDocument(), later]) {
  const policy = testPolicy(documents)
  const counts = { read: 0, listed: 0 }
  return {
    counts,
    policy: {
      ...policy,
      read: async (label: string) => {
        counts.read++
        return await policy.read(label)
      },
      list: async (page: number) => {
        counts.listed++
        return await policy.list(page)
      },
    },
  }
}

test("a page is made once, however often and by however many at once it is asked for", async () => {
  const { policy, counts } = countingPolicy()
  const ask = open({ policy })
  const many = Array.from({ length: 50 })
  for (const url of [
    "/privacy",
    "/privacy/diff?from=1&to=1.2",
    "/privacy/versions/1",
    "/privacy/versions/1.json",
  ]) {
    const answers = await Promise.all(many.map(() => ask(url)))
    assert.deepEqual(new Set(answers.map(({ code }) => code)), new Set([200]), url)
    await ask(url)
  }
  assert.equal(counts.read, 5)
  for (const _ of many) await ask("/privacy/versions")
  assert.equal(counts.listed, 1)
})

test("who asks for ever other pages is told to wait, and the policy in effect stays there for all", async () => {
  const { policy, counts } = countingPolicy()
  let now = 0
  const ask = open({ policy, clock: { now: () => now } })
  const codes: number[] = []
  for (let edition = 2; edition < 302; edition++)
    codes.push((await ask(`/privacy/diff?from=1&to=1.${edition}`)).code)
  assert.ok(counts.read <= 2 * 60, `${counts.read} texts were read`)
  assert.equal(codes.at(-1), 503)
  assert.equal((await ask("/privacy/diff?from=1&to=2")).sent["retry-after"], "3")
  assert.equal((await ask("/privacy/diff?from=1&to=1.2")).code, 200, "what was made before is there")
  assert.equal((await ask("/privacy")).code, 200)
  assert.equal((await ask("/privacy/versions")).code, 200)
  now = 1_000
  assert.equal((await ask("/privacy/diff?from=1.2&to=1")).code, 200)
})

test("what was not there is found when it has been published", async () => {
  const [before, after] = [testPolicy([testDocument()]), testPolicy([testDocument(), later])]
  let policy = before
  const ask = open({
    policy: {
      ...before,
      newest: () => policy.newest(),
      list: page => policy.list(page),
      read: label => policy.read(label),
    },
  })
  const urls = ["/privacy/versions/1.2", "/privacy/versions/1.2.json", "/privacy/diff?from=1&to=1.2"]
  for (const url of urls) assert.equal((await ask(url)).code, 404, url)
  policy = after
  for (const url of urls) assert.equal((await ask(url)).code, 200, url)
})

test("HEAD says what GET would, without the page; packed for those who take it", async () => {
  const http = Fastify()
  readPrivacyControl(http)
  await servePrivacyPages(http, {
    policy: testPolicy(),
    results: async () => noResults,
    clock: { now: () => 0 },
  })
  for (const url of ["/privacy", "/privacy/record.json", "/privacy/page.css"]) {
    const got = await http.inject({ url })
    const head = await http.inject({ url, method: "HEAD" })
    assert.equal(head.body, "")
    for (const name of ["content-length", "etag", "content-type"])
      assert.equal(head.headers[name], got.headers[name])
    const packed = await http.inject({ url, headers: { "accept-encoding": "gzip, br;q=0" } })
    assert.equal(packed.headers["content-encoding"], "gzip")
    assert.equal(gunzipSync(packed.rawPayload).toString("utf8"), got.body)
    assert.notEqual(packed.headers.etag, got.headers.etag)
    assert.match(String(packed.headers.vary), /accept-encoding/)
  }
})

test("a list of more versions than one page holds is turned, and any of its versions can be compared", async () => {
  const documents = Array.from({ length: 120 }, (_, at) =>
    testDocument({ ...testFacts, operator: { ...testFacts.operator, address: `Seeweg ${at}` } }),
  )
  const ask = open({ policy: testPolicy(documents) })
  const pages = await Promise.all([1, 2, 3].map(page => ask(`/privacy/versions?page=${page}`)))
  const labels = pages.flatMap(({ body }) =>
    [...body.matchAll(/">Version ([\d.]+)<\/a>, in effect/g)].map(found => found[1]),
  )
  assert.equal(new Set(labels).size, 120)
  assert.deepEqual([labels[0], labels.at(-1)], ["1.120", "1"])
  assert.match(
    pages[0]?.body ?? "",
    /<span>Page 1 of 3<\/span><a href="\/privacy\/versions\?page=2" rel="next">/,
  )
  assert.match(pages[1]?.body ?? "", /page=1" rel="prev">Newer<\/a><span>Page 2 of 3<\/span><a [^>]*page=3"/)
  assert.doesNotMatch(pages[2]?.body ?? "", /rel="next"/)
  assert.match(pages[0]?.body ?? "", /What changed from 1\.70</, "the last of a page has one before it, too")
  assert.match(pages[0]?.body ?? "", /<input name="from"/)
  assert.match((await ask("/privacy/diff?from=1.3&to=1.117")).body, /Seeweg 2[\s\S]*Seeweg 116/)
  for (const page of ["0", "4", "x", "01", "-1", "1&page=2"])
    assert.equal((await ask(`/privacy/versions?page=${page}`)).code, 404, page)
})

test("a page that the browser has already is not sent again", async () => {
  const ask = open()
  for (const url of ["/privacy", "/privacy/page.css", "/privacy/record.json", "/privacy/versions"]) {
    const { sent } = await ask(url)
    assert.equal((await ask(url, { "if-none-match": String(sent.etag) })).code, 304, url)
  }
})

test("the pages need no script and nothing from elsewhere, and have no inline style", async () => {
  const ask = open()
  for (const url of ["/privacy", "/privacy/versions", "/privacy/diff?from=1&to=1.2"]) {
    const { body } = await ask(url)
    assert.doesNotMatch(body, /<script|<style| style=| on[a-z]+=|(?:src|href)="(?!\/|#)/, url)
  }
})

test("versions that were taken out after the newest are said on top, also where its page was made before", async () => {
  const policy = testPolicy([testDocument(), later])
  let missingAfter: MissingAfter = 0
  const http = Fastify()
  readPrivacyControl(http)
  await servePrivacyPages(http, {
    policy: {
      ...policy,
      async newest() {
        const newest = await policy.newest()
        return newest && { ...newest, missingAfter }
      },
      async list(page) {
        const list = await policy.list(page)
        return list && { ...list, missingAfter }
      },
      async read(label) {
        const read = await policy.read(label)
        return read?.kind === "whole" && read.until === undefined ? { ...read, missingAfter } : read
      },
    },
    results: async () => new Map(),
    clock: { now: () => 0 },
  })
  const bodies = async () =>
    await Promise.all(
      ["/privacy", "/privacy/versions/1.2", "/privacy/versions"].map(
        async url => (await http.inject({ url })).body,
      ),
    )
  for (const body of await bodies()) assert.doesNotMatch(body, /missing/)
  missingAfter = 2
  for (const body of await bodies()) assert.match(body, /2 versions that were published .* missing/)
  const [inEffect = ""] = await bodies()
  assert.doesNotMatch(inEffect, /in effect since/)
  missingAfter = "unknown"
  for (const body of await bodies()) assert.match(body, /newer versions were taken out .* is not known/)
})

test("a version that was altered in the database is shown as such, and so are those that were taken out", async () => {
  const policy = testPolicy([testDocument(), later])
  const http = Fastify()
  readPrivacyControl(http)
  await servePrivacyPages(http, {
    policy: {
      ...policy,
      read: async label => (label === "1" ? { kind: "altered", label } : await policy.read(label)),
      async list(page) {
        const list = await policy.list(page)
        const versions = list?.versions.map(one => ({ ...one, isOurs: one.label !== "1", missing: 2 }))
        return list && { ...list, versions: versions ?? [] }
      },
    },
    results: async () => new Map(),
    clock: { now: () => 0 },
  })
  const get = async (url: string) => await http.inject({ url })
  for (const url of ["/privacy/versions/1", "/privacy/diff?from=1&to=1.2", "/privacy/diff?from=1.2&to=1"]) {
    const { statusCode, body } = await get(url)
    assert.equal(statusCode, 200)
    assert.match(body, /<h1>Version 1 was altered<\/h1>/, url)
    assert.doesNotMatch(body, /class="statement"/, url)
  }
  assert.equal((await get("/privacy/versions/1.json")).statusCode, 404)
  const { body } = await get("/privacy/versions")
  assert.match(body, /Version 1<\/a> <strong>was altered in the database<\/strong>/)
  assert.equal(body.split("2 versions that were published here are missing").length, 3)
})
