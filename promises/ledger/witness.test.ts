import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { verifierKeyOf } from "@letterkeep/tlog"
import { openPublicLog } from "./public-log.ts"
import { openTestLog, spoilTile, type TestLog, testSigner } from "./test-log.ts"
import { whatChanged } from "./what-changed.ts"
import { createWitness, type Witness } from "./witness.ts"

const entriesOf = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => Buffer.from(`entry ${from + at}`))

/** A log of `count` entries, and a witness who has seen it. */
async function witnessed(context: TestContext, count: number): Promise<{ log: TestLog; witness: Witness }> {
  const log = await openTestLog(context)
  log.entries = entriesOf(count)
  log.publish()
  const witness = createWitness(openPublicLog(log.address), log.verifierKey)
  assert.equal((await witness.look()).kind, "honest")
  return { log, witness }
}

async function breach(witness: Witness): Promise<string> {
  const look = await witness.look()
  return look.kind === "broken" ? look.how : look.kind
}

test("a log that only grows is honest, over full tiles too", async context => {
  const { log, witness } = await witnessed(context, 0)
  for (const count of [1, 2, 255, 256, 257, 600]) {
    log.entries = entriesOf(count)
    log.publish()
    const look = await witness.look()
    assert(look.kind === "honest", look.kind === "broken" ? look.said : "")
    assert.equal(look.size, count)
    assert.deepEqual(look.entries.map(String), log.entries.map(String))
  }
  assert.equal((await witness.look()).kind, "honest")
})

test("who has the key and writes another past is noticed: edit, drop, reorder, whether or not the log grew", async context => {
  for (const more of [0, 3]) {
    const attacks = {
      edited: (entries: Buffer[]) => entries.with(4, Buffer.from("another")),
      dropped: (entries: Buffer[]) => [...entries.toSpliced(4, 1), Buffer.from("filled up")],
      reordered: (entries: Buffer[]) => entries.toSpliced(4, 2, ...entries.slice(4, 6).reverse()),
    }
    for (const [how, attack] of Object.entries(attacks)) {
      const { log, witness } = await witnessed(context, 300)
      log.entries = [...attack(log.entries), ...entriesOf(more, 300)]
      log.publish()
      assert.equal(await breach(witness), more === 0 ? "forked" : how)
    }
  }
})

test("an older state, or one that goes on from it, is noticed", async context => {
  const { log, witness } = await witnessed(context, 10)
  log.entries = entriesOf(8)
  log.publish()
  assert.equal(await breach(witness), "rolled-back")
  log.entries = [...entriesOf(8), ...entriesOf(5, 100)]
  log.publish()
  assert.equal(await breach(witness), "edited")
})

test("a log without a checkpoint is empty, until one has been seen", async context => {
  const log = await openTestLog(context)
  const witness = createWitness(openPublicLog(log.address), log.verifierKey)
  const look = await witness.look()
  assert(look.kind === "honest")
  assert.equal(look.size, 0)
  log.entries = entriesOf(2)
  log.publish()
  assert.equal(await breach(witness), "honest")
  log.shelf.delete("checkpoint")
  assert.equal(await breach(witness), "rolled-back")
})

test("two histories of one length are noticed by whoever has seen both", async context => {
  const { log, witness } = await witnessed(context, 10)
  log.entries = [...entriesOf(9), Buffer.from("for others")]
  log.publish()
  assert.equal(await breach(witness), "forked")
})

test("who has only the database cannot change anything that was signed", async context => {
  const spoils = {
    "an entry": (log: TestLog) => spoilTile(log, "entries", octets => flip(octets, octets.length - 1)),
    "an entry's length": (log: TestLog) => spoilTile(log, "entries", octets => flip(octets, 1)),
    "an entry less": (log: TestLog) => spoilTile(log, "entries", octets => octets.subarray(0, -9)),
    "a leaf's hash": (log: TestLog) => spoilTile(log, 0, octets => flip(octets, 40)),
    "an upper tile": (log: TestLog) => spoilTile(log, 1, octets => flip(octets, 3)),
    "a tile less": (log: TestLog) => spoilTile(log, 1, octets => octets.subarray(32)),
  }
  for (const [what, spoil] of Object.entries(spoils)) {
    const { log, witness } = await witnessed(context, 300)
    spoil(log)
    assert.equal(await breach(witness), "not-as-signed", what)
  }
})

test("an entry and its hash changed together have another root than was signed", async context => {
  const { log, witness } = await witnessed(context, 10)
  const signed = log.shelf.get("checkpoint") ?? assert.fail()
  log.entries = log.entries.with(4, Buffer.from("another"))
  log.publish()
  log.shelf.set("checkpoint", signed)
  assert.equal(await breach(witness), "not-as-signed")
})

test("a checkpoint that another key signed, or that was changed, is not believed", async context => {
  const { log, witness } = await witnessed(context, 3)
  const stranger = createWitness(openPublicLog(log.address), verifierKeyOf(testSigner("log.example", 2)))
  assert.equal(await breach(stranger), "not-signed")
  const note = String(log.shelf.get("checkpoint"))
  log.shelf.set("checkpoint", Buffer.from(note.replace("\n3\n", "\n4\n")))
  assert.equal(await breach(witness), "not-signed")
})

test("after a breach the witness still holds on to what it saw before", async context => {
  const { log, witness } = await witnessed(context, 10)
  log.entries = entriesOf(4)
  log.publish()
  assert.equal(await breach(witness), "rolled-back")
  log.entries = entriesOf(11)
  log.publish()
  assert.equal(await breach(witness), "honest")
})

test("names what was done to a list", () => {
  const list = (text: string) => [...text].map(letter => Buffer.from(letter))
  assert.equal(whatChanged(list(""), list("ab")), "grown")
  assert.equal(whatChanged(list("ab"), list("abc")), "grown")
  assert.equal(whatChanged(list("abc"), list("ab")), "rolled-back")
  assert.equal(whatChanged(list("abc"), list("axc")), "edited")
  assert.equal(whatChanged(list("abc"), list("abx")), "edited")
  assert.equal(whatChanged(list("abc"), list("acb")), "reordered")
  assert.equal(whatChanged(list("abc"), list("ac")), "dropped")
  assert.equal(whatChanged(list("abc"), list("acd")), "dropped")
})

const flip = (octets: Buffer, at: number): Buffer => {
  octets[at] = (octets[at] ?? 0) ^ 1
  return octets
}
