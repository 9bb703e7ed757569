import assert from "node:assert/strict"
import { test } from "node:test"
import { element } from "./der.ts"
import { childrenOf, readElement } from "./read-der.ts"

test("reads lengths of every form, as another writes them", () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const bytes = element(0x04, Buffer.alloc(length, 7))
    const read = readElement(bytes, 0, bytes.length)
    assert.deepEqual(
      [read?.tag, read?.end, (read?.end ?? 0) - (read?.contentStart ?? 0)],
      [0x04, bytes.length, length],
    )
    assert.equal(readElement(bytes, 0, bytes.length - 1), undefined)
  }
})

test("refuses lengths and tags that DER has not, or not here", () => {
  for (const [what, bytes] of [
    ["nothing", []],
    ["a tag alone", [0x04]],
    ["an end that is not said", [0x30, 0x80, 0, 0]],
    ["a length longer than it need be", [0x04, 0x81, 1, 7]],
    ["the last such length", [0x04, 0x81, 127, ...Buffer.alloc(127)]],
    ["a length of four octets", [0x04, 0x84, 0, 0, 1, 0, ...Buffer.alloc(256)]],
    ["a length cut off", [0x04, 0x82, 1]],
    ["a tag of several octets", [0x1f, 1, 0]],
  ] as const)
    assert.equal(readElement(Buffer.from(bytes), 0, bytes.length), undefined, what)
})

test("reads what lies in an element, if it fills it", () => {
  const children = (bytes: Buffer) => {
    const parent = readElement(bytes, 0, bytes.length)
    return parent === undefined ? "none" : childrenOf(bytes, parent)?.map(child => child.tag)
  }
  assert.deepEqual(children(element(0x30, element(0x02, Buffer.from([1])), element(0x04))), [0x02, 0x04])
  assert.deepEqual(children(element(0x30)), [])
  assert.equal(children(element(0x30, Buffer.from([0x02, 2, 1]))), undefined)
  assert.equal(children(element(0x30, Buffer.from([0x02]))), undefined)
})
