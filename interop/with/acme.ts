import assert from "node:assert/strict"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { connect, type TLSSocket } from "node:tls"
import { addressOf, type RunningServer, startServer } from "../../fixtures/server.ts"
import { makeTempFolder } from "../../fixtures/temp-folder.ts"
import type { TomlTables } from "../../fixtures/toml.ts"
import { type Pebble, startPebble } from "../pebble.ts"
import { needTool } from "../tools.ts"

/**
 * Certificates from Pebble, by each way of proof, while people are connected. Pebble looks for real, and refuses one good
 * nonce in five.
 */
const names = ["mail.house.example", "mx.house.example"]
/** Milliseconds for a certificate to come. */
const patience = 60_000

test("fetches a certificate by http-01, renews it at once when asked, and drops no connection", async t => {
  const pebble = await openPebble(t)
  if (pebble === undefined) return
  const server = await openServer(t, pebble, {
    challenge: "http-01",
    http: `127.0.0.1:${pebble.httpPort}`,
  })
  await issued(server)
  const root = await pebble.issuingRoot()
  const before = await enter(server, root)
  assert.match(before.subjectAltName, /DNS:mail\.house\.example, DNS:mx\.house\.example/)
  await answersTo(before.socket, "before")

  const renewed = await server.cli(["certificate", "--renew", "--json"])
  assert.equal(renewed.code, 0, renewed.stderr)
  const after = await enterUntil(server, root, shown => shown.serial !== before.serial)
  assert.equal(after.publicKey, before.publicKey, "the key stays, so that records of DANE hold")
  await answersTo(before.socket, "still-here")
  await answersTo(after.socket, "after")
  const other = await server.cli(["certificate", "--renew", "--new-key"])
  assert.equal(other.code, 0, other.stderr)
  assert.match(other.stdout.toString(), /^signed by {2}Pebble Intermediate CA/m)
  await enterUntil(server, root, shown => shown.publicKey !== before.publicKey)
  await answersTo(before.socket, "to-the-end")

  assert.doesNotMatch(await server.log(), /PRIVATE|house\.example/)
})

test("shows after a restart what it had before, without asking anybody", async t => {
  const pebble = await openPebble(t)
  if (pebble === undefined) return
  const way = { challenge: "http-01", http: `127.0.0.1:${pebble.httpPort}` }
  const dataFolder = join(await makeTempFolder(), "data")
  const first = await openServer(t, pebble, way, dataFolder)
  await issued(first)
  const before = await enter(first, await pebble.issuingRoot())
  await first.stop()
  const root = await pebble.issuingRoot()
  await pebble.stop()
  const second = await openServer(t, pebble, way, dataFolder)
  assert.equal((await enter(second, root)).serial, before.serial)
  assert.doesNotMatch(await second.log(), /certificates\.ordering/)
  const refused = await second.cli(["certificate", "--renew"])
  // Somebody else may listen by now where it did.
  assert.match(refused.stderr, /the authority cannot be reached: the connection (was refused|failed)/)
  assert.equal((await enter(second, root)).serial, before.serial)
})

test("fetches a certificate by tls-alpn-01", async t => {
  const pebble = await openPebble(t)
  if (pebble === undefined) return
  const server = await openServer(t, pebble, {
    challenge: "tls-alpn-01",
    tls_alpn: `127.0.0.1:${pebble.tlsPort}`,
  })
  await issued(server)
  await enter(server, await pebble.issuingRoot())
})

test("fetches a certificate by dns-01, with the operator's program, and tidies the DNS up", async t => {
  const pebble = await openPebble(t)
  if (pebble === undefined) return
  const server = await openServer(t, pebble, { challenge: "dns-01", dns_hook: pebble.hook })
  await issued(server)
  await enter(server, await pebble.issuingRoot())
  await until(async () => (await readFile(pebble.hookLog, "utf8")).trim().split("\n").length === 4)
  const calls = (await readFile(pebble.hookLog, "utf8")).trim().split("\n").sort()
  assert.deepEqual(
    calls,
    ["add", "remove"].flatMap(act => names.map(name => `${act} _acme-challenge.${name}`)),
  )
})

test("becomes the customer of an authority that serves its own alone, and is none without its key", async t => {
  const macKey = Buffer.alloc(32, 5).toString("base64url")
  const pebble = await openPebble(t, { "customer-1": macKey })
  if (pebble === undefined) return
  const way = { challenge: "http-01", http: `127.0.0.1:${pebble.httpPort}` }
  const stranger = await openServer(t, pebble, way)
  const trouble = await until(async () => (await stateOf(stranger)).trouble)
  assert.match(trouble.says, /serves its own customers alone/)
  assert.match(trouble.todo, /eab_key_id/)
  await stranger.stop()
  const customer = await openServer(t, pebble, { ...way, eab_key_id: "customer-1", eab_key: macKey })
  await issued(customer)
})

test("says in words that port 80 does not lead here, and goes on when it does", async t => {
  const pebble = await openPebble(t)
  if (pebble === undefined) return
  const dataFolder = join(await makeTempFolder(), "data")
  const server = await openServer(t, pebble, { challenge: "http-01", http: "127.0.0.1:0" }, dataFolder)
  const trouble = await until(async () => (await stateOf(server)).trouble)
  assert.match(trouble.says, /^port 80 of (mail|mx)\.house\.example does not reach this server \(it says: /)
  assert.match(trouble.todo, /forward port 80/)
  const doctor = await server.cli(["doctor"])
  assert.match(doctor.stdout.toString(), /^X certificate {2}.*port 80 of/m)
  assert.match((await server.cli(["status"])).stdout.toString(), /port 80 of/)
  const again = await server.cli(["certificate", "--renew"])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /port 80 of .*\n-> forward port 80/)
  await server.stop()
  const mended = await openServer(
    t,
    pebble,
    { challenge: "http-01", http: `127.0.0.1:${pebble.httpPort}` },
    dataFolder,
  )
  const renewed = await mended.cli(["certificate", "--renew"])
  assert.equal(renewed.code, 0, renewed.stderr)
  assert.equal((await stateOf(mended)).trouble, undefined)
})

test("tells an authority nothing that was not agreed, and asks it when it is again", async t => {
  const pebble = await openPebble(t)
  if (pebble === undefined) return
  const way = { challenge: "http-01", http: `127.0.0.1:${pebble.httpPort}` }
  const server = await openServer(t, pebble, way)
  await issued(server)
  assert.equal((await server.cli(["recipients", "end", "certificate-authority"])).code, 0)
  const held = await server.cli(["certificate", "--renew"])
  assert.equal(held.code, 1)
  assert.match(held.stderr, /nothing may be told to the authority now/)
  assert.equal((await server.cli(["recipients", "agree", "certificate-authority"])).code, 0)
  const renewed = await server.cli(["certificate", "--renew"])
  assert.equal(renewed.code, 0, renewed.stderr)
})

async function openPebble(
  t: TestContext,
  customers?: Readonly<Record<string, string>>,
): Promise<Pebble | undefined> {
  const pebble = needTool(t, "pebble", "pebble")
  const dns = pebble === undefined ? undefined : needTool(t, "pebble-challtestsrv", "pebble")
  if (pebble === undefined || dns === undefined) return undefined
  // It goes with this process.
  const folder = await makeTempFolder()
  const started = await startPebble({ pebble, dns }, folder, customers)
  t.after(() => started.stop())
  return started
}

async function openServer(
  t: TestContext,
  { directory, rootsFile }: Pebble,
  acme: TomlTables[string],
  dataFolder?: string,
): Promise<RunningServer> {
  const server = await startServer({
    ...(dataFolder === undefined ? {} : { dataFolder }),
    config: {
      smtp: { hostname: "mail.house.example" },
      acme: { directory, agree: true, names, roots: rootsFile, contact: "admin@house.example", ...acme },
    },
  })
  t.after(() => server.stop())
  return server
}

interface State {
  readonly issued?: { readonly issuer: string }
  readonly trouble?: { readonly says: string; readonly todo: string }
}

async function stateOf(server: RunningServer): Promise<State> {
  const { code, json, stderr } = await server.cli(["certificate", "--json"])
  assert.equal(code, 0, stderr)
  return (json as { authority: State }).authority
}

async function issued(server: RunningServer): Promise<void> {
  await until(async () => {
    const { issued: there, trouble } = await stateOf(server)
    assert.equal(trouble?.says, undefined)
    return there
  })
}

/** What `look` gives, once that is something. */
async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + patience
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    assert.ok(Date.now() < deadline, "it did not come in time")
    await wait(200)
  }
}

interface Shown {
  readonly socket: TLSSocket
  readonly serial: string
  readonly publicKey: string
  readonly subjectAltName: string
}

/** A connection to the IMAP door, as a mail program makes it that believes Pebble and nobody else. */
async function enter(server: RunningServer, root: string): Promise<Shown> {
  const { host, port } = addressOf(server.ready, "imaps")
  const socket = connect({ host, port, servername: "mx.house.example", ca: root })
  await once(socket, "secureConnect")
  assert.equal(socket.authorized, true)
  await once(socket, "data")
  const certificate = socket.getPeerX509Certificate()
  assert.ok(certificate !== undefined)
  return {
    socket,
    serial: certificate.serialNumber,
    publicKey: certificate.publicKey.export({ type: "spki", format: "der" }).toString("hex"),
    subjectAltName: certificate.subjectAltName ?? "",
  }
}

async function enterUntil(
  server: RunningServer,
  root: string,
  isRight: (shown: Shown) => boolean,
): Promise<Shown> {
  return await until(async () => {
    const shown = await enter(server, root)
    if (isRight(shown)) return shown
    shown.socket.destroy()
    return undefined
  })
}

async function answersTo(socket: TLSSocket, tag: string): Promise<void> {
  socket.write(`${tag} NOOP\r\n`)
  const [answer] = (await once(socket, "data")) as [Buffer]
  assert.match(answer.toString(), new RegExp(`^${tag} OK`))
}
