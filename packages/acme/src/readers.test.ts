import assert from "node:assert/strict"
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { readChain } from "./chain.ts"
import { explainFailure } from "./explain.ts"
import { accountKey, signRequest } from "./jws.ts"
import { maxDetail, readProblem } from "./problem.ts"
import { challengeKinds, isToken } from "./proof.ts"
import { readAuthorization, readDirectory, readOrder } from "./resources.ts"
import { readRetryAfter } from "./retry-after.ts"

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
const key = accountKey(privateKey)

/** JSON as an authority could send it, near to what is asked for now and then. */
const json = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      status: fc.oneof(fc.constantFrom("pending", "valid", "ready", "invalid"), fc.jsonValue()),
      authorizations: fc.oneof(fc.array(fc.webUrl()), fc.jsonValue()),
      finalize: fc.oneof(fc.webUrl(), fc.jsonValue()),
      certificate: fc.oneof(fc.webUrl(), fc.jsonValue()),
      identifier: fc.oneof(fc.record({ type: fc.constant("dns"), value: fc.string() }), fc.jsonValue()),
      challenges: fc.array(
        fc.record({
          type: fc.oneof(fc.constantFrom(...challengeKinds), fc.jsonValue()),
          url: fc.oneof(fc.webUrl(), fc.jsonValue()),
          token: fc.oneof(fc.base64String({ minLength: 24 }), fc.jsonValue()),
          error: fc.jsonValue(),
        }),
      ),
      error: fc.jsonValue(),
      newNonce: fc.webUrl(),
      newAccount: fc.oneof(fc.webUrl(), fc.jsonValue()),
      newOrder: fc.webUrl(),
      meta: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
)

test("whatever JSON an authority sends is read or refused, and what is read is of its form", () => {
  fc.assert(
    fc.property(json, value => {
      const directory = readDirectory(value)
      if (directory !== undefined) assert.ok(URL.canParse(directory.newOrder))
      const order = readOrder(value)
      if (order !== undefined)
        assert.ok([...order.authorizations, order.finalize].every(url => URL.canParse(url)))
      const authorization = readAuthorization(value)
      for (const { token, kind } of authorization?.challenges ?? [])
        assert.ok(isToken(token) && challengeKinds.includes(kind))
      const problem = readProblem(value)
      assert.ok(problem.detail.length <= maxDetail && /^[A-Za-z0-9]+$/.test(problem.type))
    }),
  )
})

test("every refusal is explained in one line that steers no terminal", () => {
  const words = fc.string({ unit: "binary", maxLength: 2_000 })
  const types = fc.constantFrom(
    "rateLimited",
    "caa",
    "dns",
    "connection",
    "unauthorized",
    "malformed",
    "tls",
    "other",
  )
  fc.assert(
    fc.property(types, words, fc.constantFrom(...challengeKinds), (type, detail, challenge) => {
      const problem = readProblem({ type: `urn:ietf:params:acme:error:${type}`, detail })
      const refused = { kind: "refused", step: "order", status: 400, problem, retryAfter: undefined } as const
      const notProven = { kind: "not-proven", name: "mail.example", challenge, problem } as const
      for (const { says, todo } of [explainFailure(refused), explainFailure(notProven)]) {
        assert.doesNotMatch(says + todo, /[\u0000-\u001f\u007f-\u009f]/)
        assert.ok(says.length < maxDetail + 300 && todo !== "")
      }
    }),
  )
})

test("what is signed is what the signature holds for, and each has its own", () => {
  fc.assert(
    fc.property(
      fc.webUrl(),
      fc.base64String(),
      fc.option(fc.dictionary(fc.string(), fc.string())),
      (url, nonce, payload) => {
        const body = signRequest(key, { url, nonce, account: undefined, payload: payload ?? undefined })
        const sent = JSON.parse(body) as { protected: string; payload: string; signature: string } // as it is written above
        const signature = Buffer.from(sent.signature, "base64url")
        assert.equal(signature.length, 64)
        const by = { key: createPublicKey(privateKey), dsaEncoding: "ieee-p1363" } as const
        assert.ok(verify("sha256", Buffer.from(`${sent.protected}.${sent.payload}`), by, signature))
        const header = JSON.parse(Buffer.from(sent.protected, "base64url").toString()) as Record<
          string,
          unknown
        >
        assert.deepEqual(header, { alg: "ES256", jwk: key.jwk, nonce, url })
        const read =
          sent.payload === "" ? null : JSON.parse(Buffer.from(sent.payload, "base64url").toString())
        assert.deepEqual(read, payload === null ? null : JSON.parse(JSON.stringify(payload)))
      },
    ),
    { numRuns: 50 },
  )
})

test("no text is taken for a chain, or for a time, that is none", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 500 }), text => {
      assert.equal(readChain(text, { names: ["mail.example"], privateKey }).kind, "unfit")
      const armoured = `-----BEGIN CERTIFICATE-----\n${Buffer.from(text).toString("base64")}\n-----END CERTIFICATE-----\n`
      assert.equal(readChain(armoured, { names: ["mail.example"], privateKey }).kind, "unfit")
      const wait = readRetryAfter(text, 0)
      assert.ok(wait === undefined || wait >= 0)
    }),
  )
})
