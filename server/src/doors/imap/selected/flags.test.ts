import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { readFlags, readOneFlag, writeFlags, writeMailboxFlags } from "./flags.ts"

test("system flags are kept as JMAP's keywords, \\Deleted apart", () => {
  assert.deepEqual(readFlags(["\\SEEN", "\\answered", "\\Deleted", "$Forwarded", "\\Seen"]), {
    kind: "flags",
    keywords: ["$seen", "$answered", "$forwarded"],
    deleted: true,
  })
})

test("leaves out \\Recent and system flags that are not kept", () => {
  assert.deepEqual(readFlags(["\\Recent", "\\recent", "\\Seen", "\\Important", "\\"]), {
    kind: "flags",
    keywords: ["$seen"],
    deleted: false,
  })
})

test("refuses more flags than anybody means", () => {
  assert.equal(readFlags(Array.from({ length: 257 }, (_, index) => `k${index}`)).kind, "refused")
})

test("a flag to be searched for", () => {
  assert.deepEqual(readOneFlag("\\Flagged"), { keyword: "$flagged" })
  assert.equal(readOneFlag("\\DELETED"), "deleted")
  assert.equal(readOneFlag("\\Recent"), undefined)
  assert.equal(readOneFlag("\\Odd"), undefined)
})

test("flags are written as they are usually spelt", () => {
  assert.equal(
    writeFlags({ keywords: ["$seen", "$mdnsent", "work"], deleted: true }),
    "\\Deleted \\Seen $MDNSent work",
  )
  assert.equal(writeFlags({ keywords: [], deleted: false }), "")
})

test("a mailbox lists the system flags once, then its keywords", () => {
  assert.equal(
    writeMailboxFlags(["$seen", "work", "$junk"]),
    "\\Answered \\Flagged \\Draft \\Seen \\Deleted work $Junk",
  )
})

test("what is written is read back, whatever the keywords", () => {
  const keyword = fc.stringMatching(/^[a-z$][a-z0-9$.-]{0,20}$/)
  fc.assert(
    fc.property(fc.uniqueArray(keyword), fc.boolean(), (keywords, deleted) => {
      const text = writeFlags({ keywords, deleted })
      const read = readFlags(text === "" ? [] : text.split(" "))
      assert.deepEqual(read, { kind: "flags", keywords, deleted })
    }),
  )
})
