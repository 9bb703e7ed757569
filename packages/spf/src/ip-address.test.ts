import assert from "node:assert/strict"
import { test } from "node:test"
import { isInNetwork, parseIpAddress } from "./ip-address.ts"

for (const [text, bytes] of [
  ["192.0.2.1", [192, 0, 2, 1]],
  ["::ffff:192.0.2.1", [192, 0, 2, 1]],
  ["::", Array(16).fill(0)],
  ["::1", [...Array(15).fill(0), 1]],
  ["2001:DB8::", [0x20, 1, 0x0d, 0xb8, ...Array(12).fill(0)]],
  ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ["64:ff9b::192.0.2.33", [0, 0x64, 0xff, 0x9b, ...Array(8).fill(0), 192, 0, 2, 33]],
] as const) {
  test(`reads ${text}`, () => assert.deepEqual(parseIpAddress(text)?.bytes, bytes))
}

for (const wrong of [
  "",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4 ",
  ":",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7::8",
  "12345::",
  "::1.2.3",
  "1.2.3.4::",
  "fe80::1%eth0",
  "g::",
]) {
  test(`refuses ${JSON.stringify(wrong)}`, () => assert.equal(parseIpAddress(wrong), undefined))
}

test("compares the first bits, of one version only", () => {
  const address = (text: string) => parseIpAddress(text) ?? assert.fail(text)
  assert.ok(isInNetwork(address("192.0.2.129"), address("192.0.2.255"), 25))
  assert.ok(!isInNetwork(address("192.0.2.127"), address("192.0.2.255"), 25))
  assert.ok(isInNetwork(address("203.0.113.1"), address("192.0.2.1"), 0))
  assert.ok(isInNetwork(address("2001:db8::1"), address("2001:db8::ffff"), 112))
  assert.ok(!isInNetwork(address("::1"), address("0.0.0.1"), 0))
})
