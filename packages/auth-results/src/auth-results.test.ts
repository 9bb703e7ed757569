import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { claimsToBeFrom, readAuthResults } from "./read.ts"
import { type MethodResult, type ResultProperty, writeAuthResults } from "./write.ts"

const afterColon = (field: string) => field.slice(field.indexOf(":") + 1)

test("writes one method a line, and says so when nothing was checked", () => {
  const field = writeAuthResults("mx.example", [
    {
      method: "spf",
      result: "pass",
      properties: [{ ptype: "smtp", property: "mailfrom", value: "joe@example.com" }],
    },
    { method: "dkim", result: "fail", reason: 'the "body" was changed' },
  ])
  assert.equal(
    field,
    "Authentication-Results: mx.example;\r\n\tspf=pass\r\n\t smtp.mailfrom=joe@example.com;\r\n" +
      '\tdkim=fail\r\n\t reason="the \\"body\\" was changed"\r\n',
  )
  assert.equal(writeAuthResults("mx.example", []), "Authentication-Results: mx.example; none\r\n")
})

test("lets no value of a stranger out of its quotes", () => {
  const value = 'x"; dmarc=pass\r\nBcc: eve@example.com\0'
  const field = writeAuthResults("mx.example", [
    { method: "spf", result: "fail", properties: [{ ptype: "smtp", property: "helo", value }] },
  ])
  const read = readAuthResults(afterColon(field))
  assert.equal(read?.results.length, 1)
  assert.doesNotMatch(field, /\r\nBcc/)
})

test("reads what others write", () => {
  const value =
    ' (c) mx.other.example 1 ; dkim/1=pass (good) reason = "x y" header.d=a.example header.i=@a.example;\r\n spf=softfail smtp.mailfrom=b@c.example;'
  assert.deepEqual(readAuthResults(value), {
    authservId: "mx.other.example",
    results: [
      {
        method: "dkim",
        result: "pass",
        reason: "x y",
        properties: [
          { ptype: "header", property: "d", value: "a.example" },
          { ptype: "header", property: "i", value: "@a.example" },
        ],
      },
      {
        method: "spf",
        result: "softfail",
        properties: [{ ptype: "smtp", property: "mailfrom", value: "b@c.example" }],
      },
    ],
  })
  assert.deepEqual(readAuthResults("mx.example; none"), { authservId: "mx.example", results: [] })
})

for (const wrong of [
  "",
  ";",
  "mx; dkim",
  "mx; dkim=",
  "mx; =pass",
  "mx (open",
  'mx; spf=fail reason="open',
  "mx; spf=pass what",
]) {
  test(`refuses ${JSON.stringify(wrong)}`, () => assert.equal(readAuthResults(wrong), undefined))
}

test("reads back whatever it wrote", () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
  const value = fc.string({
    maxLength: 60,
    unit: fc.constantFrom("a", "@", ".", '"', "\\", " ", ";", "(", ")", "é", "="),
  })
  const property: fc.Arbitrary<ResultProperty> = fc.record(
    {
      ptype: fc.constantFrom("smtp", "header", "body", "policy"),
      property: word,
      value,
    },
    { noNullPrototype: true },
  )
  const result: fc.Arbitrary<MethodResult> = fc
    .tuple(word, word, fc.option(value, { nil: undefined }), fc.array(property, { maxLength: 3 }))
    .map(([method, name, reason, properties]) => ({
      method,
      result: name,
      ...(reason === undefined ? {} : { reason }),
      properties,
    }))
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z.]{1,20}$/),
      fc.array(result, { minLength: 1, maxLength: 4 }),
      (authservId, results) => {
        const field = writeAuthResults(authservId, results)
        assert.deepEqual(readAuthResults(afterColon(field)), { authservId, results })
      },
    ),
    { numRuns: 500 },
  )
})

test("reads any text without throwing", () => {
  const piece = fc.constantFrom(
    "mx",
    ";",
    "=",
    "dkim",
    "pass",
    "(",
    ")",
    '"',
    "\\",
    " ",
    "\r\n ",
    "/",
    ".",
    "@",
    "1",
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      pieces => void readAuthResults(pieces.join("")) === undefined,
    ),
    {
      numRuns: 2000,
    },
  )
})

for (const [value, claims] of [
  [" mx.example; dkim=pass", true],
  [" MX.Example. 1; dkim=pass", true],
  ["(x)\r\n\tmx.example(y);none", true],
  [' "mx.example"; dkim=pass', true],
  [" mx.example", true],
  [" (mx.example", true],
  [" =mx.example dkim=pass", true],
  [" evil mx.example; dkim=pass", true],
  [" mx.example.org; dkim=pass", false],
  [" notmx.example; dkim=pass", false],
  [" other.example; dkim=pass header.d=mx.example", false],
] as const) {
  test(`${JSON.stringify(value)} ${claims ? "claims" : "does not claim"} to be ours`, () => {
    assert.equal(claimsToBeFrom(value, "mx.example"), claims)
  })
}
