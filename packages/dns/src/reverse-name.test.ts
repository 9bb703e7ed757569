import assert from "node:assert/strict"
import { test } from "node:test"
import { reverseName } from "./reverse-name.ts"

test("turns addresses into the names of their PTR records", () => {
  const nibbles = "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa"
  const table = [
    ["192.0.2.1", "1.2.0.192.in-addr.arpa"],
    ["::ffff:192.0.2.1", "1.2.0.192.in-addr.arpa"],
    ["4321:0:1:2:3:4:567:89ab", nibbles],
    ["4321::1:2:3:4:567:89AB", nibbles],
    ["::", `${"0.".repeat(32)}ip6.arpa`],
    ["1::", `${"0.".repeat(28)}1.0.0.0.ip6.arpa`],
    ["::1.2.3.4", `4.0.3.0.2.0.1.0.${"0.".repeat(24)}ip6.arpa`],
  ] as const
  for (const [address, name] of table) assert.equal(reverseName(address), name, address)
})

test("has no name for what is no address", () => {
  for (const text of [
    "",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    "a.b.c.d",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8:9",
    "g::",
    "12345::",
  ])
    assert.equal(reverseName(text), undefined, text)
})
