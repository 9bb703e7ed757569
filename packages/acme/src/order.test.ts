import assert from "node:assert/strict"
import { createHash, generateKeyPairSync } from "node:crypto"
import { test } from "node:test"
import { openAccount } from "./account.ts"
import type { AcmeFailure } from "./failure.ts"
import { accountKey } from "./jws.ts"
import { type OrderWish, orderCertificate } from "./order.ts"
import { openSession } from "./session.ts"
import { base, playAuthority, problem, token } from "./test-authority.ts"
import { type Outcome, outcomeOf, type Work } from "./work.ts"

const key = accountKey(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey)
const plain: OrderWish = {
  names: ["mail.example"],
  challenge: "http-01",
  request: () => Buffer.from("request"),
  replaces: undefined,
}
const agreed = { agrees: true, contact: [], external: undefined }

/** All of it, from nothing. */
function* whole(
  wish: Partial<OrderWish> = {},
  account = agreed as Parameters<typeof openAccount>[1],
): Work<string> {
  const session = yield* openSession(`${base}/dir`, key, () => 0)
  yield* openAccount(session, account)
  return yield* orderCertificate(session, { ...plain, ...wish })
}

const run = (authority: ReturnType<typeof playAuthority>, work: Work<string> = whole()): Outcome<string> =>
  authority.run(outcomeOf(work))

function failureOf(outcome: Outcome<string>): AcmeFailure {
  assert.ok(outcome.kind === "failed", "it should have failed")
  return outcome.failure
}

test("gets a certificate: account, order, proof, request, in this order, with one new nonce", () => {
  const authority = playAuthority({ certificate: "CHAIN" })
  assert.deepEqual(run(authority), { kind: "done", value: "CHAIN" })
  const { log, payloads, proofs } = authority.played
  assert.deepEqual(log, [
    "GET /dir",
    "HEAD /nonce",
    "POST /account",
    "POST /orders",
    "POST /authz/mail.example",
    "POST /challenge/mail.example",
    "POST /authz/mail.example",
    "POST /order/1",
    "POST /finalize",
    "POST /order/1",
    "POST /cert",
  ])
  assert.deepEqual(payloads.get("/account"), { termsOfServiceAgreed: true })
  assert.deepEqual(payloads.get("/orders"), { identifiers: [{ type: "dns", value: "mail.example" }] })
  assert.deepEqual(payloads.get("/finalize"), { csr: Buffer.from("request").toString("base64url") })
  assert.equal(payloads.get("/cert"), undefined)
  assert.deepEqual(proofs, [
    { kind: "http-01", name: "mail.example", token, keyAuthorization: `${token}.${key.thumbprint}` },
  ])
})

test("proves several names side by side, and leaves out what was proven before", () => {
  const names = ["a.example", "b.example", "c.example"]
  const twist = (path: string) =>
    path === "/authz/b.example"
      ? { body: { status: "valid", identifier: { type: "dns", value: "b.example" }, challenges: [] } }
      : undefined
  const authority = playAuthority({ names, twist })
  run(authority, whole({ names }))
  assert.deepEqual(
    authority.played.proofs.map(proof => proof.name),
    ["a.example", "c.example"],
  )
})

test("the thumbprint is the one that the RFC shows for its key", () => {
  // RFC 7638 §3.1 has an RSA key; for EC the members are crv, kty, x, y in this order (§3.2).
  const { crv, kty, x, y } = key.jwk
  const text = `{"crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}`
  assert.equal(key.thumbprint, createHash("sha256").update(text).digest("base64url"))
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" })
  assert.throws(() => accountKey(privateKey), RangeError)
})

test("signs anew for a nonce that the authority does not take, five times and no more", () => {
  for (const [times, ends] of [
    [5, "done"],
    [6, "failed"],
  ] as const) {
    const twist = (path: string, _payload: unknown, count: number) =>
      path === "/orders" && count <= times ? problem("badNonce") : undefined
    assert.equal(run(playAuthority({ twist })).kind, ends)
  }
})

test("sends again what was lost on its way, and what found the authority unwell, after a while", () => {
  const broken = playAuthority({
    twist: (path, _, count) => (path === "/orders" && count < 3 ? "broken" : undefined),
  })
  assert.equal(run(broken).kind, "done")
  assert.deepEqual(broken.played.waits.slice(0, 2), [2_000, 10_000])
  const unwell = playAuthority({
    twist: (path, _, count) => (path === "/orders" && count < 3 ? { status: 503 } : undefined),
  })
  assert.equal(run(unwell).kind, "done")
  const gone = playAuthority({ twist: path => (path === "/orders" ? "broken" : undefined) })
  assert.deepEqual(failureOf(run(gone)), { kind: "unreachable", why: "the connection broke" })
})

test("goes on with an order whose answer to the request was lost", () => {
  const twist = (path: string, _payload: unknown, count: number) =>
    path === "/finalize" && count === 2 ? problem("orderNotReady") : undefined
  const authority = playAuthority({
    certificate: "CHAIN",
    twist: (path, payload, count) => twist(path, payload, count),
  })
  // The first answer is made, and lost on its way.
  const played = authority.run
  let lost = false
  const work = outcomeOf(whole())
  const losing: Work<Outcome<string>> = (function* () {
    let next = work.next()
    while (next.done !== true) {
      const step = next.value
      const answer = yield step
      const isFinalize = step.kind === "request" && step.request.url.endsWith("/finalize")
      next = work.next(isFinalize && !lost ? { kind: "failed", why: "the connection broke" } : answer)
      lost ||= isFinalize
    }
    return next.value
  })()
  assert.deepEqual(played(losing), { kind: "done", value: "CHAIN" })
  assert.ok(lost)
})

test("looks again while the authority works, as often as it asks for, and gives up in the end", () => {
  const working = (path: string, _payload: unknown, count: number) =>
    path === "/order/1" && count === 2
      ? {
          headers: { "retry-after": "7" },
          body: { status: "processing", authorizations: [], finalize: `${base}/finalize` },
        }
      : undefined
  const authority = playAuthority({ twist: working })
  assert.equal(run(authority).kind, "done")
  assert.deepEqual(authority.played.waits, [7_000])
  const never = playAuthority({
    twist: (path, _, count) =>
      path.startsWith("/authz/") && count > 1
        ? {
            headers: { "retry-after": "86400" },
            body: {
              status: "pending",
              identifier: { type: "dns", value: "mail.example" },
              challenges: [],
            },
          }
        : undefined,
  })
  assert.deepEqual(failureOf(run(never)), { kind: "too-slow", what: "authorization" })
  assert.equal(Math.max(...never.played.waits), 30_000)
})

test("says which proof was not found, in the authority's words", () => {
  const error = { type: "urn:ietf:params:acme:error:connection", detail: "no route\nto host" }
  const twist = (path: string, _payload: unknown, count: number) =>
    path === "/authz/mail.example" && count > 1
      ? {
          body: {
            status: "invalid",
            identifier: { type: "dns", value: "mail.example" },
            challenges: [{ type: "http-01", url: `${base}/challenge/mail.example`, token, error }],
          },
        }
      : undefined
  assert.deepEqual(failureOf(run(playAuthority({ twist }))), {
    kind: "not-proven",
    name: "mail.example",
    challenge: "http-01",
    problem: { type: "connection", detail: "no route to host", name: undefined, subproblems: [] },
  })
})

test("knows the way of proof that is not offered, and an order that the authority gave up", () => {
  const not = failureOf(run(playAuthority(), whole({ challenge: "tls-alpn-01" })))
  assert.deepEqual(not, { kind: "not-offered", name: "mail.example", challenge: "tls-alpn-01" })
  const body = { status: "invalid", authorizations: [], finalize: `${base}/finalize` }
  const twist = (path: string) => (path === "/order/1" ? { body } : undefined)
  assert.equal(failureOf(run(playAuthority({ twist }))).kind, "refused")
})

test("keeps how long an authority asks to be left alone", () => {
  const twist = (path: string) =>
    path === "/orders"
      ? { ...problem("rateLimited"), status: 429, headers: { "retry-after": "3600" } }
      : undefined
  const failure = failureOf(run(playAuthority({ twist })))
  assert.ok(failure.kind === "refused")
  assert.deepEqual(
    [failure.problem.type, failure.retryAfter, failure.status],
    ["rateLimited", 3_600_000, 429],
  )
})

test("makes no account where the terms are not agreed to, or the authority wants to know its customer", () => {
  const terms = playAuthority({ meta: { termsOfService: "https://ca.test/terms" } })
  assert.deepEqual(failureOf(run(terms, whole({}, { ...agreed, agrees: false }))), {
    kind: "terms",
    url: "https://ca.test/terms",
  })
  const customers = playAuthority({ meta: { externalAccountRequired: true } })
  assert.deepEqual(failureOf(run(customers)), { kind: "needs-external-account" })
  for (const { played } of [terms, customers]) assert.deepEqual(played.log, ["GET /dir"])
})

test("binds the account to the customer that the authority knows", () => {
  const macKey = Buffer.from("a key that the authority gave")
  const authority = playAuthority({ meta: { externalAccountRequired: true }, macKey })
  const account = { agrees: true, contact: ["mailto:a@b.example"], external: { keyId: "k1", macKey } }
  assert.equal(run(authority, whole({}, account)).kind, "done")
  const sent = authority.played.payloads.get("/account") as Record<string, unknown>
  assert.deepEqual(sent.contact, ["mailto:a@b.example"])
  assert.ok(sent.externalAccountBinding)
  const wrong = { ...account, external: { keyId: "k1", macKey: Buffer.from("another") } }
  assert.throws(() => run(playAuthority({ macKey }), whole({}, wrong)), /not bound/)
})

test("knows an account that the authority has forgotten", () => {
  const twist = (path: string) => (path === "/orders" ? problem("accountDoesNotExist") : undefined)
  assert.deepEqual(failureOf(run(playAuthority({ twist }))), { kind: "account-gone" })
})

test("says what is replaced, and orders without that where the authority does not take it", () => {
  const twist = (path: string, payload: unknown) =>
    path === "/orders" && typeof payload === "object" && payload !== null && "replaces" in payload
      ? { ...problem("alreadyReplaced"), status: 409 }
      : undefined
  const authority = playAuthority({ twist })
  assert.equal(run(authority, whole({ replaces: "abc.def" })).kind, "done")
  assert.equal(authority.played.log.filter(line => line === "POST /orders").length, 2)
})

test("goes nowhere but to the origin of its directory", () => {
  const elsewhere = "https://elsewhere.test/f"
  const ways: readonly (readonly [string, object])[] = [
    ["/dir", { newNonce: elsewhere, newAccount: `${base}/account`, newOrder: `${base}/orders` }],
    ["/dir", { newNonce: `${base}/nonce`, newAccount: elsewhere, newOrder: `${base}/orders` }],
    ["/orders", { status: "pending", authorizations: [elsewhere], finalize: `${base}/finalize` }],
    ["/order/1", { status: "ready", authorizations: [], finalize: elsewhere }],
    ["/order/1", { status: "valid", authorizations: [], finalize: `${base}/f`, certificate: elsewhere }],
  ]
  for (const [path, body] of ways) {
    const headers = { location: `${base}/order/1` }
    const twist = (at: string) => (at === path ? { headers, body } : undefined)
    const authority = playAuthority({ twist })
    const failure = failureOf(run(authority))
    assert.ok(
      failure.kind === "malformed" && /another server than https:\/\/ca\.test/.test(failure.what),
      path,
    )
  }
})

test("takes nothing that is not of ACME's form", () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ["/dir", "no json"],
    ["/dir", { newNonce: 1 }],
    ["/dir", []],
    ["/orders", { status: "pending" }],
    ["/orders", { status: "odd", authorizations: [], finalize: `${base}/f` }],
    ["/orders", { status: "pending", authorizations: Array(101).fill(base), finalize: `${base}/f` }],
    ["/authz/mail.example", { status: "pending", identifier: { type: "ip", value: "::1" }, challenges: [] }],
    ["/authz/mail.example", null],
  ]
  for (const [path, body] of wrong) {
    const headers = { location: `${base}/order/1` }
    const twist = (at: string) =>
      at === path ? { status: path === "/orders" ? 201 : 200, headers, body } : undefined
    assert.equal(
      failureOf(run(playAuthority({ twist }))).kind,
      "malformed",
      `${path} ${JSON.stringify(body)}`,
    )
  }
})

test("takes no token that could be a path, or that can be guessed", () => {
  for (const bad of [
    "short",
    "../../etc/passwd/../../etc/passwd",
    "a".repeat(257),
    "with spaces in it, many of them",
  ]) {
    const challenges = [{ type: "http-01", url: `${base}/challenge/mail.example`, token: bad }]
    const body = { status: "pending", identifier: { type: "dns", value: "mail.example" }, challenges }
    const twist = (path: string) => (path.startsWith("/authz/") ? { body } : undefined)
    assert.equal(failureOf(run(playAuthority({ twist }))).kind, "not-offered", bad)
  }
})
