import assert from "node:assert/strict"
import { test } from "node:test"
import { parseSignature } from "./signature.ts"

const good = "v=1; a=rsa-sha256; b=YWJj; bh=YWJj; d=Example.com; s=sel; h=From:To"

function change(tag: string, value: string | undefined): string {
  const specs = good.split("; ").filter(spec => !spec.startsWith(`${tag}=`))
  return [...specs, ...(value === undefined ? [] : [`${tag}=${value}`])].join("; ")
}

test("reads a signature with its defaults", () => {
  const parsed = parseSignature(` ${good}\r\n`)
  assert.equal(parsed.kind, "signature")
  if (parsed.kind !== "signature") return
  const { signature, label } = parsed
  assert.deepEqual(
    [signature.domain, signature.selector, signature.identity, signature.headerCanon, signature.bodyCanon],
    ["example.com", "sel", "@example.com", "simple", "simple"],
  )
  assert.deepEqual(signature.signedNames, ["from", "to"])
  assert.deepEqual(label, {
    domain: "example.com",
    selector: "sel",
    algorithm: "rsa-sha256",
    signatureStart: "YWJj",
  })
})

for (const [tag, value] of [
  ["c", "relaxed"],
  ["c", "simple/relaxed"],
  ["i", "joe@news.example.com"],
  ["i", "j=3Do=3De@example.com"],
  ["q", "other : dns/txt"],
  ["l", "0"],
  ["x", "1700000000"],
  ["d", "b\xc3\xbccher.example"],
  ["zz", "unknown"],
] as const) {
  test(`accepts ${tag}=${value}`, () => {
    assert.equal(parseSignature(change(tag, value)).kind, "signature")
  })
}

for (const [tag, value] of [
  ["v", undefined],
  ["v", "2"],
  ["a", undefined],
  ["a", "rsa-md5"],
  ["b", ""],
  ["b", "a*c"],
  ["bh", undefined],
  ["c", "relaxed/relaxed/relaxed"],
  ["c", "nowsp"],
  ["d", "com"],
  ["d", "exa mple.com"],
  ["d", "ex%61mple.com"],
  ["d", "example..com"],
  ["s", "-"],
  ["h", ""],
  ["h", "to:subject"],
  ["h", "from: bad name"],
  ["h", `from${":x".repeat(300)}`],
  ["i", "joe@other.com"],
  ["i", "joe@badexample.com"],
  ["i", "joe"],
  ["q", "http"],
  ["l", "-1"],
  ["t", "x"],
  ["x", "9999999999999"],
] as const) {
  test(`refuses ${tag}=${value?.slice(0, 30) ?? "nothing"}`, () => {
    const parsed = parseSignature(change(tag, value))
    assert.equal(parsed.kind, "wrong")
    assert.equal(parsed.kind === "wrong" && parsed.result, "neutral")
  })
}

test("refuses SHA-1 as a matter of policy (RFC 8301 §3.1)", () => {
  const parsed = parseSignature(change("a", "rsa-sha1"))
  assert.deepEqual(parsed.kind === "wrong" && parsed.result, "policy")
})

test("refuses an expiry that is not after the signing", () => {
  assert.equal(parseSignature(`${good}; t=100; x=100`).kind, "wrong")
  assert.equal(parseSignature(`${good}; t=100; x=101`).kind, "signature")
})

test("reads an ARC message signature, which has no version and counts with i (RFC 8617 §4.1.2)", () => {
  const arc = change("v", undefined)
  assert.equal(parseSignature(`${arc}; i=1`, "arc").kind, "signature")
  assert.equal(parseSignature(`${arc.replace("From:To", "From:ARC-Seal")}; i=1`, "arc").kind, "wrong")
})
