import assert from "node:assert/strict"
import { PassThrough } from "node:stream"
import { test } from "node:test"
import { typeSecrets } from "./type-secrets.ts"
import { UsageError } from "./usage-error.ts"

/** A terminal in which these bytes are typed, in pieces; what it shows, and how its mode changed. */
async function type(names: readonly string[], ...pieces: (string | Buffer)[]) {
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), { setRawMode: (raw: boolean) => modes.push(raw) })
  let shown = ""
  const typing = typeSecrets(names, input, text => {
    shown += text
  })
  for (const piece of pieces) input.write(piece)
  input.end()
  const typed = await typing.catch((error: unknown) => error)
  assert.deepEqual(modes, [true, false], "the terminal was not restored")
  assert.equal(input.isPaused(), true, "standard input would keep the process alive")
  return { typed, shown }
}

test("asks for each secret by its name, and shows none of it", async () => {
  const { typed, shown } = await type(["code", "password"], "abcd\r", "correct horse\n")
  assert.deepEqual(typed, { kind: "typed", secrets: { code: "abcd", password: "correct horse" } })
  assert.equal(shown, "recovery code: \nnew password: \n")
})

test("takes lines that come in one piece, and characters that come in several", async () => {
  const bytes = Buffer.from("gr\u00fcn\u{1f333}\r\nzwei\r\n")
  const whole = { kind: "typed", secrets: { current: "gr\u00fcn\u{1f333}", password: "zwei" } }
  assert.deepEqual((await type(["current", "password"], bytes)).typed, whole)
  const octets = Array.from(bytes, octet => Buffer.of(octet))
  assert.deepEqual((await type(["current", "password"], ...octets)).typed, whole)
})

for (const [what, keys, secret] of [
  ["Backspace", "abx\x7f\x7f\x7f\x7fok\u00fc\u{1f333}\x7f\x08!\r", "ok!"],
  ["Ctrl+U", "wrong\x15right\r", "right"],
  ["Enter on an empty line", "\r\r\rlate\r", "late"],
  ["Ctrl+D after some letters", "done\x04", "done"],
  ["A key that writes nothing, an arrow or Escape,", "a\x1b[Db\x1bOPc\x1b[1;5C\t\x1a\x00\x1bd\r", "abcd"],
] as const) {
  test(`${what} does at a question what it does elsewhere`, async () => {
    assert.deepEqual((await type(["password"], keys)).typed, { kind: "typed", secrets: { password: secret } })
  })
}

test("gives up at Ctrl+C, and at Ctrl+D or the end where nothing was typed", async () => {
  assert.deepEqual((await type(["password"], "half\x03")).typed, { kind: "interrupted" })
  for (const keys of ["\x04", "half", ""])
    assert.ok((await type(["password"], keys)).typed instanceof UsageError)
  assert.ok((await type(["current", "password"], "one\r\x04")).typed instanceof UsageError)
})

test("refuses what nobody types", async () => {
  assert.ok((await type(["password"], "x".repeat(5000), "\r")).typed instanceof UsageError)
})

test("restores the terminal when it breaks", async () => {
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), { setRawMode: (raw: boolean) => modes.push(raw) })
  const typing = typeSecrets(["password"], input, () => undefined)
  input.destroy(new Error("it hung up"))
  await assert.rejects(typing, /it hung up/)
  assert.deepEqual(modes, [true, false])
})
