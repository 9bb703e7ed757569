import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { createTableResolver } from "@letterkeep/dns"
import { systemChance } from "../../ports/chance.ts"
import { systemClock } from "../../ports/clock.ts"
import { recordingLog } from "../../ports/log.ts"
import { systemTimer } from "../../ports/timer.ts"
import { openTestDisclosing } from "../../privacy/disclosing/test-disclosing.ts"
import { openTestVaults } from "../../vaults/open-test-vaults.ts"
import { type HandOverGround, openHandOver } from "./open-hand-over.ts"
import { brief, farSide, mailTo } from "./open-test-hand-over.ts"
import { SmartHostPasswordError } from "./smart-host-sign-in.ts"

const usual: HandOverGround["settings"] = {
  connections: 10,
  connectionsPerDestination: 2,
  bytesInFlight: 1_000_000,
  smartHost: false,
  signIn: undefined,
  transports: [],
  fromIpv4: false,
  fromIpv6: false,
  port: 25,
}

async function opened(t: TestContext, settings: Partial<HandOverGround["settings"]>) {
  const { store, vaults } = await openTestVaults(t)
  const disclosing = openTestDisclosing()
  const service = await openHandOver({
    settings: { ...usual, ...settings },
    privacy: disclosing.privacy,
    store,
    vaults,
    resolver: createTableResolver({ "far.test": { a: ["127.0.0.1"] } }),
    clock: systemClock,
    timer: systemTimer,
    chance: systemChance,
    hostname: "us.example",
    isOurs: () => false,
    seen: () => undefined,
    sign: async () => "",
    log: recordingLog(),
  })
  t.after(() => service.finish())
  const send = async (to: string): Promise<string> => {
    const tried = await service.handOver(mailTo(to), new AbortController().signal)
    return brief(tried.get(0))
  }
  return { ...disclosing, send, service }
}

test("goes the way that the settings say, under the agreements for it", async t => {
  const far = await farSide(t)
  const partner = await farSide(t, {}, { ip: "127.0.0.2" })
  const { send, written, service } = await opened(t, {
    port: far.port,
    transports: [{ domain: "partner.test", host: "127.0.0.2", port: partner.port }],
    fromIpv4: "127.0.0.9",
  })
  assert.equal(service.room(), 100)
  assert.equal(await send("bob@partner.test"), "handed-over 250")
  assert.equal(await send("bob@far.test"), "handed-over 250")
  assert.deepEqual([far.from, partner.from], [["127.0.0.9"], ["127.0.0.9"]])
  const told = written.map(({ event }) => (event.kind === "disclosure" ? event.recipient : ""))
  assert.deepEqual(told, ["smart-host", "mail-exchanger"])
})

test("does not open without the password that it is to sign in with", async t => {
  const signIn = { user: "us", passwordFile: "/nowhere/password", isBound: true }
  await assert.rejects(
    opened(t, { smartHost: { host: "smart.test", port: 587 }, signIn }),
    SmartHostPasswordError,
  )
})
