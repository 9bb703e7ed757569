import assert from "node:assert/strict"
import { once } from "node:events"
import { connect as connectPlain } from "node:net"
import { type TestContext, test } from "node:test"
import { type ConnectionOptions, connect, createSecureContext } from "node:tls"
import { extensionIds, findExtension } from "@letterkeep/x509"
import { alpnContext } from "../../certificates/index.ts"
import { systemChance } from "../../ports/chance.ts"
import { systemClock } from "../../ports/clock.ts"
import { recordingLog } from "../../ports/log.ts"
import { manualTimer } from "../../ports/timer.ts"
import { openAlpnDoor } from "./index.ts"

const challenges = { alpn: async (name: string) => (name === "mail.example" ? "token.thumb" : undefined) }

async function openDoor(t: TestContext) {
  const log = recordingLog()
  const timer = manualTimer()
  const door = await openAlpnDoor({
    listen: { host: "127.0.0.1", port: 0 },
    contextFor: async name => {
      if (name === "broken.example") throw new Error("the database is away")
      return await alpnContext({ challenges, clock: systemClock, chance: systemChance }, name)
    },
    timer,
    log,
  })
  t.after(() => door.close())
  const port = Number(door.address.split(":")[1])
  /** The certificate that is shown, DER; undefined where the door hangs up, or shakes hands under nothing. */
  const look = async (options: Partial<ConnectionOptions>): Promise<Buffer | undefined> => {
    const secure = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options })
    let shown: Buffer | undefined
    secure.on("error", () => secure.destroy())
    secure.on("secureConnect", () => {
      if (secure.alpnProtocol === "acme-tls/1") shown = secure.getPeerX509Certificate()?.raw
    })
    secure.resume()
    await new Promise(resolve => secure.once("close", resolve))
    return shown
  }
  return { look, port, timer, log }
}

const right = { servername: "mail.example", ALPNProtocols: ["acme-tls/1"] }

test("shows who looks for it a certificate with the answer, and hangs up", async t => {
  const { look } = await openDoor(t)
  const shown = await look(right)
  assert.ok(shown !== undefined)
  // The octet string holds SHA-256 of the key authorization.
  const found = findExtension(shown, extensionIds.acmeIdentifier)
  assert.equal(found?.subarray(0, 2).toString("hex"), "0420")
  assert.equal(found?.subarray(2).toString("base64url"), "lCdftpJCXapaZHkBGIZbcubeKW8RmA0jSG_aZN01zbU")
})

test("shows nothing for another name, without a name, or under another protocol", async t => {
  const { look } = await openDoor(t)
  assert.equal(await look({ ...right, servername: "other.example" }), undefined)
  assert.equal(await look({ ...right, servername: "" }), undefined)
  assert.equal(await look({ servername: "mail.example", ALPNProtocols: ["h2", "http/1.1"] }), undefined)
  assert.equal(await look({ servername: "mail.example" }), undefined)
})

test("hangs up on who does not shake hands in time, and where it cannot look itself", async t => {
  const { port, timer, look, log } = await openDoor(t)
  const idle = connectPlain(port, "127.0.0.1")
  await once(idle, "connect")
  while (timer.waiting === 0) await new Promise(setImmediate)
  timer.pass(10_000)
  idle.resume()
  await once(idle, "close")
  assert.equal(await look({ ...right, servername: "broken.example" }), undefined)
  assert.ok(log.events.some(one => one.name === "door.failed"))
})

test("speaks nothing older than TLS 1.2", async t => {
  const { look } = await openDoor(t)
  const secureContext = createSecureContext({
    maxVersion: "TLSv1.1",
    minVersion: "TLSv1",
    ciphers: "ALL:@SECLEVEL=0",
  })
  assert.equal(await look({ ...right, secureContext }), undefined)
})
