import assert from "node:assert/strict"
import { createPublicKey, X509Certificate } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:net"
import { type TestContext, test } from "node:test"
import { connect, TLSSocket } from "node:tls"
import { problem } from "../../../packages/acme/src/test-authority.ts"
import type { Certificate } from "../ports/certificate.ts"
import { HookError } from "./dns-hook.ts"
import { keyOf } from "./key-at-rest.ts"
import { day, openTestCertificates } from "./open-test-certificates.ts"
import { readCertificateRow } from "./rows.ts"

type House = Awaited<ReturnType<typeof openTestCertificates>>
const row = ({ store }: House) => readCertificateRow(store, "mail.example")

/** Whether something comes to be true soon: word from the database takes a moment. */
async function soon(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !what(); tries += 1)
    await new Promise(resolve => setTimeout(resolve, 10))
  assert.ok(what())
}

/** A door that echoes; it asks for the certificate at each handshake, as ours do. */
async function openEcho(t: TestContext, current: () => Certificate | undefined) {
  const server = createServer(socket => {
    const secureContext = current()?.context
    assert.ok(secureContext !== undefined)
    const secure = new TLSSocket(socket, { isServer: true, secureContext })
    secure.on("error", () => socket.destroy())
    secure.pipe(secure)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const bound = server.address()
  assert.ok(bound !== null && typeof bound === "object")
  return async () => {
    const secure = connect({ host: "127.0.0.1", port: bound.port, rejectUnauthorized: false })
    await once(secure, "secureConnect")
    t.after(() => {
      secure.destroy()
      server.close()
    })
    const shown = secure.getPeerX509Certificate()
    assert.ok(shown !== undefined)
    return { secure, shown }
  }
}

test("orders the first certificate, and every node shows it", async t => {
  const house = await openTestCertificates(t)
  const [one, two] = [await house.openNode(), await house.openNode()]
  assert.equal(one.current(), undefined)
  await one.runIfDue()
  await soon(() => one.current() !== undefined && two.current() !== undefined)
  const { shown } = await (await openEcho(t, two.current))()
  assert.equal(shown.checkHost("mail.example"), "mail.example")
  assert.equal(shown.issuer, "CN=Test CA")
  assert.equal(two.current()?.selfSigned, false)
  assert.equal(two.current()?.expiresAt, house.clock.at + 90 * day)
  const found = await row(house)
  assert.equal(found?.issued?.renewAt, house.clock.at + 60 * day)
  assert.equal(found?.heldUntil, undefined)
  // The authority saw the proof, and nothing of it is left.
  assert.match(house.seen[0] ?? "", /^evaGxf.*\./)
  assert.equal((await house.store.sql`select from acme_challenge`).length, 0)
})

test("keeps the keys sealed: the database alone has none", async t => {
  const house = await openTestCertificates(t)
  const node = await house.openNode()
  await node.runIfDue()
  const [certificate] = await house.store.sql<{ key_sealed: Uint8Array; chain: string }[]>`
    select key_sealed, chain from certificate`
  assert.ok(certificate !== undefined)
  const key = keyOf(house.vaults, "mail.example", certificate.key_sealed) ?? ""
  assert.ok(createPublicKey(key).equals(new X509Certificate(certificate.chain).publicKey))
  assert.equal(keyOf(house.vaults, "other.example", certificate.key_sealed), undefined)
  assert.doesNotMatch(Buffer.from(certificate.key_sealed).toString("latin1"), /PRIVATE/)
})

test("renews at two thirds of the life, with the same key, unless another is asked for", async t => {
  const house = await openTestCertificates(t)
  const node = await house.openNode()
  await node.runIfDue()
  const first = (await row(house))?.issued
  house.clock.at += 59 * day
  await node.runIfDue()
  assert.equal((await row(house))?.issued?.chain, first?.chain)
  house.clock.at += day
  await node.runIfDue()
  const second = (await row(house))?.issued
  assert.notEqual(second?.chain, first?.chain)
  assert.ok(second !== undefined && first !== undefined)
  const keyIn = (chain: string) => new X509Certificate(chain).publicKey
  assert.ok(keyIn(second.chain).equals(keyIn(first.chain)))
  assert.equal((await node.renewNow({ newKey: true })).kind, "issued")
  const third = (await row(house))?.issued
  assert.ok(third !== undefined && !keyIn(third.chain).equals(keyIn(first.chain)))
  await soon(() => node.current()?.expiresAt === house.clock.at + 90 * day)
  // One account for all of it.
  assert.equal(house.authority.played.log.filter(line => line === "POST /account").length, 1)
})

test("a connection that began before the swap goes on, and one that begins after it sees the new one", async t => {
  const house = await openTestCertificates(t)
  const node = await house.openNode()
  await node.runIfDue()
  await soon(() => node.current() !== undefined)
  const enter = await openEcho(t, node.current)
  const first = await enter()
  const old = node.current()
  await node.renewNow({ newKey: true })
  await soon(() => node.current() !== old)
  const second = await enter()
  assert.notEqual(second.shown.serialNumber, first.shown.serialNumber)
  for (const { secure } of [first, second]) {
    secure.write("still here")
    assert.equal(String((await once(secure, "data"))[0]), "still here")
  }
})

test("keeps what went wrong in words, waits longer each time, and leaves in force what is", async t => {
  let isBad = false
  const error = { type: "urn:ietf:params:acme:error:connection", detail: "no route" }
  const invalid = {
    status: "invalid",
    identifier: { type: "dns", value: "mail.example" },
    challenges: [
      { type: "http-01", url: "https://ca.test/challenge/mail.example", token: "x".repeat(30), error },
    ],
  }
  const house = await openTestCertificates(t, {
    twist: path => (isBad && path.startsWith("/authz/") ? { body: invalid } : undefined),
  })
  const node = await house.openNode()
  await node.runIfDue()
  await soon(() => node.current() !== undefined)
  const inForce = node.current()
  isBad = true
  house.clock.at += 61 * day
  await node.runIfDue()
  const failed = await row(house)
  assert.equal(failed?.failures, 1)
  assert.match(
    failed?.trouble?.says ?? "",
    /^port 80 of mail\.example does not reach this server \(it says: no route\)/,
  )
  const asked = house.authority.played.log.length
  await node.runIfDue()
  assert.equal(house.authority.played.log.length, asked, "not before its time")
  const wait = (failed?.nextTry ?? 0) - house.clock.at
  assert.ok(wait >= 15 * 60_000 && wait <= 17 * 60_000)
  house.clock.at += wait
  await node.runIfDue()
  const again = await row(house)
  assert.equal(again?.failures, 2)
  assert.ok((again?.nextTry ?? 0) - house.clock.at >= 30 * 60_000)
  assert.equal(node.current(), inForce)
  const why = house.log.events.filter(one => one.name === "certificates.failed").map(one => one.fields.why)
  assert.deepEqual(why, ["not-proven", "not-proven"])
  isBad = false
  assert.equal((await node.renewNow({ newKey: false })).kind, "issued")
  const mended = await row(house)
  assert.deepEqual([mended?.failures, mended?.trouble, mended?.nextTry], [0, undefined, undefined])
})

test("one node at a time: another that comes meanwhile finds it busy", async t => {
  const reached = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const house = await openTestCertificates(t)
  const slow = await openSlow(house, reached.resolve, goOn.promise)
  const other = await house.openNode()
  const first = slow.renewNow({ newKey: false })
  await reached.promise
  assert.deepEqual(await other.renewNow({ newKey: false }), { kind: "busy" })
  await other.runIfDue()
  goOn.resolve()
  assert.equal((await first).kind, "issued")
  assert.equal(house.authority.played.log.filter(line => line === "POST /orders").length, 1)
})

/** A node whose first request takes until the test lets it go. */
async function openSlow(house: House, reached: () => void, goOn: Promise<void>) {
  return await house.openNode({
    send: async request => {
      reached()
      await goOn
      return house.authority.answer(request)
    },
  })
}

test("what a node holds that has gone is taken over after a while", async t => {
  const house = await openTestCertificates(t)
  const until = new Date(house.clock.at + 5 * 60_000)
  await house.store.sql`
    insert into certificate (names, holder, held_until, changed_at)
    values ('mail.example', ${Buffer.alloc(16)}, ${until}, ${new Date(house.clock.at)})`
  const node = await house.openNode()
  await node.runIfDue()
  assert.equal((await row(house))?.issued, undefined)
  house.clock.at += 5 * 60_000
  await node.runIfDue()
  assert.notEqual((await row(house))?.issued, undefined)
})

test("makes a new account where the authority has forgotten the old one", async t => {
  let forgotten = false
  const house = await openTestCertificates(t, {
    twist: path => {
      if (!forgotten || path !== "/orders") return undefined
      forgotten = false
      return problem("accountDoesNotExist")
    },
  })
  const node = await house.openNode()
  await node.runIfDue()
  forgotten = true
  assert.equal((await node.renewNow({ newKey: false })).kind, "issued")
  assert.equal(house.authority.played.log.filter(line => line === "POST /account").length, 2)
})

test("renews when the authority suggests it, and says what is replaced", async t => {
  let window: { start: number; end: number } | undefined
  const house = await openTestCertificates(t, {
    renewalInfo: true,
    twist: path =>
      path.startsWith("/renewal/") && window !== undefined
        ? {
            body: {
              suggestedWindow: {
                start: new Date(window.start).toISOString(),
                end: new Date(window.end).toISOString(),
              },
            },
            headers: { "retry-after": "3600" },
          }
        : undefined,
  })
  const node = await house.openNode()
  await node.runIfDue()
  const { at } = house.clock
  // A revocation to come: the window is tomorrow.
  window = { start: at + day, end: at + 2 * day }
  await node.runIfDue()
  const moved = (await row(house))?.issued
  assert.ok(moved !== undefined && moved.renewAt >= at + day && moved.renewAt <= at + 2 * day)
  assert.equal(moved.askAt, at + 3_600_000)
  house.clock.at = moved.renewAt
  await node.runIfDue()
  assert.notEqual((await row(house))?.issued?.chain, moved.chain)
  const order = house.authority.played.payloads.get("/orders") as { replaces?: unknown }
  assert.match(String(order.replaces), /^[\w-]+\.[\w-]+$/)
})

test("takes nothing into force that somebody wrote into the database", async t => {
  const house = await openTestCertificates(t)
  const node = await house.openNode()
  await node.runIfDue()
  await soon(() => node.current() !== undefined)
  const inForce = node.current()
  const other = await openTestCertificates(t)
  await (await other.openNode()).runIfDue()
  const theirs = (await row(other))?.issued
  assert.ok(theirs !== undefined)
  await house.store.sql`update certificate set chain = ${theirs.chain}, key_sealed = ${theirs.keySealed}`
  await house.store.transaction(async tx => await house.store.notify(tx, "letterkeep_certificate", ""))
  await soon(() => house.log.events.some(one => one.name === "tls.certificate-failed"))
  assert.equal(node.current(), inForce)
})

test("says that the program for the DNS failed, and takes away what it had published", async t => {
  const calls: string[] = []
  const house = await openTestCertificates(t, {
    settings: { names: ["a.example", "b.example"], challenge: "dns-01" },
    hands: {
      hook: async (act, { name }) => {
        calls.push(`${act} ${name}`)
        if (act === "add" && name.includes("b.example")) throw new HookError("/hook add ended with 1: no")
      },
    },
  })
  const node = await house.openNode()
  const failed = await node.renewNow({ newKey: false })
  assert.ok(failed.kind === "failed")
  assert.match(failed.says, /the program for records in the DNS failed: \/hook add ended with 1: no/)
  assert.deepEqual(calls, [
    "add _acme-challenge.a.example",
    "add _acme-challenge.b.example",
    "remove _acme-challenge.a.example",
    "remove _acme-challenge.b.example",
  ])
})

test("breaks off when the server stops, and counts that as no failure", async t => {
  const reached = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const house = await openTestCertificates(t)
  const node = await openSlow(house, reached.resolve, goOn.promise)
  const under = node.renewNow({ newKey: false })
  await reached.promise
  const closed = node.close()
  goOn.resolve()
  await closed
  assert.equal((await under).kind, "busy")
  const left = await row(house)
  assert.deepEqual([left?.failures, left?.heldUntil], [0, undefined])
})

test("drops what ran out a month ago", async t => {
  const house = await openTestCertificates(t)
  const node = await house.openNode()
  await node.runIfDue()
  house.clock.at += 119 * day
  await node.dropOld()
  assert.notEqual(await row(house), undefined)
  house.clock.at += 2 * day
  await node.dropOld()
  assert.equal(await row(house), undefined)
})
