import assert from "node:assert/strict"
import { test } from "node:test"
import { recordingLog } from "../../ports/log.ts"
import { openTestVaults } from "../../vaults/open-test-vaults.ts"
import { type KeptPolicy, openKeptPolicies } from "./kept-policies.ts"

const day = 86_400_000

function policy(fetchedAt: number, mode: "enforce" | "testing" = "enforce"): KeptPolicy {
  return {
    policy: { mode, mx: ["mx.far.test"], maxAge: 86_400 },
    id: "1",
    fetchedAt,
    lines: ["version: STSv1", "mx: mx.far.test"],
  }
}

test("keeps a policy for its time, the newest of each domain, for every process with the key file", async t => {
  const { store, vaults, clock, again } = await openTestVaults(t)
  const kept = openKeptPolicies({ clock, store, log: recordingLog(), vaults })
  assert.equal(await kept.find("far.test"), undefined)
  await kept.keep("far.test", policy(clock.at, "testing"))
  await kept.keep("far.test", policy(clock.at))
  await kept.keep("other.test", policy(clock.at - day + 1))
  const other = openKeptPolicies({ clock, store, log: recordingLog(), vaults: await again() })
  assert.deepEqual(await other.find("far.test"), policy(clock.at))
  clock.at += 1
  assert.equal(await kept.find("other.test"), undefined)
  assert.deepEqual(await kept.find("far.test"), policy(clock.at - 1))
})

test("what has run out goes when another comes", async t => {
  const { store, vaults, clock } = await openTestVaults(t)
  const kept = openKeptPolicies({ clock, store, log: recordingLog(), vaults })
  await kept.keep("old.test", policy(clock.at))
  clock.at += day
  await kept.keep("far.test", policy(clock.at))
  const [count] = await store.sql`select count(*)::int as count from sts_policy`
  assert.deepEqual({ ...count }, { count: 1 })
})

test("says nothing of a domain to whoever reads the table, and does not believe a row of another's", async t => {
  const { store, vaults, clock } = await openTestVaults(t)
  const kept = openKeptPolicies({ clock, store, log: recordingLog(), vaults })
  await kept.keep("far.test", policy(clock.at))
  await kept.keep("other.test", policy(clock.at))
  const rows = await store.sql<{ domain_hash: Uint8Array; data: Uint8Array }[]>`select * from sts_policy`
  for (const { domain_hash, data } of rows)
    assert.doesNotMatch(Buffer.concat([domain_hash, data]).toString("latin1"), /test|STSv1/)
  await store.sql`update sts_policy set data = ${rows[0]?.data ?? ""}`
  const found = await Promise.all([kept.find("far.test"), kept.find("other.test")])
  assert.deepEqual(found.filter(one => one === "unreadable").length, 1)
  assert.deepEqual(
    found.find(one => one !== "unreadable"),
    policy(clock.at),
  )
})
