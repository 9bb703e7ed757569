import assert from "node:assert/strict"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, afterEach, before, beforeEach, describe, test } from "node:test"
import { gzipSync } from "node:zlib"
import {
  createInMemorySetup,
  type InMemorySetup,
  recoveryCode,
} from "../../../../fixtures/in-memory-setup.ts"
import { noLedger } from "../../../../fixtures/no-ledger.ts"
import { systemChance } from "../../ports/chance.ts"
import { recordingLog } from "../../ports/log.ts"
import { testPolicy } from "../../privacy/policy/test-policy.ts"
import { testPrivacy } from "../../privacy/test-privacy.ts"
import {
  type CreatedAnswer,
  type HttpDoor,
  type InboxAnswer,
  type OpenedMail,
  openHttpDoor,
  PlainTextError,
  type Refusal,
  type SetupAnswer,
} from "./index.ts"

const form = {
  organisation: "",
  domain: "letterkeep.localhost",
  localPart: "anna",
  password: "blue river stones",
}
const ledgerPage =
  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-abc'\" />" +
  '<meta name="letterkeep-ledger-key" content="" />'
let webFolder: string
let now: number
let waitingFor: string[]
let service: InMemorySetup
let log: ReturnType<typeof recordingLog>
let door: HttpDoor
let token: string

before(async () => {
  webFolder = await mkdtemp(join(tmpdir(), "letterkeep-web-"))
  await mkdir(join(webFolder, "assets"))
  await mkdir(join(webFolder, "alone"))
  await writeFile(join(webFolder, "alone", "ledger-verify.html"), ledgerPage)
  await writeFile(join(webFolder, "index.html"), "<!doctype html><title>page</title>")
  await writeFile(join(webFolder, "assets", "app-1a2b3c.js"), "export {}")
  await writeFile(join(webFolder, "assets", "app-1a2b3c.js.gz"), gzipSync("export {}"))
})
after(() => rm(webFolder, { recursive: true }))

const openDoor = (host = "127.0.0.1") =>
  openHttpDoor({
    privacy: testPrivacy,
    ledger: noLedger,
    listen: { host, port: 0 },
    names: ["mail.example.org"],
    webFolder,
    service,
    pages: { policy: testPolicy(), results: async () => new Map() },
    challenges: undefined,
    offer: { playDomain: "letterkeep.localhost", passwordMinimum: 12 },
    mailPolicy: { policyOf: async domain => (domain === "a.test" ? "version: STSv1\r\n" : undefined) },
    mailPrograms: {
      hostname: "mail.a.test",
      servers: [{ protocol: "imap", port: 993, tls: "from-the-start" }],
      isOurs: async domain => domain === "a.test",
    },
    health: { waitingFor: () => waitingFor, metrics: () => "letterkeep_up 1\n" },
    clock: { now: () => now },
    chance: systemChance,
    log,
  })

beforeEach(async () => {
  now = 1_000_000
  waitingFor = []
  service = createInMemorySetup()
  log = recordingLog()
  door = await openDoor()
  token = new URLSearchParams(new URL(door.setupLink).hash.slice(1)).get("token") ?? ""
})
afterEach(() => door.close())

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://${door.address}${path}`, { headers })
const post = (path: string, headers: Record<string, string>, body?: unknown) =>
  fetch(`http://${door.address}/setup/api/${path}`, {
    method: "POST",
    headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
/** An answer of the set-up, as the types of its module have it. */
const read = async <T>(response: Response) => (await response.json()) as T
const outcome = async (response: Response) => [
  response.status,
  (await read<Refusal | SetupAnswer>(response)).kind,
]

/** fetch sets Host by itself, so a foreign one goes by node:http. */
const statusFor = (path: string, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    const asked = request(`http://${door.address}${path}`, { headers }, answer => {
      answer.resume().once("end", () => resolve(answer.statusCode))
    })
    asked.once("error", reject).end()
  })

/** Under a name of the asker's choice, which fetch does not let one choose. */
const ask = (path: string, headers: Record<string, string>) =>
  new Promise<{ status: number | undefined; type: string | undefined; body: string }>((resolve, reject) => {
    const asked = request(`http://${door.address}${path}`, { headers }, answer => {
      const pieces: Buffer[] = []
      answer.on("data", (piece: Buffer) => pieces.push(piece))
      answer.once("end", () => {
        const { statusCode: status, headers: given } = answer
        resolve({ status, type: given["content-type"], body: Buffer.concat(pieces).toString() })
      })
    })
    asked.once("error", reject).end()
  })

const make = async () => read<CreatedAnswer>(await post("person", { "x-setup-token": token }, form))
const makeAnna = async () => (await make()).session

describe("the HTTP door", () => {
  test("makes nobody for a wrong link, though the form be right", async () => {
    assert.deepEqual(await outcome(await post("person", { "x-setup-token": "wrong" }, form)), [
      403,
      "wrong-link",
    ])
    assert.equal(await service.state(), "open")
    assert.equal(service.openSessions, 0)
    assert.deepEqual(
      log.events.filter(event => event.name === "http.failed"),
      [],
    )
  })

  test("hands on Global Privacy Control of whoever is signed in, and of nobody else", async () => {
    const signal = { "sec-gpc": "1" }
    await post("person", { "x-setup-token": "wrong", ...signal }, form)
    assert.equal(service.signals, 0)
    const made = await post("person", { "x-setup-token": token, ...signal }, form)
    const { session } = await read<CreatedAnswer>(made)
    assert.equal(service.signals, 1)
    await get("/setup/api/inbox", { "x-setup-session": session })
    await get("/setup/api/inbox", { "x-setup-session": "wrong", ...signal })
    assert.equal(service.signals, 1)
    await get("/setup/api/inbox", { "x-setup-session": session, ...signal })
    assert.equal(service.signals, 2)
  })

  test("refuses to listen beyond loopback in plain text, and says what to do", async () => {
    for (const host of ["0.0.0.0", "192.0.2.1", "::", "example.org"])
      await assert.rejects(openDoor(host), (error: unknown) => {
        assert.ok(error instanceof PlainTextError)
        return /loopback only: write "127\.0\.0\.1:0".*SSH tunnel/.test(error.message)
      })
  })

  test("sends strict headers with every answer, and no cookie", async () => {
    for (const path of ["/setup", "/healthz", "/setup/api/state", "/nowhere"]) {
      const { headers } = await get(path)
      assert.match(
        headers.get("content-security-policy") ?? "",
        /^default-src 'self'; .*frame-ancestors 'none'/,
      )
      assert.doesNotMatch(headers.get("content-security-policy") ?? "", /unsafe/)
      assert.equal(headers.get("x-content-type-options"), "nosniff")
      assert.equal(headers.get("referrer-policy"), "no-referrer")
      assert.equal(headers.get("set-cookie"), null)
    }
  })

  test("gives out the ledger's page with the server's key and under the page's own policy", async () => {
    const page = await get("/ledger/verify")
    assert.equal(
      page.headers.get("content-security-policy"),
      "default-src 'none'; script-src 'sha256-abc'; frame-ancestors 'none'",
    )
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8")
    assert.ok((await page.text()).includes(`content="${noLedger.open.verifierKey}"`))
    const etag = page.headers.get("etag") ?? ""
    assert.equal((await get("/ledger/verify", { "if-none-match": etag })).status, 304)
    assert.equal((await get("/alone/ledger-verify.html")).status, 404)
  })

  test("lets hashed assets be kept, asks for the page anew, and stores no answer of the set-up", async () => {
    const asset = await get("/assets/app-1a2b3c.js")
    assert.equal(asset.headers.get("cache-control"), "public, max-age=31536000, immutable")
    assert.equal((await get("/setup")).headers.get("cache-control"), "no-cache")
    assert.equal((await get("/setup/api/state")).headers.get("cache-control"), "no-store")
  })

  test("sends a file packed to those who can unpack it, and not again to those who have it", async () => {
    const packed = await get("/assets/app-1a2b3c.js", { "accept-encoding": "gzip;q=0.5, br" })
    assert.equal(packed.headers.get("content-encoding"), "gzip")
    assert.equal(await packed.text(), "export {}")
    const plain = await get("/assets/app-1a2b3c.js", { "accept-encoding": "gzip;q=0" })
    assert.equal(plain.headers.get("content-encoding"), null)
    assert.equal(await plain.text(), "export {}")
    const tag = plain.headers.get("etag") ?? ""
    assert.equal(
      (await get("/assets/app-1a2b3c.js", { "accept-encoding": "", "if-none-match": tag })).status,
      304,
    )
  })

  test("serves the files of the build and nothing else", async () => {
    assert.equal((await get("/")).url, `http://${door.address}/setup`)
    for (const path of [
      "/assets/../index.html/..%2f..%2fetc/passwd",
      "/assets/",
      "/assets/app-1a2b3c.js.gz",
      "/x",
    ])
      assert.equal(await statusFor(path, {}), 404, path)
  })

  test("does not answer to a name that is not its own", async () => {
    assert.equal(await statusFor("/setup", { host: "evil.example" }), 421)
    assert.equal(await statusFor("/setup", { host: "localhost.evil.example:8080" }), 421)
    assert.equal(await statusFor("/setup", { host: "127.0.0.1@evil.example" }), 421)
    for (const host of [
      "localhost:9000",
      "127.0.0.1",
      "[::1]:8080",
      "mail.example.org",
      "MAIL.example.org:80",
    ])
      assert.equal(await statusFor("/setup", { host }), 200, host)
  })

  test("gives a domain's mail policy out under the name for it, and nothing else", async () => {
    const path = "/.well-known/mta-sts.txt"
    for (const host of ["mta-sts.a.test", "MTA-STS.A.test:443"]) {
      const answer = await ask(path, { host })
      assert.equal(answer.status, 200, host)
      assert.equal(answer.type, "text/plain; charset=utf-8")
      assert.equal(answer.body, "version: STSv1\r\n")
    }
    assert.equal(await statusFor(path, { host: "mta-sts.far.test" }), 404)
    assert.equal(await statusFor(path, { host: "a.test" }), 421)
    assert.equal(await statusFor(path, {}), 404)
    assert.equal(await statusFor("/setup", { host: "mta-sts.a.test" }), 421)
    assert.equal(await statusFor(`${path}?x=1`, { host: "mta-sts.a.test" }), 421)
    let status: number | undefined = 200
    for (let asked = 0; asked < 200 && status === 200; asked += 1)
      status = await statusFor(path, { host: "mta-sts.a.test" })
    assert.equal(status, 503)
  })

  test("tells mail programs of a domain's servers under whatever name they ask, and shows no page there", async () => {
    for (const [path, host] of [
      ["/mail/config-v1.1.xml?emailaddress=x%40a.test", "autoconfig.a.test"],
      ["/mail/config-v1.1.xml", "autoconfig.a.test:443"],
      ["/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=x%40a.test", "a.test"],
    ] as const) {
      const answer = await ask(path, { host })
      assert.deepEqual([answer.status, answer.type], [200, "text/xml; charset=utf-8"], path)
      assert.match(answer.body, /<hostname>mail\.a\.test<\/hostname>/)
    }
    assert.equal(await statusFor("/mail/config-v1.1.xml", { host: "autoconfig.far.test" }), 404)
    assert.equal(await statusFor("/setup", { host: "autoconfig.a.test" }), 421)
  })

  test("does not do what a page of another origin asks for", async () => {
    const headers = { "x-setup-token": token }
    const { address } = door
    assert.equal(await statusFor("/setup/api/state", { ...headers, origin: "http://evil.example" }), 421)
    assert.equal(await statusFor("/setup/api/state", { ...headers, origin: "null" }), 421)
    assert.equal(await statusFor("/setup/api/state", { ...headers, origin: "http://127.0.0.1:1" }), 421)
    assert.equal(await statusFor("/setup/api/state", { ...headers, "sec-fetch-site": "cross-site" }), 421)
    assert.equal(await statusFor("/setup/api/state", { ...headers, origin: `http://${address}` }), 200)
  })

  test("reads no more headers than it has to", async () => {
    assert.equal(await statusFor("/healthz", { "x-long": "a".repeat(9_000) }), 431)
  })

  test("says on /readyz what it still waits for", async () => {
    assert.equal((await get("/readyz")).status, 200)
    waitingFor = ["store"]
    const unready = await get("/readyz")
    assert.deepEqual(
      [unready.status, await unready.json()],
      [503, { status: "waiting", waitingFor: ["store"] }],
    )
    assert.equal((await get("/healthz")).status, 200)
  })

  test("gives metrics to this machine only, never through a proxy", async () => {
    assert.equal(await (await get("/metrics")).text(), "letterkeep_up 1\n")
    assert.equal((await get("/metrics", { "x-forwarded-for": "192.0.2.1" })).status, 403)
  })
})

describe("the first run's routes", () => {
  test("open for the token of the link, and tell a wrong one from a used one", async () => {
    assert.ok(token.length >= 32)
    assert.deepEqual(await outcome(await get("/setup/api/state", { "x-setup-token": token })), [200, "open"])
    assert.deepEqual(await outcome(await get("/setup/api/state", { "x-setup-token": `${token}x` })), [
      403,
      "wrong-link",
    ])
    assert.deepEqual(await outcome(await get("/setup/api/state")), [403, "wrong-link"])
    await makeAnna()
    assert.deepEqual(await outcome(await get("/setup/api/state", { "x-setup-token": token })), [410, "done"])
    assert.deepEqual(await outcome(await post("person", { "x-setup-token": token }, form)), [410, "done"])
  })

  test("ration wrong tokens, forgive with time, and always open for the right one", async () => {
    const wrong = () => get("/setup/api/state", { "x-setup-token": "0".repeat(32) })
    for (let count = 0; count < 20; count += 1) assert.equal((await wrong()).status, 403)
    assert.deepEqual(await outcome(await wrong()), [429, "slow-down"])
    assert.equal((await get("/setup/api/state", { "x-setup-token": token })).status, 200)
    now += 3_000
    assert.equal((await wrong()).status, 403)
    assert.equal((await wrong()).status, 429)
  })

  test("count no request without a token", async () => {
    for (let count = 0; count < 30; count += 1) assert.equal((await get("/setup/api/state")).status, 403)
    assert.equal((await get("/setup/api/state", { "x-setup-token": "0".repeat(32) })).status, 403)
  })

  test("make the first person once, with the recovery code and a session", async () => {
    const answer = await make()
    assert.deepEqual(
      { ...answer, session: "" },
      {
        kind: "created",
        address: "anna@letterkeep.localhost",
        recoveryCode,
        session: "",
      },
    )
    assert.equal((await get("/setup/api/inbox", { "x-setup-session": answer.session })).status, 200)
  })

  test("name the field of a value that cannot be used", async () => {
    const response = await post("person", { "x-setup-token": token }, { ...form, domain: "taken.example" })
    assert.equal(response.status, 422)
    assert.deepEqual(await response.json(), {
      kind: "invalid",
      field: "domain",
      message: "This domain cannot be used here.",
    })
  })

  test("refuse a form with other fields, values too long, and bodies too big", async () => {
    const headers = { "x-setup-token": token }
    assert.equal((await post("person", headers, { ...form, role: "administrator" })).status, 400)
    assert.equal((await post("person", headers, { ...form, localPart: "a".repeat(65) })).status, 400)
    assert.equal((await post("person", headers, { ...form, password: "a".repeat(20_000) })).status, 413)
    assert.equal(await service.state(), "open")
  })

  test("tell each step of the try mail, and then the mail", async () => {
    const session = await makeAnna()
    const lines = (await (await post("try", { "x-setup-session": session })).text()).trim().split("\n")
    const events = lines.map(line => JSON.parse(line))
    assert.deepEqual(
      events.map(event => event.step ?? event.kind),
      ["connected", "accepted", "screened", "sealed", "kept", "opened", "mail"],
    )
    assert.equal(events.at(-1).mail.subject, "Your mail number 1")
    const inbox = await read<InboxAnswer>(await get("/setup/api/inbox", { "x-setup-session": session }))
    assert.deepEqual(
      inbox.mails.map(mail => mail.id),
      ["mail-1"],
    )
    const opened = await get("/setup/api/mail/mail-1", { "x-setup-session": session })
    assert.equal((await read<OpenedMail>(opened)).facts.sealedBytes, 1_262)
    assert.equal((await get("/setup/api/mail/mail-9", { "x-setup-session": session })).status, 404)
  })

  test("send one try mail at a time", async () => {
    const session = await makeAnna()
    const release = service.holdTries()
    const first = await post("try", { "x-setup-session": session })
    assert.deepEqual(await outcome(await post("try", { "x-setup-session": session })), [409, "busy"])
    release()
    assert.match(await first.text(), /"kind":"mail"/)
    assert.match(await (await post("try", { "x-setup-session": session })).text(), /"kind":"mail"/)
  })

  test("tell a try that failed with its reason, and one that broke without it", async () => {
    const session = await makeAnna()
    service.failNextTry({ kind: "failed", step: "accepted", message: "The door said: 452 4.3.1." })
    const told = (await (await post("try", { "x-setup-session": session })).text()).trim().split("\n")
    assert.deepEqual(JSON.parse(told.at(-1) ?? ""), {
      kind: "failed",
      step: "accepted",
      message: "The door said: 452 4.3.1.",
    })
    service.failNextTry(new Error("the store went away"))
    const broken = await (await post("try", { "x-setup-session": session })).text()
    assert.match(broken, /\{"kind":"broken"\}\n$/)
    assert.doesNotMatch(broken, /the store went away/)
    assert.deepEqual(log.events.filter(event => event.name === "http.failed").length, 1)
  })

  test("end the session after 15 idle minutes, but not while it is used", async () => {
    const session = await makeAnna()
    const ask = async () => (await get("/setup/api/inbox", { "x-setup-session": session })).status
    now += 14 * 60_000
    assert.equal(await ask(), 200)
    now += 14 * 60_000
    assert.equal(await ask(), 200)
    now += 15 * 60_000
    assert.equal(await ask(), 401)
    assert.equal(service.openSessions, 0)
  })

  test("end the session when the account's password changed elsewhere", async () => {
    const session = await makeAnna()
    service.endSession()
    assert.deepEqual(await outcome(await get("/setup/api/inbox", { "x-setup-session": session })), [
      401,
      "session-over",
    ])
  })

  test("end the session when it is left, and when the door closes", async () => {
    const session = await makeAnna()
    assert.equal((await post("leave", { "x-setup-session": session })).status, 204)
    assert.deepEqual(await outcome(await get("/setup/api/inbox", { "x-setup-session": session })), [
      401,
      "session-over",
    ])
    assert.equal(service.openSessions, 0)
  })

  test("write neither token nor address nor password into the log", async () => {
    await makeAnna()
    await get("/setup/api/state", { "x-setup-token": "0".repeat(32) })
    const logged = JSON.stringify(log.events)
    for (const secret of [token, "anna", form.password]) assert.ok(!logged.includes(secret))
  })
})
