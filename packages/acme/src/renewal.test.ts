import assert from "node:assert/strict"
import { generateKeyPairSync, X509Certificate } from "node:crypto"
import { test } from "node:test"
import { readChain } from "./chain.ts"
import { explainFailure } from "./explain.ts"
import type { AcmeFailure } from "./failure.ts"
import { accountKey } from "./jws.ts"
import { waitBeforeNextTry } from "./next-try.ts"
import { type Problem, readProblem } from "./problem.ts"
import { alpnDigest, dnsRecord } from "./proof.ts"
import { askWhenToRenew, renewalName, renewalTime, timeWithin } from "./renewal.ts"
import { readRetryAfter } from "./retry-after.ts"
import { openSession } from "./session.ts"
import { base, issueFor, playAuthority } from "./test-authority.ts"

const day = 24 * 60 * 60 * 1000
const key = accountKey(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey)

test("renews at two thirds of the life, and at half of a short one", () => {
  assert.equal(renewalTime({ notBefore: 0, notAfter: 90 * day }), 60 * day)
  assert.equal(renewalTime({ notBefore: 0, notAfter: 6 * day }), 3 * day)
})

/** The certificate of RFC 9773's appendix. */
const shown = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----`

test("names a certificate to its authority as the RFC does", () => {
  const { raw } = new X509Certificate(shown)
  assert.equal(renewalName(raw), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")
  assert.equal(renewalName(Buffer.from("none")), undefined)
})

function suggested(body: unknown, headers: Record<string, string> = {}) {
  const { raw } = new X509Certificate(shown)
  const authority = playAuthority({
    renewalInfo: true,
    twist: path => (path.startsWith("/renewal/") ? { body, headers } : undefined),
  })
  const result = authority.run(
    (function* () {
      const session = yield* openSession(`${base}/dir`, key, () => 0)
      return yield* askWhenToRenew(session, raw)
    })(),
  )
  assert.equal(authority.played.log.at(-1), "GET /renewal/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")
  return result
}

test("asks the authority when to renew, and again as soon as it says, within bounds", () => {
  const suggestedWindow = { start: "2026-01-02T04:00:00Z", end: "2026-01-03T04:00:00.5+01:00" }
  const window = { start: Date.UTC(2026, 0, 2, 4), end: Date.UTC(2026, 0, 3, 3, 0, 0, 500) }
  assert.deepEqual(suggested({ suggestedWindow }, { "retry-after": "21600" }), {
    ...window,
    askAgain: 21_600_000,
  })
  assert.equal(suggested({ suggestedWindow }, { "retry-after": "1" })?.askAgain, 60_000)
  assert.equal(suggested({ suggestedWindow }, { "retry-after": "99999999" })?.askAgain, day)
  for (const wrong of [
    {},
    { suggestedWindow: {} },
    { suggestedWindow: { start: "2026-01-02", end: "2026-01-03T04:00:00Z" } },
    { suggestedWindow: { start: suggestedWindow.end, end: suggestedWindow.start } },
  ])
    assert.equal(suggested(wrong), undefined)
})

test("asks an authority that has no such thing nothing", () => {
  const authority = playAuthority()
  const { raw } = new X509Certificate(shown)
  const result = authority.run(
    (function* () {
      const session = yield* openSession(`${base}/dir`, key, () => 0)
      return yield* askWhenToRenew(session, raw)
    })(),
  )
  assert.equal(result, undefined)
  assert.deepEqual(authority.played.log, ["GET /dir"])
})

test("takes a moment of the window by chance, and none that leaves a failure no time to mend", () => {
  const life = { notBefore: 0, notAfter: 100 * day }
  const window = { start: 60 * day, end: 62 * day, askAgain: day }
  assert.equal(timeWithin(window, 0, life), 60 * day)
  assert.equal(timeWithin(window, 0.5, life), 61 * day)
  assert.equal(timeWithin({ ...window, end: 200 * day }, 1, life), 90 * day)
  assert.equal(timeWithin({ ...window, start: 95 * day, end: 99 * day }, 0.5, life), 90 * day)
  assert.equal(timeWithin({ ...window, start: -day, end: -1 }, 0, life), -day)
})

const refused = (type: string, retryAfter?: number): AcmeFailure => ({
  kind: "refused",
  step: "order",
  status: 429,
  problem: readProblem({ type: `urn:ietf:params:acme:error:${type}`, detail: "said so" }),
  retryAfter,
})

test("waits longer after each failure, up to half a day, and as long as it is asked to", () => {
  const failure: AcmeFailure = { kind: "unreachable", why: "x" }
  const minutes = [1, 2, 3, 7, 100].map(failures => waitBeforeNextTry(failure, failures, 0) / 60_000)
  assert.deepEqual(minutes, [15, 30, 60, 720, 720])
  assert.equal(waitBeforeNextTry(failure, 1, 1), 16.5 * 60_000)
  assert.equal(waitBeforeNextTry(refused("rateLimited", 3 * day), 1, 0), 3 * day)
  assert.equal(waitBeforeNextTry(refused("rateLimited", 1), 1, 0), 15 * 60_000)
  assert.equal(waitBeforeNextTry(refused("rateLimited", 900 * day), 1, 0), 7 * day)
})

test("reads how long to wait, in seconds or until a time", () => {
  const now = Date.UTC(2026, 10, 26, 6)
  assert.equal(readRetryAfter("120", now), 120_000)
  assert.equal(readRetryAfter("Thu, 26 Nov 2026 06:01:00 GMT", now), 60_000)
  assert.equal(readRetryAfter("Thu, 26 Nov 2026 05:01:00 GMT", now), 0)
  for (const wrong of [undefined, "", "-1", "1.5", "soon", "2026-11-26T06:01:00Z", "9".repeat(30)])
    assert.equal(readRetryAfter(wrong, now), undefined)
})

test("explains what the operator can mend by the port, the record or the setting to look at", () => {
  const failed = (challenge: "http-01" | "tls-alpn-01" | "dns-01", problem?: Problem): string => {
    const { says, todo } = explainFailure({
      kind: "not-proven",
      name: "mail.example.org",
      challenge,
      problem,
    })
    return `${says} -> ${todo}`
  }
  const of = (type: string) =>
    readProblem({ type: `urn:ietf:params:acme:error:${type}`, detail: "timed out" })
  assert.match(
    failed("http-01", of("connection")),
    /^port 80 of mail\.example\.org does not reach this server \(it says: timed out\)/,
  )
  assert.match(failed("http-01", of("unauthorized")), /^something else than this server answers on port 80/)
  assert.match(failed("http-01", of("dns")), /no address in the DNS.* -> publish an A or AAAA/)
  assert.match(failed("tls-alpn-01", of("tls")), /^port 443 .*tls_alpn/)
  assert.match(failed("dns-01"), /_acme-challenge\.mail\.example\.org.*dns_hook/)
  assert.match(failed("http-01", of("caa")), /CAA/)
  assert.match(explainFailure(refused("rateLimited")).says, /too many requests \(it says: said so\)/)
  assert.match(explainFailure({ kind: "terms", url: "https://ca.test/t" }).todo, /agree = true/)
  assert.match(explainFailure(refused("externalAccountRequired")).todo, /eab_key/)
})

test("the authority's words are one bounded line of text, and its types are words", () => {
  const { detail, type, name, subproblems } = readProblem({
    type: "about:blank",
    detail: `a\u001b[31m\nb\u202e${"x".repeat(1000)}`,
    identifier: { type: "dns", value: "a\nb" },
    subproblems: [{ detail: "one", subproblems: [{ detail: "deeper" }] }, 5],
  })
  assert.equal(type, "other")
  assert.match(detail, /^a \[31m b x+$/)
  assert.ok(detail.length <= 500)
  assert.equal(name, "a b")
  assert.deepEqual(
    subproblems.map(one => [one.detail, one.subproblems.length]),
    [
      ["one", 0],
      ["", 0],
    ],
  )
})

test("proofs by DNS and TLS are the digest of the key authorization", () => {
  const proof = { name: "example.org", keyAuthorization: "token.thumb" }
  // openssl dgst -sha256 of "token.thumb"
  const value = "lCdftpJCXapaZHkBGIZbcubeKW8RmA0jSG_aZN01zbU"
  assert.deepEqual(dnsRecord(proof), { name: "_acme-challenge.example.org", value })
  assert.equal(alpnDigest(proof).toString("base64url"), value)
})

test("takes a chain for its names and key, and says what is wrong with any other", () => {
  const names = ["mail.example", "mx.example"]
  const notBefore = Date.UTC(2026, 0, 1)
  const { privateKey, pem } = issueFor(names, notBefore, notBefore + 90 * day)
  const chain = readChain(`${pem.replaceAll("\n", "\r\n")}${shown}\n`, { names, privateKey })
  assert.ok(chain.kind === "chain")
  assert.deepEqual(
    [chain.notBefore, chain.notAfter, chain.issuer],
    [notBefore, notBefore + 90 * day, "mail.example"],
  )
  assert.equal(chain.pem, `${pem}${shown}\n`.replace("\n\n", "\n"))
  const whyOf = (text: string, wanted = { names, privateKey }) => {
    const read = readChain(text, wanted)
    return read.kind === "unfit" ? read.why : read.kind
  }
  assert.match(whyOf("", { names, privateKey }), /no chain/)
  assert.match(whyOf("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), /no chain/)
  assert.match(whyOf(shown), /another key/)
  assert.match(whyOf(pem, { names: [...names, "other.example"], privateKey }), /not for other\.example/)
  assert.match(whyOf(pem.repeat(11)), /no chain/)
  assert.match(whyOf("x".repeat(100_001)), /too long/)
})
