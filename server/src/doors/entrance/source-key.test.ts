import assert from "node:assert/strict"
import { test } from "node:test"
import { networks, sourceKey } from "./source-key.ts"

test("counts IPv4 by address, and IPv6 by its first 64 bits", () => {
  const list: readonly (readonly [string, string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:1:2::6", "2001:db8:1:2::/64"],
    ["2001:db8::6", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ]
  for (const [ip, key] of list) assert.equal(sourceKey(ip), key, ip)
})

test("finds an address in networks and single addresses of both families", () => {
  const has = networks(["192.0.2.0/24", "198.51.100.7", "2001:db8::/32"])
  for (const ip of ["192.0.2.255", "198.51.100.7", "2001:db8:ffff::1", "::ffff:192.0.2.1", "::ffff:c000:201"])
    assert.ok(has(ip), ip)
  for (const ip of ["192.0.3.1", "198.51.100.8", "2001:db9::1"]) assert.ok(!has(ip), ip)
  assert.throws(() => networks(["example.org"]))
  assert.throws(() => networks(["192.0.2.0/x"]))
})
