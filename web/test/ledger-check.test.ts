import assert from "node:assert/strict"
import { describe, test } from "node:test"
import type { ProofFile } from "../../server/src/privacy/ledger/proof-file.ts"
import { checkFile, MOST_WRONG } from "../src/ledger/check-file.ts"
import { createScanner, maxPartBytes, ScanError } from "../src/ledger/scan-json.ts"
import { anna, annasEvents, bob, proofOf, signerOf, verifierKey } from "./ledger-proof.ts"

/** The page's checks without the page: Node's WebCrypto is the browsers' in all that is used here. */

const proof = await proofOf()

/** A file that the browser gives out in pieces of so many octets. */
function fileOf(text: string, pieceBytes = 65_536): Blob {
  const octets = new TextEncoder().encode(text)
  const file = new Blob([octets])
  file.stream = () =>
    new ReadableStream({
      start(control) {
        for (let at = 0; at < octets.length; at += pieceBytes)
          control.enqueue(octets.slice(at, at + pieceBytes))
        control.close()
      },
    })
  return file
}

const watch = { onRead: () => undefined, isWanted: () => true }

/** What the checks say in a word a line: the file's refusal, or each event's. */
async function verdict(
  file: ProofFile | string,
  knownKey = verifierKey,
  pieceBytes?: number,
): Promise<string> {
  const text = typeof file === "string" ? file : JSON.stringify(file)
  const checked = await checkFile(fileOf(text, pieceBytes), knownKey, watch)
  if (checked.kind !== "checked") return checked.kind === "refused" ? checked.why : checked.kind
  const { entries } = checked
  return Array.from({ length: entries.count }, (_, at) => entries.verdictAt(at))
    .map(one => (one.kind === "proven" ? "proven" : one.why))
    .join(" ")
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
    const checked = await checkFile(fileOf(JSON.stringify(proof)), "", watch)
    assert.equal(checked.kind === "checked" && checked.key, "as-the-file-says")
  })

  test("shows by a gap in the numbers that an entry is missing, and by none that all are there", async () => {
    const lacking = async (events: ProofFile["events"]) => {
      const checked = await checkFile(fileOf(JSON.stringify({ ...proof, events })), verifierKey, watch)
      assert.ok(checked.kind === "checked" && checked.entries.wrong === 0)
      return checked.checker.lacking()
    }
    assert.equal(await lacking(proof.events), 0)
    assert.equal(await lacking(proof.events.toSpliced(1, 2)), 2)
    assert.equal(await lacking(proof.events.slice(1)), 1)
    assert.equal(await lacking([]), 0)
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

  test("is none without its fields, or with fields of another kind", async () => {
    for (const name of Object.keys(proof))
      if (name !== "events")
        assert.equal(await verdict(JSON.stringify({ ...proof, [name]: undefined })), "not-a-proof", name)
    for (const name of Object.keys(event(0)))
      assert.equal(
        await verdict(JSON.stringify({ ...proof, events: [{ ...event(0), [name]: {} }] })),
        "not-a-proof",
        name,
      )
    for (const text of ["", "null", "[]", "{}", "{", "7"]) assert.equal(await verdict(text), "not-a-proof")
    for (const wrong of [{ locked: -1 }, { altered: -1 }, { altered: "none" }])
      assert.equal(await verdict(JSON.stringify({ ...proof, ...wrong })), "not-a-proof")
    const path = Array.from({ length: 54 }, () => "")
    assert.equal(await verdict(JSON.stringify({ ...proof, events: [{ ...event(0), path }] })), "not-a-proof")
    const { events, locked, altered, ...head } = proof
    assert.equal(
      await verdict(JSON.stringify({ events, ...head, locked, altered })),
      "not-a-proof",
      "what is signed comes first",
    )
  })

  test("is none that was cut off, wherever that was", async () => {
    const text = JSON.stringify(proof, undefined, 2)
    for (let end = 0; end < text.length; end += 97)
      assert.equal(await verdict(text.slice(0, end)), "not-a-proof")
    assert.equal(await verdict(`${text}\n`), "proven proven proven proven")
    assert.equal(await verdict(`${text}{}`), "not-a-proof")
  })

  test("is the same however it is split on its way, and however it is spaced", async () => {
    for (const space of [undefined, 2])
      for (const piece of [1, 2, 3, 7, 64, 1000])
        assert.equal(
          await verdict(JSON.stringify(proof, undefined, space), verifierKey, piece),
          "proven proven proven proven",
        )
  })

  test("of more entries than were ever taken before is checked to its last, and any of them is read again", async () => {
    const [first] = proof.events
    assert(first)
    const { events: _, locked, altered, ...head } = proof
    // Nothing here is right but its shape: each entry has a number of its own, and its salt is that of the first.
    const all = 120_000
    const rows = Array.from({ length: all }, (_, at) =>
      JSON.stringify({ ...first, leaf: at, path: [], salt: "" }),
    )
    const end = JSON.stringify({ locked, altered }).slice(1)
    const text = `${JSON.stringify(head).slice(0, -1)},"events":[${rows.join(",\n")}],${end}`
    const file = fileOf(text)
    let done = 0
    const checked = await checkFile(file, verifierKey, { ...watch, onRead: octets => (done = octets) })
    assert(checked.kind === "checked")
    assert.deepEqual([checked.entries.count, checked.entries.wrong], [all, all])
    assert.equal(checked.wrong.length, MOST_WRONG)
    assert.equal(done, file.size)
    for (const from of [0, 99, 100, 65_500, all - 200]) {
      const read = await checked.entries.read(file, from, from + 200)
      assert.deepEqual(
        read?.map(one => one.leaf),
        Array.from({ length: 200 }, (_, at) => from + at),
      )
    }
    assert.equal((await checked.entries.read(file, all - 1, all))?.[0]?.leaf, all - 1)
    assert.equal(await checked.entries.read(fileOf("x".repeat(text.length)), 0, 200), undefined)
  })

  test("is given up when nobody waits for it", async () => {
    const isWanted = () => false
    assert.deepEqual(await checkFile(fileOf(JSON.stringify(proof)), "", { ...watch, isWanted }), {
      kind: "given-up",
    })
  })
})

describe("the scanner", () => {
  const scan = (text: string) => createScanner().push(new TextEncoder().encode(text))
  test("gives fields and elements as they stand, and their places", () => {
    const text =
      '{ "a" : "x,}]\\"", "b":{"c":[1,{"d":"]"}]} ,"ü" : [ 1 ,"," , {"e":[2]},[3]], "z":[] ,"last":null}'
    const parts = scan(text)
    assert.deepEqual(
      parts.map(part => [part.kind, part.name, JSON.parse(part.text)]),
      [
        ["field", "a", 'x,}]"'],
        ["field", "b", { c: [1, { d: "]" }] }],
        ["element", "ü", 1],
        ["element", "ü", ","],
        ["element", "ü", { e: [2] }],
        ["element", "ü", [3]],
        ["field", "last", null],
      ],
    )
    const octets = new TextEncoder().encode(text)
    for (const part of parts)
      if (part.kind === "element")
        assert.equal(new TextDecoder().decode(octets.subarray(part.from, part.to)), part.text)
  })

  test("refuses what is no object, and a value that is longer than any of ours", () => {
    for (const text of ["[", "x", '{"a":[1}', '{"a":1]', "{1", '{"a" 1', "{} x"])
      assert.throws(() => scan(text), ScanError, text)
    for (const text of ['{"a":"', '{"a":["', '{"'])
      assert.throws(() => scan(text + "x".repeat(maxPartBytes + 1)), ScanError)
  })
})
