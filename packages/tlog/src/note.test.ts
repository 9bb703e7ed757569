import assert from "node:assert/strict"
import { createPrivateKey, createPublicKey, sign } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { openNote, parseNote, parseVerifierKey, type Signer, signNote, verifierKeyOf } from "./index.ts"
import { writeNote } from "./note.ts"

/** A signer of these 32 octets of seed (RFC 8032 §5.1.5). */
function signerOf(name: string, seed: Buffer): Signer {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed])
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  const { x = "" } = createPublicKey(key).export({ format: "jwk" })
  const publicKey = Buffer.from(x, "base64url")
  return { name, publicKey, sign: message => sign(null, message, key) }
}

const known = (key: string) => parseVerifierKey(key) ?? assert.fail("not a verifier key")

// Go's sumdb/note, note_test.go and example_test.go. The seed is that of its PRIVATE+KEY+PeterNeumann, without the type.
const peterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
const peterSeed = Buffer.from("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", "base64").subarray(1)
const peter = signerOf("PeterNeumann", peterSeed)
const enochKey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
const enoch = signerOf("EnochRoot", Buffer.alloc(32))
const text =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const peterLine =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
const enochLine =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

test("signs as Go's note package does, alone and together", () => {
  assert.equal(signNote(text, peter), `${text}\n${peterLine}`)
  assert.equal(signNote(text, peter, enoch), `${text}\n${peterLine}${enochLine}`)
  assert.equal(verifierKeyOf(peter), peterKey)
  assert.equal(verifierKeyOf(enoch), enochKey)
})

test("opens the example of C2SP's signed-note and the one of tlog-checkpoint's form", () => {
  const foo = known("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
  const note =
    "This is an example message.\n\n" +
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
  assert.equal(openNote(note, [foo]).kind, "opened")
  assert.deepEqual(openNote(note.replace("example m", "Example m"), [foo]), {
    kind: "refused",
    why: "bad-signature",
  })
})

test("opens what somebody known has signed, whoever else did", () => {
  const note = `${text}\n${peterLine}${enochLine}`
  const opened = openNote(note, [known(peterKey)])
  assert(opened.kind === "opened")
  assert.equal(opened.text, text)
  assert.deepEqual(
    opened.signedBy.map(one => one.name),
    ["PeterNeumann"],
  )
  const both = openNote(Buffer.from(note), [known(enochKey), known(peterKey)])
  assert(both.kind === "opened")
  assert.deepEqual(
    both.signedBy.map(one => one.name),
    ["PeterNeumann", "EnochRoot"],
  )
  assert.deepEqual(openNote(note, []), { kind: "refused", why: "unknown-signers" })
})

test("refuses the whole note when one known signature is bad", () => {
  const bad = `${peterLine.slice(0, 60)}ABCD${peterLine.slice(60)}`
  assert.deepEqual(openNote(`${text}\n${enochLine}${bad}`, [known(peterKey), known(enochKey)]), {
    kind: "refused",
    why: "bad-signature",
  })
})

test("a known name under another key's ID, or the ID under another name, is nobody known", () => {
  const misnamed = peterLine.replace("PeterNeumann", "CarmenSandiego")
  const otherId = peterLine.replace("x08g", "xxxx")
  for (const line of [misnamed, otherId])
    assert.deepEqual(openNote(`${text}\n${line}`, [known(peterKey)]), {
      kind: "refused",
      why: "unknown-signers",
    })
})

for (const [what, note] of [
  ["no signatures", text],
  ["a blank line and no signature", `${text}\n`],
  ["no newline at the end", `${text}\n${peterLine.slice(0, -1)}`],
  ["a control character", `\x01${text}\n${peterLine}`],
  ["a tab", `a\tb\n\n${peterLine}`],
  ["octets that are not UTF-8", Buffer.concat([Buffer.of(0xff), Buffer.from(`${text}\n${peterLine}`)])],
  ["half a surrogate pair", `\ud800\n\n${peterLine}`],
  ["a name with a space", `${text}\n${peterLine.replace("PeterNeumann", "Bad Name")}`],
  ["a name with a space that is not ASCII", `${text}\n${peterLine.replace("PeterN", "Peter\u00a0N")}`],
  ["a name with a plus sign", `${text}\n${peterLine.replace("PeterN", "Peter+N")}`],
  ["no name", `${text}\n${peterLine.replace("PeterNeumann", "")}`],
  ["a hyphen for the dash", `${text}\n${peterLine.replace("—", "-")}`],
  ["a line that is no signature", `${text}\n${peterLine}Unexpected line.\n`],
  ["base64 without its padding", `${text}\n${peterLine.replace("=", "")}`],
  ["base64 with unused bits set", `${text}\n${peterLine.replace("nAM=", "nAN=")}`],
  ["a signature that is an ID alone", `${text}\n— PeterNeumann x08gow==\n`],
] as const)
  test(`a note with ${what} is malformed`, () => {
    assert.deepEqual(parseNote(note), { kind: "refused", why: "malformed" })
    assert.deepEqual(openNote(note, [known(peterKey)]), { kind: "refused", why: "malformed" })
  })

test("a note's text may hold empty lines, and what looks like a signature", () => {
  const odd = `\n\n${peterLine}\n\nend\n`
  const opened = openNote(signNote(odd, enoch), [known(enochKey)])
  assert(opened.kind === "opened")
  assert.equal(opened.text, odd)
})

test("notes are bounded in octets and in signatures", () => {
  const sixteen = `${text}\n${peterLine.repeat(16)}`
  assert.equal(openNote(sixteen, [known(peterKey)]).kind, "opened")
  assert.deepEqual(parseNote(`${sixteen}${peterLine}`), { kind: "refused", why: "too-many-signatures" })
  const long = "ä".repeat(40_000) // fewer characters than the limit has octets
  assert.deepEqual(parseNote(`${long}\n\n${peterLine}`), { kind: "refused", why: "too-long" })
  assert.throws(() => signNote(`${long}\n`, peter), RangeError)
  assert.throws(() => signNote("no newline", peter), RangeError)
})

test("no verifier key with an octet changed or cut off is taken", () => {
  for (let from = 0; from <= peterKey.length; from += 1)
    for (let to = from + 1; to <= peterKey.length; to += 1)
      if (to - from < peterKey.length) assert.equal(parseVerifierKey(peterKey.slice(from, to)), undefined)
  for (const [at, character] of [...peterKey].entries()) {
    const next = String.fromCharCode(character.charCodeAt(0) + 1)
    assert.equal(parseVerifierKey(peterKey.slice(0, at) + next + peterKey.slice(at + 1)), undefined)
  }
  // Of another length, and of another type; both with the ID that they would have.
  assert.equal(
    parseVerifierKey("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=="),
    undefined,
  )
  assert.equal(
    parseVerifierKey("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
    undefined,
  )
})

const line = fc.string({ unit: "grapheme", maxLength: 30 }).filter(one => !/[\u0000-\u001f]/.test(one))
const anyText = fc.array(line, { maxLength: 6 }).map(lines => lines.map(one => `${one}\n`).join("") || "\n")
const anySignature = fc.record(
  {
    name: fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter(name => /^[^\s+\p{Cc}\p{White_Space}]+$/u.test(name)),
    keyId: fc.nat(0xffff_ffff),
    signature: fc.uint8Array({ minLength: 1, maxLength: 64 }).map(octets => Uint8Array.from(octets)),
  },
  { noNullPrototype: true },
)

test("what is written is read again", () => {
  fc.assert(
    fc.property(anyText, fc.array(anySignature, { minLength: 1, maxLength: 16 }), (written, signatures) => {
      const read = parseNote(writeNote({ text: written, signatures }))
      assert(read.kind === "note")
      assert.equal(read.note.text, written)
      assert.deepEqual(read.note.signatures, signatures)
    }),
  )
})

test("a note that opens is the note that was signed, whatever octet was changed", () => {
  const honest = Buffer.from(signNote(text, peter))
  fc.assert(
    fc.property(fc.nat(honest.length - 1), fc.nat(255), (at, octet) => {
      const changed = Buffer.from(honest)
      changed[at] = octet
      const opened = openNote(changed, [known(peterKey)])
      assert.equal(opened.kind === "opened", changed.equals(honest))
    }),
    { numRuns: 1000 },
  )
})

test("any octets are read or refused, never thrown at", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), octets => {
      assert.match(parseNote(octets).kind, /^(note|refused)$/)
    }),
  )
})
