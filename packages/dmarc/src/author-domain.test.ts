import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { everyAddressOf, findAuthorDomain } from "./author-domain.ts"

for (const [value, address] of [
  [" Joe <joe@Example.com>\r\n", "joe@example.com"],
  [" joe@example.com\r\n", "joe@example.com"],
  [' "eve@evil.example" <joe@example.com>', "joe@example.com"],
  [" eve@evil.example <joe@example.com>", "joe@example.com"],
  [" a@example.com, Bea <b@example.com>", "a@example.com"],
  [" Team: a@example.com, b@example.com;", "a@example.com"],
  [" (a (nested\\)) comment) joe@example.com (more)", "joe@example.com"],
  [' "odd@local"@example.com', '"odd@local"@example.com'],
  [" =?utf-8?q?J=C3=B6rg?= <j@example.com>", "j@example.com"],
  [" <@relay.example,@other.example:joe@example.com>", "joe@example.com"],
  [" joe@example.com.", "joe@example.com"],
  [" j@b\xc3\xbccher.example", "j@xn--bcher-kva.example"],
  [" <a@example.com>, ,", "a@example.com"],
  [" Joe\r\n <joe@\r\n example.com>", "joe@example.com"],
] as const) {
  test(`reads the author of ${JSON.stringify(value)}`, () => {
    const domain = address.slice(address.lastIndexOf("@") + 1)
    assert.deepEqual(findAuthorDomain([value]), { kind: "one", domain, address })
  })
}

for (const [value, why] of [
  [" a@example.com, b@other.example", "several-domains"],
  [" <a@example.com> b@other.example", "malformed"],
  [" <a@example.com> <b@other.example>", "malformed"],
  [" a@example.com: b@other.example", "malformed"],
  [" a@b@example.com", "malformed"],
  [" a@[192.0.2.1]", "malformed"],
  [" <>", "malformed"],
  [" a@ex%61mple.com", "malformed"],
  [" a@example..com", "malformed"],
  [" joe", "malformed"],
  [' "unclosed <a@example.com>', "malformed"],
  [" (unclosed a@example.com", "malformed"],
  [" <a@example.com", "malformed"],
  [" a@example.com>", "malformed"],
  [` ${"a@example.com,".repeat(101)}`, "malformed"],
] as const) {
  test(`finds no single author in ${JSON.stringify(value.slice(0, 40))}`, () => {
    assert.deepEqual(findAuthorDomain([value]), { kind: "unclear", why })
  })
}

for (const [value, addresses] of [
  ["Joe <joe@Example.com>, bea@example.com", ["joe@example.com", "bea@example.com"]],
  ["eve@evil.example <joe@example.com>", ["joe@example.com", "eve@evil.example"]],
  ['"eve@evil.example" <joe@example.com>', ["joe@example.com"]],
  ["Team: a@x.example;, b@y.example", ["a@x.example", "b@y.example"]],
  [" undisclosed:;", []],
] as const) {
  test(`sees each address of ${JSON.stringify(value)}`, () => {
    assert.deepEqual(everyAddressOf(value), addresses)
  })
}

for (const value of [
  "<a@example.com> <b@other.example>",
  '"x" <a@example.com> b@other.example',
  "Joe Doe @ work <joe@example.com>",
  "<@relay.example:joe@example.com>",
  "joe",
  "a@example.com,".repeat(101),
]) {
  test(`vouches for no address of ${JSON.stringify(value.slice(0, 40))}`, () => {
    assert.equal(everyAddressOf(value), undefined)
  })
}

test("tells apart no From, an empty From, and two of them", () => {
  assert.deepEqual(findAuthorDomain([]), { kind: "none", why: "no-from" })
  assert.deepEqual(findAuthorDomain([" Undisclosed:;"]), { kind: "none", why: "no-address" })
  assert.deepEqual(findAuthorDomain([" a@example.com", " a@example.com"]), {
    kind: "unclear",
    why: "several-fields",
  })
})

test("never throws, and never finds a domain that is not there", () => {
  const piece = fc.constantFrom(
    "a",
    "@",
    "<",
    ">",
    '"',
    "(",
    ")",
    ",",
    ";",
    ":",
    "\\",
    " ",
    "x.example",
    "[",
    "]",
    "\xc3",
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
      const text = pieces.join("")
      const author = findAuthorDomain([text])
      if (author.kind === "one")
        assert.ok(text.replace(/[ ]/g, "").includes(author.domain), `${text} → ${author.domain}`)
    }),
    { numRuns: 2000 },
  )
})
