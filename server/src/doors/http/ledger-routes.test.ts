import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { parseEntryBundle, parseTilePath, parseVerifierKey, tilePath } from "@letterkeep/tlog"
import Fastify from "fastify"
import { openTestLedger, told } from "../../privacy/ledger/open-test-ledger.ts"
import { serveLedger } from "./ledger-routes.ts"

async function openRoutes(t: TestContext, events: number) {
  const house = await openTestLedger(t)
  await house.store.transaction(async tx => {
    for (let event = 0; event < events; event++) await house.ledger.record(tx, null, told)
  })
  await house.ledger.flush()
  const time = { now: 0 }
  const http = Fastify()
  t.after(() => http.close())
  serveLedger(http, house.ledger.open, { now: () => time.now })
  const get = (url: string, headers: Record<string, string> = {}) =>
    http.inject({ method: "GET", url: `/ledger/${url}`, headers })
  return { ...house, http, get, time }
}

test("serves the checkpoint to be asked for anew, and tiles to be kept for ever", async t => {
  const { get, ledger } = await openRoutes(t, 300)
  const checkpoint = await get("checkpoint")
  assert.equal(checkpoint.statusCode, 200)
  assert.equal(checkpoint.body, await ledger.open.checkpoint())
  assert.equal(checkpoint.headers["cache-control"], "no-cache")
  for (const path of [tilePath(0, 0), tilePath(0, 1, 44), tilePath(1, 0, 1), tilePath("entries", 1, 44)]) {
    const tile = await get(path)
    assert.equal(tile.statusCode, 200, path)
    assert.equal(tile.headers["cache-control"], "public, max-age=31536000, immutable")
    assert.equal(tile.headers["content-type"], "application/octet-stream")
    assert.equal(tile.headers["set-cookie"], undefined)
    const again = await get(path, { "if-none-match": String(tile.headers.etag) })
    assert.equal(again.statusCode, 304)
    assert.equal(again.rawPayload.length, 0)
  }
  assert.equal((await get(tilePath(0, 0))).rawPayload.length, 256 * 32)
  const entries = await get(tilePath("entries", 0))
  assert.equal(parseEntryBundle(entries.rawPayload, 256)?.length, 256)
  assert.equal(parseVerifierKey((await get("key")).body.trim())?.name, ledger.open.origin)
})

test("knows nothing before the first event, beyond the tree, or in another form of a path", async t => {
  const { get } = await openRoutes(t, 0)
  const strange = [
    "tile/0/0",
    "tile/00/000",
    "tile/entries/000.p/256",
    "tile/0/000.p/0",
    "tile/x",
    "tile/0/-01",
  ]
  for (const path of ["checkpoint", "tile/0/000", "tile/entries/000.p/1", ...strange]) {
    assert.equal((await get(path)).statusCode, 404, path)
    if (strange.includes(path)) assert.equal(parseTilePath(path), undefined)
  }
})

test("only reads, and leaves the database to others when many ask at once", async t => {
  const { http, get } = await openRoutes(t, 1)
  assert.equal((await http.inject({ method: "POST", url: "/ledger/checkpoint" })).statusCode, 404)
  const answers = await Promise.all(Array.from({ length: 64 }, () => get("checkpoint")))
  const codes = answers.map(answer => answer.statusCode)
  assert.ok(codes.includes(200))
  assert.ok(codes.includes(503))
  assert.ok(codes.every(code => code === 200 || code === 503))
  assert.equal((await get("checkpoint")).statusCode, 200)
})

test("answers so many a second, whoever asks, and says when to come again", async t => {
  const { get, time } = await openRoutes(t, 1)
  const codes: number[] = []
  for (let at = 0; at < 520; at++) codes.push((await get("checkpoint")).statusCode)
  assert.equal(codes.filter(code => code === 200).length, 500)
  assert.equal((await get("tile/0/000.p/1")).headers["retry-after"], "3")
  assert.equal((await get("key")).statusCode, 200, "what asks no database is there")
  time.now += 1000
  assert.equal((await get("checkpoint")).statusCode, 200)
})
