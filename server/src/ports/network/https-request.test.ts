import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import { once } from "node:events"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { type TestContext, test } from "node:test"
import { selfSignedCertificate } from "@letterkeep/x509"
import { systemTimer, type Timer } from "../timer.ts"
import { EgressError, mintEgress } from "./egress.ts"
import { type HttpsRequest, httpsRequest } from "./https-request.ts"
import { machineRoots } from "./roots.ts"

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
const cert = selfSignedCertificate({
  names: ["ca.test"],
  notBefore: Date.now() - 3_600_000,
  notAfter: Date.now() + 3_600_000,
  serial: Buffer.alloc(16, 5),
  privateKey,
})
const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString()

type Handle = (request: IncomingMessage, response: ServerResponse) => void

/** An authority of this test alone, and how it is asked. */
async function serve(t: TestContext, handle: Handle) {
  const server = createServer({ cert, key }, handle)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // listening on TCP
  let released = 0
  const ask = (path: string, more: Partial<HttpsRequest> = {}) =>
    httpsRequest({
      egress: mintEgress("certificate-authority", async () => {
        released += 1
      }),
      recipient: "certificate-authority",
      method: "GET",
      url: `https://ca.test:${port}${path}`,
      lookup: async () => ({ kind: "found", addresses: ["127.0.0.1"] }),
      roots: [cert],
      maxBytes: 1000,
      timeout: 10_000,
      timer: systemTimer,
      ...more,
    })
  return { ask, port, released: () => released }
}

const why = (answer: Awaited<ReturnType<typeof httpsRequest>>) =>
  answer.kind === "failed" ? answer.why : answer.kind

test("sends what it is given and gives what comes back", async t => {
  const { ask, port } = await serve(t, async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer) // of a stream without an encoding
    response.writeHead(201, { "Replay-Nonce": "abc", "x-host": request.headers.host })
    response.end(
      `${request.method} ${request.url} ${request.headers["content-type"]} ${Buffer.concat(pieces)}`,
    )
  })
  const answer = await ask("/new?x=1", {
    method: "POST",
    body: "später",
    headers: { "content-type": "application/jose+json" },
  })
  assert.ok(answer.kind === "answer")
  assert.equal(answer.status, 201)
  assert.equal(answer.headers["replay-nonce"], "abc")
  assert.equal(answer.headers["x-host"], `ca.test:${port}`)
  assert.equal(answer.body.toString(), "POST /new?x=1 application/jose+json später")
})

test("asks for leave before each connection, and opens none without it", async t => {
  let came = 0
  const { ask, released } = await serve(t, (_request, response) => {
    came += 1
    response.end("x")
  })
  await ask("/")
  await ask("/")
  assert.equal(released(), 2)
  const shut = mintEgress("certificate-authority", async () => {
    throw new EgressError("certificate-authority", "not-agreed")
  })
  assert.equal((await ask("/", { egress: shut })).kind, "held-back")
  assert.equal((await ask("/", { recipient: "policy-host" })).kind, "held-back")
  assert.equal(came, 2)
})

test("takes no certificate that nobody vouches for, or that is for another name", async t => {
  const { ask, port } = await serve(t, (_request, response) => response.end("x"))
  const bare = await ask("/", { roots: machineRoots() })
  assert.match(String(why(bare)), /nobody vouches for its certificate/)
  const other = await ask("/", { url: `https://other.test:${port}/` })
  assert.equal(why(other), "its certificate is for another name")
  const address = await ask("/", { url: `https://127.0.0.1:${port}/` })
  assert.equal(why(address), "its certificate is for another name")
})

test("follows a redirect within the origin as often as it may, and to nobody else", async t => {
  const { ask, port } = await serve(t, (request, response) => {
    const to = {
      "/a": "/b",
      "/b": "/c",
      "/away": "https://elsewhere.test/",
      "/down": `http://ca.test:${port}/`,
    }[request.url ?? ""]
    response.writeHead(to === undefined ? 200 : 302, to === undefined ? {} : { location: to })
    response.end(request.url)
  })
  const followed = await ask("/a", { redirects: 2 })
  assert.equal(followed.kind === "answer" && followed.body.toString(), "/c")
  assert.equal(why(await ask("/a", { redirects: 1 })), "it sends us elsewhere, again and again")
  assert.equal(why(await ask("/away", { redirects: 5 })), "it sends us to another server")
  assert.equal(why(await ask("/down", { redirects: 5 })), "it sends us to another server")
  const posted = await ask("/a", { method: "POST", body: "", redirects: 5 })
  assert.equal(posted.kind === "answer" && posted.status, 302)
})

test("ends an answer that is too long, and one that does not come in time", async t => {
  const { ask } = await serve(t, (request, response) => {
    if (request.url === "/long") response.end("x".repeat(1001))
    else if (request.url === "/fits") response.end("x".repeat(1000))
    else response.write("begun")
  })
  assert.equal(why(await ask("/long")), "its answer is too long")
  assert.equal((await ask("/fits")).kind, "answer")
  // Time passes when the answer has begun.
  const soon: Timer = {
    after: (_ms, run) => {
      const timeout = setTimeout(run, 300)
      return () => clearTimeout(timeout)
    },
  }
  assert.equal(why(await ask("/never", { timer: soon })), "it did not answer in time")
  const gone = new AbortController()
  const waiting = ask("/never", { signal: gone.signal })
  setImmediate(() => gone.abort())
  assert.equal(why(await waiting), "it was called off")
})

test("says that a connection broke in the middle of an answer", async t => {
  const { ask } = await serve(t, (_request, response) => {
    response.writeHead(200, { "content-length": "100" })
    response.write("half")
    setImmediate(() => response.destroy())
  })
  assert.equal(why(await ask("/")), "the connection broke")
})

test("says what it is where the name is not found, nobody listens, or the address is none", async t => {
  const { ask, released } = await serve(t, (_request, response) => response.end())
  const lookup = async () => ({ kind: "found", addresses: [] }) as const
  assert.equal(why(await ask("/", { lookup })), "there is no address of ca.test in the DNS")
  const failing = async () => ({ kind: "failed", why: "the DNS does not answer" }) as const
  assert.equal(why(await ask("/", { lookup: failing })), "the DNS does not answer")
  for (const url of ["http://ca.test/", "ftp://ca.test/", "https://me:pass@ca.test/", "ca.test"])
    assert.equal(why(await ask("/", { url })), "its address is no https address", url)
  assert.equal(released(), 0)
  assert.equal(why(await ask("/", { url: "https://ca.test:1/" })), "the connection was refused")
})
