import assert from "node:assert/strict"
import { isIPv6 } from "node:net"
import { test } from "node:test"
import fc from "fast-check"
import { ipPrefix, plainIp } from "./ip-prefix.ts"

test("cuts an address down to its network, in one form for all its spellings", () => {
  const table: readonly (readonly [string, string, string])[] = [
    ["192.0.2.17", "192.0.2.17", "192.0.2.0/24"],
    ["0.0.0.0", "0.0.0.0", "0.0.0.0/24"],
    ["::ffff:192.0.2.17", "192.0.2.17", "192.0.2.0/24"],
    ["::FFFF:192.0.2.17", "192.0.2.17", "192.0.2.0/24"],
    ["::ffff:c000:211", "192.0.2.17", "192.0.2.0/24"],
    ["0:0:0:0:0:ffff:192.0.2.17", "192.0.2.17", "192.0.2.0/24"],
    ["0000::ffff:C000:0211%eth0", "192.0.2.17", "192.0.2.0/24"],
    ["::", "0:0:0:0::/64", "0:0:0::/48"],
    ["::1", "0:0:0:0::/64", "0:0:0::/48"],
    ["1::", "1:0:0:0::/64", "1:0:0::/48"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"],
    ["2001:0DB8:0001:2::6", "2001:db8:1:2::/64", "2001:db8:1::/48"],
    ["2001:db8::6", "2001:db8:0:0::/64", "2001:db8:0::/48"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64", "1:2:3::/48"],
    ["::2:3:4:5:6:7:8", "0:2:3:4::/64", "0:2:3::/48"],
    ["1:2::192.0.2.1", "1:2:0:0::/64", "1:2:0::/48"],
    ["1:2:3::5:6:192.0.2.1", "1:2:3:0::/64", "1:2:3::/48"],
    ["fe80::1%eth0", "fe80:0:0:0::/64", "fe80:0:0::/48"],
    ["fe80::1%eth1.7", "fe80:0:0:0::/64", "fe80:0:0::/48"],
    ["fe80:1:2:3:4:5:6:7%1", "fe80:1:2:3::/64", "fe80:1:2::/48"],
  ]
  for (const [ip, narrow, wide] of table) {
    assert.equal(ipPrefix(ip, { v4: 32, v6: 64 }), narrow, ip)
    assert.equal(ipPrefix(ip, { v4: 24, v6: 48 }), wide, ip)
  }
})

test("takes nothing for an address that is none", () => {
  const list = [
    "",
    "alice",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.1.1",
    "192.000.002.001",
    " 192.0.2.1",
    "192.0.2.1/24",
    "192.0.2.1%eth0",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "g::",
    "::ffff:192.0.2.256",
    "[::1]",
    "%eth0",
    "a:b",
  ]
  for (const text of list) {
    assert.equal(ipPrefix(text, { v4: 32, v6: 64 }), undefined, text)
    assert.equal(plainIp(text), text)
  }
})

test("shows an IPv4 address that came as IPv6 as IPv4, and all else as it is", () => {
  for (const ip of ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:c000:0201"])
    assert.equal(plainIp(ip), "192.0.2.1", ip)
  for (const ip of ["::1", "::192.0.2.1", "64:ff9b::192.0.2.1", "FE80::1%eth0", "::ffff:0:192.0.2.1"])
    assert.equal(plainIp(ip), ip)
})

test("says the same of any spelling of an IPv6 address", () => {
  const group = fc.oneof(fc.constant(0), fc.nat(0xffff))
  fc.assert(
    fc.property(
      fc.array(group, { minLength: 8, maxLength: 8 }),
      fc.nat(7),
      fc.nat(8),
      (groups, from, length) => {
        const written = groups.map(each => each.toString(16))
        const full = groups.map(each => each.toString(16).padStart(4, "0").toUpperCase()).join(":")
        const gap = groups.slice(from, from + length)
        const short =
          gap.length > 0 && gap.every(each => each === 0)
            ? `${written.slice(0, from).join(":")}::${written.slice(from + gap.length).join(":")}`
            : written.join(":")
        assert.ok(isIPv6(short), short)
        const prefix = ipPrefix(short, { v4: 32, v6: 64 })
        assert.equal(ipPrefix(full, { v4: 32, v6: 64 }), prefix)
        if (prefix?.includes("/")) assert.equal(prefix, `${written.slice(0, 4).join(":")}::/64`)
      },
    ),
  )
})

test("never throws", () => {
  fc.assert(fc.property(fc.string(), text => void [ipPrefix(text, { v4: 24, v6: 48 }), plainIp(text)]))
})
