import assert from "node:assert/strict"
import { test } from "node:test"
import type { DnsAnswer } from "@letterkeep/dns"
import { createAnswerCache } from "./answer-cache.ts"

const found = (record: string): DnsAnswer<string> => ({
  kind: "found",
  records: [record],
  authentic: false,
  ttl: 100,
})

test("holds no more than so many answers and lets the one used longest ago go", () => {
  const cache = createAnswerCache({ now: () => 0 }, { answers: 2, bytes: 1e6 })
  cache.set("a", found("1"), 10)
  cache.set("b", found("2"), 10)
  cache.get("a")
  cache.set("c", found("3"), 10)
  assert.equal(cache.size, 2)
  assert.equal(cache.get("b"), undefined)
  assert.notEqual(cache.get("a"), undefined)
})

test("holds no more than so many bytes, whatever strangers answer", () => {
  const cache = createAnswerCache({ now: () => 0 }, { answers: 1000, bytes: 100_000 })
  for (let at = 0; at < 100; at += 1) cache.set(`n${at}`, found("x".repeat(60_000)), 10)
  assert.equal(cache.size, 1)
  cache.set("too much", found("x".repeat(200_000)), 10)
  assert.equal(cache.size, 0)
})

test("an answer set anew counts once", () => {
  const cache = createAnswerCache({ now: () => 0 }, { answers: 10, bytes: 1000 })
  for (let at = 0; at < 100; at += 1) cache.set("a", found("1"), 10)
  cache.set("b", found("2"), 10)
  assert.equal(cache.size, 2)
})

test("keeps nothing that lasts no time", () => {
  const cache = createAnswerCache({ now: () => 0 })
  cache.set("a", found("1"), 0)
  assert.equal(cache.size, 0)
})
