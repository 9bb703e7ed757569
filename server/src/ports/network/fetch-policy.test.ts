import assert from "node:assert/strict"
import { once } from "node:events"
import type { RequestListener } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { type TestContext, test } from "node:test"
import { manualTimer, systemTimer } from "../timer.ts"
import { EgressError, mintEgress } from "./egress.ts"
import { fetchPolicy, type PolicyQuestion } from "./fetch-policy.ts"
import { certificateFor, type TestCertificate, testRoots } from "./test-certificates.ts"

async function webServer(t: TestContext, answer: RequestListener, certificate?: TestCertificate) {
  const { made, pem } = certificate ?? certificateFor(["mta-sts.far.test"])
  const key = made.key.export({ type: "pkcs8", format: "pem" })
  const server = createServer({ key, cert: pem }, answer)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port // it listens on TCP
}

const questionTo = (port: number, more: Partial<PolicyQuestion> = {}): PolicyQuestion => ({
  egress: mintEgress("policy-host", async () => undefined),
  host: "mta-sts.far.test",
  path: "/.well-known/mta-sts.txt",
  ip: "127.0.0.1",
  port,
  timer: systemTimer,
  timeout: 5_000,
  maxBytes: 1_000,
  signal: new AbortController().signal,
  roots: testRoots,
  ...more,
})

test("asks by the name for the path, and gives what came", async t => {
  const asked: unknown[] = []
  const port = await webServer(t, (request, response) => {
    asked.push([request.method, request.headers, request.url])
    response.writeHead(200, { "content-type": "text/plain" }).end("version: STSv1\n")
  })
  assert.deepEqual(await fetchPolicy(questionTo(port)), {
    kind: "answered",
    status: 200,
    contentType: "text/plain",
    body: Buffer.from("version: STSv1\n"),
  })
  // All that the web server hears.
  const headers = { host: "mta-sts.far.test", connection: "close" }
  assert.deepEqual(asked, [["GET", headers, "/.well-known/mta-sts.txt"]])
})

test("follows nothing", async t => {
  let asked = 0
  const port = await webServer(t, (_, response) => {
    asked += 1
    response.writeHead(302, { location: "/elsewhere" }).end()
  })
  const answer = await fetchPolicy(questionTo(port))
  assert.equal(answer.kind === "answered" && answer.status, 302)
  assert.equal(asked, 1)
})

test("reads one octet more than it may, and no further", async t => {
  const port = await webServer(t, (_, response) => {
    response.writeHead(200)
    response.write(Buffer.alloc(700))
    response.write(Buffer.alloc(5_000))
    // and never ends
  })
  const answer = await fetchPolicy(questionTo(port))
  assert.equal(answer.kind === "answered" && answer.body.length, 1_001)
})

test("believes no certificate of another name, and none that nobody vouches for", async t => {
  const other = await webServer(t, (_, response) => response.end(), certificateFor(["far.test"]))
  assert.deepEqual(await fetchPolicy(questionTo(other)), { kind: "failed", why: "unverified" })
  const old = certificateFor(["mta-sts.far.test"], { to: Date.now() - 1_000 })
  const expired = await webServer(t, (_, response) => response.end(), old)
  assert.deepEqual(await fetchPolicy(questionTo(expired)), { kind: "failed", why: "unverified" })
  const { roots: _, ...machines } = questionTo(await webServer(t, (_, response) => response.end()))
  assert.deepEqual(await fetchPolicy(machines), { kind: "failed", why: "unverified" })
})

test("takes nothing that was cut short, and waits no longer than it may", async t => {
  const cut = await webServer(t, (_, response) => {
    response.writeHead(200, { "content-length": "100" })
    response.write("version: STSv1\n")
    setImmediate(() => response.destroy())
  })
  assert.deepEqual(await fetchPolicy(questionTo(cut)), { kind: "failed", why: "unreachable" })
  const timer = manualTimer()
  const silent = await webServer(t, () => timer.pass(5_000))
  assert.deepEqual(await fetchPolicy(questionTo(silent, { timer })), { kind: "failed", why: "timed-out" })
})

test("asks nobody where nothing may go", async t => {
  let asked = 0
  const port = await webServer(t, () => {
    asked += 1
  })
  const egress = mintEgress("policy-host", async () => {
    throw new EgressError("policy-host", "not-written")
  })
  assert.deepEqual(await fetchPolicy(questionTo(port, { egress })), { kind: "held-back" })
  assert.equal(asked, 0)
})
