import assert from "node:assert/strict"
import { createHmac, createSecretKey } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { forwardPath, maxAgeDays, pathLimit, type ReturnAddress, returnPath } from "./index.ts"
import { daysSince, stampOf } from "./tag.ts"

const key = createSecretKey(Buffer.alloc(32, 1))
const other = createSecretKey(Buffer.alloc(32, 2))
const day = 86_400_000
const now = Date.UTC(2026, 10, 26, 4, 20)

const at = (text: string): ReturnAddress => ({
  localPart: text.slice(0, text.lastIndexOf("@")),
  domain: text.slice(text.lastIndexOf("@") + 1),
})
const textOf = ({ localPart, domain }: ReturnAddress) => `${localPart}@${domain}`
const forward = (sender: string, domain = "fwd.test", by = key, when = now): string => {
  const found = forwardPath(sender === "" ? undefined : at(sender), { domain, key: by, now: when })
  return found.kind === "rewritten" ? textOf(found.address) : found.kind
}
const back = (address: string, when = now, keys = [key]): string => {
  const found = returnPath(at(address), { keys, now: when })
  return found.kind === "address" ? textOf(found.address) : found.kind === "refused" ? found.why : found.kind
}

test("gives a forwarded message a return path at the forwarder, and finds the way back", () => {
  const path = forward("ann@a.test")
  assert.match(path, /^SRS0=[a-z2-7]{8}=[a-z2-7]{3}=a\.test=ann@fwd\.test$/)
  assert.equal(back(path), "ann@a.test")
  assert.equal(back(forward("o=d+d.'s@A.Test")), "o=d+d.'s@a.test")
})

test("writes what it will still read in years: addresses are on their way while a server is renewed", () => {
  const parts = ["first", "fwd.test", "ujp", "a.test", "ann"].map(part => `${part.length}:${part}`).join("")
  const digest = createHmac("sha256", key).update(parts).digest()
  let number = BigInt(`0x${digest.subarray(0, 5).toString("hex")}`)
  let letters = ""
  for (; letters.length < 8; number /= 32n)
    letters = "abcdefghijklmnopqrstuvwxyz234567"[Number(number % 32n)] + letters
  assert.equal(Math.floor(now / day), (20 * 32 + 9) * 32 + 15)
  assert.equal(forward("Ann@A.test"), `SRS0=${letters}=ujp=a.test=Ann@fwd.test`)
})

test("rewrites an ordinary sender at its own domain too, and one that only looks like its own", () => {
  assert.match(forward("ann@fwd.test"), /^SRS0=[a-z2-7]{8}=[a-z2-7]{3}=fwd\.test=ann@fwd\.test$/)
  assert.match(forward("SRS0=ann@fwd.test"), /^SRS0=[a-z2-7]{8}=[a-z2-7]{3}=fwd\.test=SRS0=ann@fwd\.test$/)
})

test("leaves reports without a sender, and its own addresses as they are", () => {
  assert.equal(forward(""), "unchanged")
  assert.equal(forward(forward("ann@a.test")), "unchanged")
  assert.equal(forward(forward("ann@a.test").toUpperCase()), "unchanged")
  assert.equal(back("ann@fwd.test"), "other")
  assert.equal(back("srsly@fwd.test"), "other")
  assert.equal(back("SRS01=x@fwd.test"), "other")
})

test("shortens what others have forwarded, however many, to the first of them", () => {
  const first = forward("ann@a.test", "one.test", other)
  const second = forward(first, "two.test")
  assert.match(second, /^SRS1=[a-z2-7]{11}=one\.test==[a-z2-7]{8}=[a-z2-7]{3}=a\.test=ann@two\.test$/)
  const third = forward(second, "three.test", other)
  assert.match(third, /^SRS1=[a-z2-7]{11}=one\.test==[a-z2-7]{8}=[a-z2-7]{3}=a\.test=ann@three\.test$/)
  assert.equal(back(second), first)
  assert.equal(back(third, now, [other]), first)
  assert.equal(back(first, now, [other]), "ann@a.test")
  // Other programs' forms: other separators, hashes of other letters, stamps of two.
  const foreign = "SRS0+b6k/=VD=a.test=ann@old.test"
  assert.equal(back(forward(foreign)), foreign)
  const foreignLater = forward("SRS1=Cxyz=old.test==b6k/=VD=a.test=ann@mid.test")
  assert.equal(back(foreignLater), "SRS0=b6k/=VD=a.test=ann@old.test")
})

test("takes back what a server on the way has put into other letters", () => {
  for (const path of [forward("Ann@a.test"), forward(forward("Ann@a.test", "one.test", other))]) {
    assert.equal(back(path.toLowerCase()).toLowerCase(), back(path).toLowerCase())
    assert.equal(back(path.toUpperCase()).toLowerCase(), back(path).toLowerCase())
  }
  assert.equal(back(forward("Ann@a.test")), "Ann@a.test")
})

test("takes nothing back that it has not written, or not for this domain", () => {
  const path = forward("ann@a.test")
  assert.equal(back(path, now, [other]), "forged")
  assert.equal(back(path, now, []), "forged")
  assert.equal(back(path.replace("=ann@", "=eve@")), "forged")
  assert.equal(back(path.replace("=a.test=", "=b.test=")), "forged")
  assert.equal(back(path.replace("@fwd.test", "@other.test")), "forged")
  assert.equal(back(path.replace("=a.test=ann", "=a=.test=ann")), "forged")
  assert.equal(back("SRS0=aaaaaaaa=aaa=a.test=ann@fwd.test"), "forged")
  assert.equal(back("SRS0=a=a=a.test=ann@fwd.test"), "forged")
  const later = forward("SRS0=x=yy=a.test=ann@one.test")
  assert.equal(back(later.replace("one.test", "two.test")), "forged")
  assert.equal(back(later.replace("=ann@", "=eve@")), "forged")
  assert.equal(back(later.replace(/^SRS1=........=?/, "SRS1=")), "forged")
})

test("refuses what only begins like an address of its own", () => {
  for (const local of [
    "SRS0=",
    "SRS0=a",
    "SRS0=a=b=c",
    "SRS0=a=b=c=",
    "SRS0=a=b==d",
    "SRS0==b=c=d",
    "SRS1=",
    "SRS1=a=b",
    "SRS1=a=b=c",
    "SRS1=a=b==c=d=e",
    "SRS1=a=b==c=d=e=",
    "srs1-a=b=c=d=e=f",
  ])
    assert.equal(back(`${local}@fwd.test`), "malformed", local)
  // To forward such an address, it is an address like any other.
  assert.equal(back(forward("SRS0=a@a.test")), "SRS0=a@a.test")
})

test("lets an address expire, and a key go after its successor came", () => {
  const path = forward("ann@a.test")
  const later = forward("SRS0=x=yy=a.test=ann@one.test")
  for (const one of [path, later]) {
    assert.notEqual(back(one, now + maxAgeDays * day), "expired")
    assert.equal(back(one, now + (maxAgeDays + 1) * day), "expired")
    assert.notEqual(back(one, now - day), "expired")
    assert.equal(back(one, now - 2 * day), "expired")
    assert.notEqual(back(one, now, [other, key]), "forged")
  }
})

test("cannot be used again when its stamps begin anew", () => {
  const range = 32 ** 3
  assert.equal(daysSince(stampOf(0), 0), 0)
  assert.equal(daysSince(stampOf(now), now + 5 * day), 5)
  assert.equal(daysSince(stampOf(now + day), now), -1)
  assert.equal(daysSince(stampOf((range - 1) * day), range * day), 1)
  assert.equal(daysSince("ab", now), undefined)
  assert.equal(daysSince("a1b", now), undefined)
  assert.equal(back(forward("ann@a.test"), now + 400 * day), "expired")
})

test("says when an address is longer than all servers take, and when it is too long for any", () => {
  const found = (sender: string) => forwardPath(at(sender), { domain: "fwd.test", key, now })
  const isLong = (sender: string) => {
    const one = found(sender)
    return one.kind === "rewritten" ? one.isLong : one.kind
  }
  assert.equal(isLong("ann@a.test"), false)
  assert.equal(isLong(`${"a".repeat(39)}@a.test`), false)
  assert.equal(isLong(`${"a".repeat(40)}@a.test`), true)
  assert.equal(isLong(`${"a".repeat(64)}@${"b".repeat(150)}.test`), true)
  assert.equal(isLong(`${"a".repeat(64)}@${"b".repeat(200)}.test`), "impossible")
  const written = forward(`${"a".repeat(64)}@${"b".repeat(100)}.test`)
  const room = pathLimit - written.length
  assert.equal(forward(`${"a".repeat(64)}@${"b".repeat(100 + room)}.test`).length, pathLimit)
  assert.equal(forward(`${"a".repeat(64)}@${"b".repeat(101 + room)}.test`), "impossible")
  assert.equal(isLong("ann@a=b.test"), "impossible")
  assert.equal(isLong("ann@"), "impossible")
  assert.equal(isLong("@a.test"), "impossible")
})

test("brings back every address, and no altered one", () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/)
  const domain = fc.array(label, { minLength: 1, maxLength: 3 }).map(labels => labels.join("."))
  const localPart = fc.oneof(
    fc.string({ minLength: 1, maxLength: 40 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  )
  fc.assert(
    fc.property(localPart, domain, fc.nat(30_000), (local, host, days) => {
      const when = days * day
      const written = forwardPath({ localPart: local, domain: host }, { domain: "fwd.test", key, now: when })
      if (written.kind !== "rewritten") return
      assert.ok(Buffer.byteLength(textOf(written.address)) <= pathLimit)
      const found = returnPath(written.address, { keys: [key], now: when })
      assert.deepEqual(found, { kind: "address", address: { localPart: local, domain: host } })
    }),
    { numRuns: 500 },
  )
  const path = at(forward("ann@a.test"))
  fc.assert(
    fc.property(fc.nat(path.localPart.length - 1), fc.stringMatching(/^[a-z0-9=]$/), (place, sign) => {
      const localPart = path.localPart.slice(0, place) + sign + path.localPart.slice(place + 1)
      const found = returnPath({ ...path, localPart }, { keys: [key], now })
      if (localPart.toLowerCase() !== path.localPart.toLowerCase()) assert.notEqual(found.kind, "address")
    }),
  )
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60 }),
      local => void returnPath({ localPart: `SRS0=${local}`, domain: "x" }, { keys: [key], now }),
    ),
  )
})
