import assert from "node:assert/strict"
import { describe, test } from "node:test"
import type { ProofFile } from "../../server/src/privacy/ledger/proof-file.ts"
import { checkProof } from "../src/ledger/check-proof.ts"
import { readProofFile } from "../src/ledger/read-proof-file.ts"
import { anna, annasEvents, bob, proofOf, signerOf, verifierKey } from "./ledger-proof.ts"

/** The page's checks without the page: Node's WebCrypto is the browsers' in all that is used here. */

const proof = await proofOf()

/** What the checks say in a word a line: the file's refusal, or each event's. */
async function verdict(file: ProofFile, knownKey = verifierKey): Promise<string> {
  const read = readProofFile(JSON.stringify(file))
  if (read === undefined) return "not-a-proof"
  const checked = await checkProof(read, knownKey)
  if (checked.kind === "refused") return checked.why
  return checked.events.map(event => (event.kind === "proven" ? "proven" : event.why)).join(" ")
}

const event = (at: number) => proof.events[at] ?? assert.fail("no such event")
const withEvent = (at: number, changed: Partial<ProofFile["events"][number]>): ProofFile => ({
  ...proof,
  events: proof.events.with(at, { ...event(at), ...changed }),
})

describe("a proof file", () => {
  test("holds as the server wrote it, with its key known and not", async () => {
    assert.equal(await verdict(proof), "proven proven proven proven")
    assert.equal(await verdict(proof, ""), "proven proven proven proven")
    const checked = await checkProof(proof, "")
    assert.equal(checked.kind === "holds" && checked.key, "as-the-file-says")
  })

  test("holds without events, and with one that is the only leaf but two", async () => {
    assert.equal(await verdict({ ...proof, events: [] }), "")
    assert.equal(await verdict(await proofOf(annasEvents.slice(0, 1))), "proven")
  })

  test("does not hold with a detail, a salt, a leaf, a path or a number changed", async () => {
    const others = " proven proven"
    const said = event(1).detail.replace("my mail is full", "my mail is here")
    assert.equal(await verdict(withEvent(1, { detail: said })), `proven commitment${others}`)
    assert.equal(await verdict(withEvent(1, { salt: event(2).salt })), `proven commitment${others}`)
    assert.equal(await verdict(withEvent(1, { salt: "" })), `proven commitment${others}`)
    assert.equal(await verdict(withEvent(1, { data: event(2).data })), `proven commitment${others}`)
    const elsewhere = event(1).data.replace(/place ../, "place 00")
    assert.equal(await verdict(withEvent(1, { data: elsewhere })), `proven inclusion${others}`)
    const placeless = event(1).data.replace(/place .*\n/, "")
    assert.equal(await verdict(withEvent(1, { data: placeless })), `proven inclusion${others}`)
    assert.equal(await verdict(withEvent(1, { data: `${event(1).data}x\n` })), `proven commitment${others}`)
    assert.equal(await verdict(withEvent(1, { path: event(2).path })), `proven inclusion${others}`)
    assert.equal(await verdict(withEvent(1, { path: event(1).path.slice(1) })), `proven inclusion${others}`)
    assert.equal(await verdict(withEvent(1, { path: [...event(1).path, ""] })), `proven inclusion${others}`)
    assert.equal(await verdict(withEvent(1, { leaf: 4 })), `proven inclusion${others}`)
    assert.equal(await verdict(withEvent(1, { leaf: 1_000_000 })), "proven inclusion order proven")
  })

  test("does not hold with an event twice, out of order, or of somebody else", async () => {
    const [first, second, third, fourth] = proof.events
    assert(first && second && third && fourth)
    assert.equal(await verdict({ ...proof, events: [first, first] }), "proven order")
    assert.equal(await verdict({ ...proof, events: [second, first] }), "proven order")
    const forged = { ...second, detail: second.detail.replace(`"subject":${anna}`, '"subject":8') }
    assert.equal(await verdict({ ...proof, events: [first, forged] }), "proven commitment")
    assert.equal(await verdict(await proofOf(annasEvents, signerOf(1), bob)), "proven proven proven subject")
  })

  test("is refused with another checkpoint, another signature, another key or another origin", async () => {
    const size = proof.checkpoint.replace("\n12\n", "\n13\n")
    assert.notEqual(size, proof.checkpoint)
    assert.equal(await verdict({ ...proof, checkpoint: size }), "bad-signature")
    assert.equal(await verdict({ ...proof, checkpoint: proof.checkpoint.replace("\u2014", "-") }), "bad-note")
    const forged = await proofOf(annasEvents.slice(1), signerOf(2))
    assert.equal(await verdict(forged), "other-key")
    assert.equal(await verdict({ ...forged, verifierKey }), "not-signed")
    assert.equal(await verdict({ ...proof, origin: "another" }), "other-origin")
    const id = proof.verifierKey.replace(/\+[0-9a-f]/, found => (found === "+0" ? "+1" : "+0"))
    assert.equal(await verdict({ ...proof, verifierKey: id }), "bad-key")
  })

  test("is none without its fields, or with fields of another kind", () => {
    for (const name of Object.keys(proof))
      assert.equal(readProofFile(JSON.stringify({ ...proof, [name]: undefined })), undefined, name)
    for (const name of Object.keys(event(0)))
      assert.equal(
        readProofFile(JSON.stringify({ ...proof, events: [{ ...event(0), [name]: {} }] })),
        undefined,
        name,
      )
    for (const text of ["", "null", "[]", "{}", "{", "7"]) assert.equal(readProofFile(text), undefined)
    assert.equal(readProofFile(JSON.stringify({ ...proof, locked: -1 })), undefined)
    const path = Array.from({ length: 54 }, () => "")
    assert.equal(readProofFile(JSON.stringify({ ...proof, events: [{ ...event(0), path }] })), undefined)
  })
})
