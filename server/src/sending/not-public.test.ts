import assert from "node:assert/strict"
import { test } from "node:test"
import { isNotPublic } from "./not-public.ts"

test("addresses of this machine and of networks of one's own are not public, however they are written", () => {
  for (const address of [
    ...["127.0.0.1", "0.0.0.0", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"],
    ...["224.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"],
    ...["64:ff9b::a00:1", "2002:7f00:1::", "2002:c0a8:101::1", "fd00::1", "fe80::1", "ff02::1"],
    ...["", "mx.far.test", "10.0.0"],
  ])
    assert.equal(isNotPublic(address), true, address)
})

test("all others are, also where one of IPv4 is in one of IPv6", () => {
  for (const address of [
    ...["192.0.2.1", "172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1", "2a00:1450::1"],
    ...["::ffff:192.0.2.1", "64:ff9b::c000:201", "2002:c000:201::1"],
  ])
    assert.equal(isNotPublic(address), false, address)
})
