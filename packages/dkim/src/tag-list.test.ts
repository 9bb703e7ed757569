import assert from "node:assert/strict"
import { test } from "node:test"
import { parseBase64, parseTagList } from "./tag-list.ts"

test("reads lists with white space around names and values, and keeps it inside values", () => {
  const tags = parseTagList(" v = 1;\r\n\ta=rsa-sha256 ; b= ab\r\n\tcd ;n=; ")
  assert.deepEqual(tags && [...tags], [
    ["v", "1"],
    ["a", "rsa-sha256"],
    ["b", "ab\r\n\tcd"],
    ["n", ""],
  ])
})

test("keeps names with other case apart", () => {
  assert.deepEqual([...(parseTagList("a=1;A=2") ?? [])].length, 2)
})

for (const wrong of [
  "",
  ";",
  "a",
  "a=1;;b=2",
  "=1",
  "1a=2",
  "a=1;a=2",
  "a b=1",
  "a=1; ; ",
  `${"a=1;".repeat(70)}`,
]) {
  test(`refuses the list ${JSON.stringify(wrong.slice(0, 20))}`, () => {
    assert.equal(parseTagList(wrong), undefined)
  })
}

test("reads base64 with folds in it and nothing else", () => {
  assert.equal(parseBase64("YW\r\n Jj")?.toString(), "abc")
  for (const wrong of ["", " ", "YW-j", "YW=j", "===="]) assert.equal(parseBase64(wrong), undefined, wrong)
})
