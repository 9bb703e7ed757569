import assert from "node:assert/strict"
import { test } from "node:test"
import type { Proof } from "@letterkeep/acme"
import { manualTimer, systemTimer } from "../ports/timer.ts"
import { openTestVaults } from "../vaults/open-test-vaults.ts"
import { createChallenges } from "./challenges.ts"

const token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ"
const byHttp: Proof = { kind: "http-01", name: "mail.example", token, keyAuthorization: `${token}.thumb` }
const byTls: Proof = { ...byHttp, kind: "tls-alpn-01", keyAuthorization: `${token}.other` }

test("answers what was put in place, on any node, until it is taken away or an hour is over", async t => {
  const { store, vaults, clock, again } = await openTestVaults(t)
  const parts = { store, clock, timer: systemTimer }
  const here = createChallenges({ ...parts, vaults })
  const there = createChallenges({ ...parts, vaults: await again() })
  await here.put([byHttp, byTls])
  assert.equal(await there.http(token), `${token}.thumb`)
  assert.equal(await there.alpn("mail.example"), `${token}.other`)
  assert.equal(await there.alpn("other.example"), undefined)
  assert.equal(await there.http("x".repeat(32)), undefined)
  await here.remove([byTls])
  assert.equal(await there.alpn("mail.example"), undefined)
  clock.at += 60 * 60 * 1000
  assert.equal(await there.http(token), undefined)
})

test("answers nothing that this server did not write, nor what was moved to another place", async t => {
  const { store, vaults, clock } = await openTestVaults(t)
  const challenges = createChallenges({ store, vaults, clock, timer: systemTimer })
  const until = new Date(clock.at + 60_000)
  const forged = Buffer.from(`${token}.theirs`)
  await store.sql`insert into acme_challenge values ('http-01', ${token}, ${forged}, ${until})`
  assert.equal(await challenges.http(token), undefined)
  await challenges.put([byTls])
  await store.sql`
    update acme_challenge set answer_sealed = (select answer_sealed from acme_challenge where kind = 'tls-alpn-01')`
  assert.equal(await challenges.http(token), undefined)
  assert.equal(await challenges.alpn("mail.example"), `${token}.other`)
})

test("looks into the database ten times a second at most, however many ask, and misses nothing", async t => {
  const { store, vaults, clock } = await openTestVaults(t)
  let looks = 0
  const sql = new Proxy(store.sql, {
    apply(target, self, values) {
      looks += 1
      return Reflect.apply(target, self, values)
    },
  })
  const timer = manualTimer()
  const challenges = createChallenges({ store: { ...store, sql }, vaults, clock, timer })
  const answers = Array.from({ length: 50 }, () => challenges.http(token))
  timer.pass(0)
  assert.ok((await Promise.all(answers)).every(answer => answer === undefined))
  assert.equal(looks, 1)
  // Put in place after that look: who asks now waits for the next one.
  await challenges.put([byHttp])
  const asked = challenges.http(token)
  timer.pass(99)
  await new Promise(setImmediate)
  assert.equal(looks, 1)
  timer.pass(1)
  assert.equal(await asked, `${token}.thumb`)
  assert.equal(looks, 2)
})

test("looks for no token that could not be one", async t => {
  const { store, vaults, clock } = await openTestVaults(t)
  const never = manualTimer()
  const challenges = createChallenges({ store, vaults, clock, timer: never })
  assert.equal(await challenges.http("../../etc/passwd"), undefined)
  assert.equal(await challenges.alpn("x".repeat(254)), undefined)
  assert.equal(never.waiting, 0)
})
