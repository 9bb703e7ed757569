import assert from "node:assert/strict"
import { test } from "node:test"
import { hashLeaf, hashNodes, rootOf } from "@letterkeep/tlog"
import type { Store, Tx } from "../../store/index.ts"
import { access, openTestLedger, type TestLedger, told } from "./open-test-ledger.ts"
import { type Sequenced, type SequenceParts, sequence } from "./sequence.ts"
import { createLedgerSigner } from "./signer.ts"
import { LedgerBrokenError } from "./tree-rows.ts"

const partsOf = ({ store, vaults, clock, log, ledger }: TestLedger): SequenceParts => ({
  store,
  vaults,
  clock,
  log,
  signer: createLedgerSigner(vaults, ledger.open.origin),
})

/** A store whose transactions fail at the step that `mayGo` says no to: before it runs, or after the commit. */
function failing(store: Store, mayGo: () => boolean): Pick<Store, "transaction" | "copyIn"> {
  const step = (): void => {
    if (!mayGo()) throw new Error("crash")
  }
  const real = new WeakMap<object, Tx>()
  return {
    async transaction(work) {
      const result = await store.transaction(async tx => {
        const watched = new Proxy(tx, {
          apply(target, self, given) {
            // A query's own fragments are called with a plain value first: they run nothing.
            if (Array.isArray(given[0]) && "raw" in given[0]) step()
            return Reflect.apply(target, self, given)
          },
        })
        real.set(watched, tx)
        return await work(watched)
      })
      step()
      return result
    },
    async copyIn(tx, ...tables) {
      step()
      await store.copyIn(real.get(tx) ?? tx, ...tables)
    },
  }
}

/** Every leaf once, without a gap, and the last checkpoint over all of them. */
async function assertWhole({ store, vaults, ledger }: TestLedger, size: number): Promise<void> {
  const rows = await store.sql<{ leaf: number; data: Buffer; hash: Buffer }[]>`
    select leaf, data, hash from ledger_leaf order by leaf`
  assert.deepEqual(
    rows.map(row => row.leaf),
    Array.from({ length: size }, (_, leaf) => leaf),
  )
  const counts = rows.map(row => /"count":(\d+)/.exec(row.data.toString())?.[1])
  assert.equal(new Set(counts).size, size)
  for (const { data, hash } of rows) assert.deepEqual(hashLeaf(data), hash)
  const [last] = await store.sql<
    { note: string }[]
  >`select note from ledger_checkpoint order by size desc limit 1`
  const head = createLedgerSigner(vaults, ledger.open.origin).open(last?.note ?? "")
  assert.equal(head?.size, size)
  const leaves = rows.map(row => row.hash)
  const root = await rootOf(size, async nodes => {
    const hashes: Uint8Array[] = []
    for (const { level, index } of nodes) {
      const own = leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)
      // A complete subtree's hash is the root of a tree of its leaves alone.
      hashes.push(own.length === 1 && own[0] !== undefined ? own[0] : await rootOfLeaves(own))
    }
    return hashes
  })
  assert.deepEqual(Buffer.from(head?.root ?? []), Buffer.from(root))
}

async function rootOfLeaves(leaves: readonly Buffer[]): Promise<Uint8Array> {
  let row: readonly Uint8Array[] = leaves
  while (row.length > 1) {
    const next: Uint8Array[] = []
    for (let at = 0; at + 1 < row.length; at += 2) {
      const [left, right] = row.slice(at, at + 2)
      assert(left && right)
      next.push(hashNodes(left, right))
    }
    row = next
  }
  assert(row[0])
  return row[0]
}

test("a failure at any statement, or after the commit, loses no event and numbers none twice", async t => {
  const house = await openTestLedger(t)
  let events = 0
  let failedAt = 0
  for (let isDone = false; !isDone; failedAt++) {
    for (let each = 0; each < 3; each++) await house.ledger.recordNow(null, { ...told, count: ++events })
    let steps = 0
    const store = failing(house.store, () => steps++ !== failedAt)
    isDone = await sequence({ ...partsOf(house), store }, "wait", undefined).then(
      () => true,
      error => {
        assert.match(String(error.message), /crash/)
        return false
      },
    )
    if (!isDone) await sequence(partsOf(house), "wait", undefined)
    await assertWhole(house, events)
  }
  assert.ok(failedAt > 8, `only ${failedAt} steps were tried`)
})

test("two nodes at once number every event once", async t => {
  const house = await openTestLedger(t)
  const nodes = [house.ledger, await house.node(), await house.node()]
  let events = 0
  await Promise.all(
    nodes.map(async node => {
      for (let round = 0; round < 12; round++) {
        await node.recordNow(null, { ...told, count: ++events })
        await node.flush()
      }
    }),
  )
  await assertWhole(house, 36)
})

test("a node that finds another one at work leaves it to that one", async t => {
  const house = await openTestLedger(t)
  await house.ledger.recordNow(null, told)
  const held = Promise.withResolvers<void>()
  const holding = Promise.withResolvers<void>()
  const other = house.store.transaction(async tx => {
    await tx`select pg_advisory_xact_lock(7301002)`
    holding.resolve()
    await held.promise
  })
  await holding.promise
  const outcome = await sequence(partsOf(house), "try", undefined)
  assert.equal(outcome.kind, "busy")
  held.resolve()
  await other
  assert.equal((await sequence(partsOf(house), "try", undefined)).kind, "numbered")
})

test("signs nothing that somebody else put among what waits", async t => {
  const house = await openTestLedger(t)
  const { store, ledger, log } = house
  await ledger.recordNow(null, { ...told, count: 1 })
  const data = Buffer.from('letterkeep ledger 1\npolicy-version\npublic {"sha256":"00"}\n')
  await store.sql`insert into ledger_waiting (data, mac, created_at) values (${data}, ${Buffer.alloc(32)}, now())`
  // The same again, and one that has its number: they were ours once.
  await store.sql`insert into ledger_waiting (data, mac, created_at) select data, mac, created_at from ledger_waiting`
  const again = await store.sql<{ data: Buffer; mac: Buffer; created_at: Date }[]>`
    select data, mac, created_at from ledger_waiting order by waiting_id limit 1`
  await ledger.recordNow(null, { ...told, count: 2 })
  await ledger.flush()
  await assertWhole(house, 2)
  for (const { data, mac, created_at } of again)
    await store.sql`insert into ledger_waiting (data, mac, created_at) values (${data}, ${mac}, ${created_at})`
  await ledger.flush()
  await assertWhole(house, 2)
  assert.deepEqual(
    log.events.filter(({ name }) => name.startsWith("ledger.")).map(({ name }) => name),
    ["ledger.event-not-ours", "ledger.event-not-ours"],
  )
})

const attacks: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  "a hash in a tile": ({ sql }) =>
    sql`update ledger_tile set hashes = set_byte(hashes, 0, 1 + get_byte(hashes, 0) % 255)`,
  "a tile's last hash": ({ sql }) =>
    sql`update ledger_tile set hashes = substr(hashes, 1, length(hashes) - 32) where level = 0`,
  "the checkpoint's size": ({ sql }) => sql`update ledger_checkpoint set size = size + 1 where size = 5`,
  "the checkpoint's note": ({ sql }) =>
    sql`update ledger_checkpoint set note = replace(note, E'\n5\n', E'\n4\n')`,
}
for (const [what, attack] of Object.entries(attacks))
  test(`signs nothing on top of a ledger in which ${what} was changed`, async t => {
    const house = await openTestLedger(t)
    const { ledger, store } = house
    for (let event = 0; event < 5; event++) await ledger.recordNow(null, told)
    await ledger.flush()
    await attack({ ...store, sql: store.owner })
    await ledger.recordNow(null, told)
    await assert.rejects(
      ledger.flush(),
      error => error instanceof LedgerBrokenError || error instanceof RangeError,
    )
    assert.equal((await store.sql`select from ledger_leaf`).length, 5)
    assert.equal((await store.sql`select from ledger_waiting`).length, 1)
  })

test("a process signs no second history after its database went back to an older one", async t => {
  const house = await openTestLedger(t)
  const { ledger, store } = house
  for (let event = 0; event < 2; event++) {
    await ledger.recordNow(null, told)
    await ledger.flush()
  }
  await store.owner`delete from ledger_leaf where leaf = 1`
  await store.owner`delete from ledger_checkpoint where size = 2`
  await store.owner`update ledger_tile set hashes = substr(hashes, 1, 32)`
  await ledger.recordNow(null, told)
  await assert.rejects(ledger.flush(), /went back from 2 events to 1/)
  assert.equal((await store.sql`select from ledger_leaf`).length, 1)
})

test("a ledger that was tampered with does not keep a node from starting", async t => {
  const house = await openTestLedger(t)
  await house.ledger.recordNow(null, told)
  await house.ledger.flush()
  await house.store.owner`update ledger_checkpoint set note = replace(note, E'\n1\n', E'\n2\n')`
  const node = await house.node()
  assert.match((await node.open.checkpoint()) ?? "", /\n2\n/)
  assert.ok(house.log.events.some(({ name }) => name === "ledger.numbering-failed"))
})

test("says how long the oldest of what it numbered had waited", async t => {
  const house = await openTestLedger(t)
  const { account } = await house.makePerson()
  await house.ledger.recordNow(account, access)
  house.clock.at += 3000
  await house.ledger.recordNow(account, access)
  const done: Sequenced = await sequence(partsOf(house), "wait", undefined)
  assert(done.kind === "numbered")
  assert.equal(done.lag, 3000)
  assert.equal(done.events, 2)
})
