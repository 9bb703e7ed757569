import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { hashLeaf, openNote, parseCheckpoint, parseVerifierKey, verifyInclusion } from "@letterkeep/tlog"
import type { SignedIn } from "../../../people/index.ts"
import { commitTo, parseLeaf } from "../../../privacy/ledger/leaf.ts"
import { access, openTestLedger, told } from "../../../privacy/ledger/open-test-ledger.ts"
import type { ProofFile } from "../../../privacy/ledger/proof-file.ts"
import { testPrivacy } from "../../../privacy/test-privacy.ts"
import { asId, type OrgId } from "../../../store/index.ts"
import { ControlError } from "../command.ts"
import { ledgerCommands } from "./ledger.ts"

async function openCommands(t: TestContext) {
  const house = await openTestLedger(t)
  const { account, holder } = await house.makePerson()
  const signIn = async (): Promise<SignedIn> => ({
    kind: "signed-in",
    session: await house.signIn(account, holder),
    account: {
      id: account,
      org: asId<OrgId>(1),
      role: "person",
      credentialGeneration: 1,
      credential: { id: 1, kind: "password" },
    },
  })
  const commands = ledgerCommands({
    ledger: house.ledger,
    privacy: testPrivacy,
    people: { signIn },
    now: house.clock.now,
  })
  const said: string[] = []
  const run = async (name: string, input: unknown = {}) => {
    const chunks: Uint8Array[] = []
    const found = commands.find(each => each.name === name)
    assert(found)
    const result = await found.run(input, {
      signal: new AbortController().signal,
      progress: text => void said.push(text),
      bytes: async chunk => {
        assert.ok(chunk.length <= 512 * 1024)
        chunks.push(Buffer.from(chunk))
      },
    })
    return { ...result, bytes: Buffer.concat(chunks).toString("utf8") }
  }
  return { ...house, account, run, said }
}
const anna = { address: "anna@example.org", password: "whatever it is" }

test("export writes what was done with a person's data, and what proves it to anybody", async t => {
  const { ledger, account, run, said } = await openCommands(t)
  await ledger.recordNow(null, told)
  for (let event = 0; event < 3; event++)
    await ledger.recordNow(account, { ...access, reason: `"quoted", and ü ${event} ${"x".repeat(9_000)}` })
  const file: ProofFile = JSON.parse((await run("ledger.export", anna)).bytes)
  assert.equal(file.format, "letterkeep ledger proof 1")
  assert.equal(file.address, anna.address)
  assert.deepEqual([file.locked, file.altered], [0, 0])
  const key = parseVerifierKey(file.verifierKey)
  assert(key)
  const opened = openNote(file.checkpoint, [key])
  const head = opened.kind === "opened" ? parseCheckpoint(opened.text) : undefined
  assert(head)
  assert.equal(head.origin, file.origin)
  assert.deepEqual(
    file.events.map(event => [event.leaf, JSON.parse(event.detail).reason.slice(0, 17)]),
    [0, 1, 2].map(event => [event + 1, `"quoted", and ü ${event}`]),
  )
  for (const { leaf, data, detail, salt, path } of file.events) {
    const content = parseLeaf(Buffer.from(data))?.content
    assert(content?.kind === "sealed")
    assert.deepEqual(content.commitment, commitTo(Buffer.from(salt, "base64"), Buffer.from(detail)))
    const leafHash = hashLeaf(Buffer.from(data))
    const proof = path.map(hash => Buffer.from(hash, "base64"))
    assert.ok(verifyInclusion({ leafHash, leaf, size: head.size, root: head.root, proof }))
  }
  assert.match(said.join("\n"), /^3 events with their proofs/)
})

test("export leaves out what somebody changed, and says so", async t => {
  const { ledger, account, run, said, store } = await openCommands(t)
  for (let event = 0; event < 2; event++) await ledger.recordNow(account, access)
  await ledger.flush()
  await store.owner`
    update ledger_detail set sealed = set_byte(sealed, 60, 255 - get_byte(sealed, 60))
    where leaf_hash = (select hash from ledger_leaf where leaf = 0)`
  const file: ProofFile = JSON.parse((await run("ledger.export", anna)).bytes)
  assert.deepEqual(
    file.events.map(event => event.leaf),
    [1],
  )
  assert.equal(file.altered, 1)
  assert.match(said.join("\n"), /1 events are not what was written/)
})

test("export proves nothing by a checkpoint that was tampered with", async t => {
  const { ledger, account, run, store } = await openCommands(t)
  await ledger.recordNow(account, access)
  await ledger.flush()
  await store.owner`update ledger_checkpoint set note = replace(note, E'\n1\n', E'\n2\n')`
  await assert.rejects(run("ledger.export", anna), error => error instanceof ControlError)
})

test("verify says how large the ledger is and under which key, or what is wrong with it", async t => {
  const { ledger, run, store } = await openCommands(t)
  await ledger.recordNow(null, told)
  await ledger.flush()
  const { text } = await run("ledger.verify")
  assert.match(text, /^the ledger is whole: 1 events, 1 signed checkpoints\nits key: letterkeep-ledger\//)
  await store.owner`delete from ledger_leaf`
  await assert.rejects(
    run("ledger.verify"),
    error =>
      error instanceof ControlError && /not whole:\n {2}A checkpoint over 1 events/.test(error.message),
  )
})
