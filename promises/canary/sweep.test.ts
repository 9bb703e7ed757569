import assert from "node:assert/strict"
import { mkdir, symlink, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { test } from "node:test"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { formsOf } from "./forms.ts"
import { createScan, sweepFolders } from "./sweep.ts"

const word = "Kanarie7Vogel9x"

function formsIn(bytes: Buffer): readonly string[] {
  const found: string[] = []
  createScan(formsOf(word), form => found.push(form))(bytes)
  return found
}

test("finds the word in every coding, at every offset, whatever stands around it", () => {
  for (const before of ["", "x", "xy", "xyz", "\0\xff?>~"]) {
    for (const after of ["", "q", "qr", "~~>?"]) {
      const plain = Buffer.from(`${before}${word}${after}`, "latin1")
      const wide = Buffer.from(`${before}${word}${after}`, "utf16le")
      const coded = [
        plain,
        wide,
        Buffer.from(wide).swap16(),
        Buffer.from(plain.toString("hex")),
        Buffer.from(plain.toString("hex").toUpperCase()),
        Buffer.from(plain.toString("base64")),
        Buffer.from(plain.toString("base64url")),
        Buffer.from(wide.toString("base64")),
        Buffer.from(plain.toString("hex").replaceAll(/../g, "=$&").toUpperCase()),
        Buffer.from(plain.toString("hex").replaceAll(/../g, "%$&")),
        Buffer.from(plain.toString("latin1").toLowerCase(), "latin1"),
        Buffer.from(plain.toString("latin1").toUpperCase(), "latin1"),
      ]
      for (const [no, bytes] of coded.entries()) assert.notDeepEqual(formsIn(bytes), [], `coding ${no}`)
    }
  }
})

test("finds nothing in other words, nor in part of the word", () => {
  assert.deepEqual(formsIn(Buffer.from(word.slice(0, -1))), [])
  assert.deepEqual(formsIn(Buffer.from(Buffer.from("Kanarie8Vogel9x").toString("base64"))), [])
})

test("finds a word once wherever the stream is cut", () => {
  const stream = Buffer.from(`..${word}....${word}${word}.`)
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const at: number[] = []
    const scan = createScan(formsOf(word), (form, place) => form === "raw" && at.push(place))
    scan(stream.subarray(0, cut))
    scan(stream.subarray(cut))
    assert.deepEqual(at, [2, 2 + word.length + 4, 2 + 2 * word.length + 4], `cut at ${cut}`)
  }
  const slow: number[] = []
  const scan = createScan(formsOf(word), (form, place) => form === "raw" && slow.push(place))
  for (const octet of stream) scan(Uint8Array.of(octet))
  assert.equal(slow.length, 3)
})

test("goes below folders and behind links, and says how much it read", async t => {
  const folder = await makeTempFolder()
  t.after(() => removeFolder(folder))
  await mkdir(join(folder, "data/deep"), { recursive: true })
  await mkdir(join(folder, "elsewhere"))
  await writeFile(join(folder, "data/deep/a"), "nothing here")
  await writeFile(
    join(folder, "elsewhere/b"),
    Buffer.concat([Buffer.alloc((1 << 20) - 5), Buffer.from(word)]),
  )
  await symlink(join(folder, "elsewhere"), join(folder, "data/link"))
  await symlink(join(folder, "data"), join(folder, "data/deep/loop"))
  const { finds, files, bytes } = await sweepFolders([join(folder, "data")], word)
  assert.deepEqual(finds, [{ file: join(folder, "elsewhere/b"), at: (1 << 20) - 5, form: "raw" }])
  assert.deepEqual([files, bytes], [2, 12 + (1 << 20) - 5 + word.length])
})

test("tells what it could not read, and passes over what has gone", async t => {
  const folder = await makeTempFolder()
  t.after(() => removeFolder(folder))
  await writeFile(join(folder, "a"), "nothing here")
  await symlink(join(folder, "gone"), join(folder, "b"))
  // a link to itself is what even root cannot follow
  await symlink("loop", join(folder, "loop"))
  const socket = createServer()
  await new Promise<void>(resolve => socket.listen(join(folder, "socket"), resolve))
  t.after(() => socket.close())
  const { files, unreadable } = await sweepFolders([folder], word)
  assert.deepEqual([files, unreadable], [1, [`${join(folder, "loop")}: ELOOP`]])
  const none = await sweepFolders([join(folder, "nowhere")], word)
  assert.deepEqual([none.files, none.unreadable], [0, []])
})

test("tells a file that breaks while it is read", async () => {
  // of a process's own memory nothing can be read at its start, by nobody
  const { unreadable } = await sweepFolders(["/proc/self/mem"], word)
  assert.equal(unreadable.length, 1)
  assert.match(unreadable[0] ?? "", /^\/proc\/self\/mem: E[A-Z]+$/)
})

test("refuses a word that is too short to be sure of", () => {
  assert.throws(() => formsOf("Kanarie"), RangeError)
  assert.throws(() => formsOf("Kanarie Vogel here"), RangeError)
})
