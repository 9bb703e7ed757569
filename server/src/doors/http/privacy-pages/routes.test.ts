import assert from "node:assert/strict"
import { test } from "node:test"
import Fastify from "fastify"
import { type CheckResults, rulesHash } from "../../../privacy/policy/index.ts"
import { testDocument, testFacts, testPolicy } from "../../../privacy/policy/test-policy.ts"
import { readPrivacyControl } from "../privacy-control.ts"
import { servePrivacyPages } from "./routes.ts"

const later = testDocument({
  ...testFacts,
  operator: { ...testFacts.operator, regions: ["Germany", "France"] },
})

function open(results: CheckResults = new Map()) {
  const http = Fastify()
  readPrivacyControl(http)
  servePrivacyPages(http, { policy: testPolicy([testDocument(), later]), results })
  return async (url: string, headers: Record<string, string> = {}) => {
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
  const page = await open(
    new Map([
      ["SEC-2", { state: "passed", at, rules }],
      ["MAIL-3", { state: "in-part", at, rules }],
      ["SHARE-1", { state: "failed", at, rules }],
    ]),
  )("/privacy")
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
  const { body } = await open(
    new Map([
      ["SEC-2", { state: "passed", ...other }],
      ["SHARE-1", { state: "failed", ...other }],
    ]),
  )("/privacy")
  assert.match(body, /<p class="proof none">to be checked by SEC-2: last checked for other rules</)
  assert.match(body, /<p class="proof none">to be checked by SHARE-1: last checked for other rules</)
  assert.doesNotMatch(body, /checked by [A-Z]+-\d+: (passed|failed)/)
})

test("a browser that sends Global Privacy Control is told that it is honoured, and no other", async () => {
  const ask = open()
  const heard = "Global Privacy Control: honoured"
  const { body, sent } = await ask("/privacy", { "sec-gpc": "1" })
  assert.ok(body.includes(heard))
  assert.equal(sent.vary, "sec-gpc")
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
