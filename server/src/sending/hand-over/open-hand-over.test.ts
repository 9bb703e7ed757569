import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { createTableResolver } from "@letterkeep/dns"
import { makeTempFolder, removeFolder } from "../../../../fixtures/temp-folder.ts"
import { systemChance } from "../../ports/chance.ts"
import { systemClock } from "../../ports/clock.ts"
import { recordingLog } from "../../ports/log.ts"
import { certificateFor, testRoots } from "../../ports/network/test-certificates.ts"
import { systemTimer } from "../../ports/timer.ts"
import { openTestDisclosing } from "../../privacy/disclosing/test-disclosing.ts"
import { type HandOverGround, openHandOver, SmartHostPasswordError } from "./open-hand-over.ts"
import { brief, farSide, mailTo } from "./open-test-hand-over.ts"

const usual: HandOverGround["settings"] = {
  connections: 10,
  connectionsPerDestination: 2,
  bytesInFlight: 1_000_000,
  smartHost: false,
  signIn: undefined,
  transports: [],
  fromIpv4: { ip: undefined },
  fromIpv6: { ip: undefined },
  port: 25,
}
const smart = certificateFor(["smart.test"])

async function opened(t: TestContext, settings: Partial<HandOverGround["settings"]>) {
  const disclosing = openTestDisclosing()
  const service = await openHandOver({
    settings: { ...usual, ...settings },
    privacy: disclosing.privacy,
    resolver: createTableResolver({
      "smart.test": { a: ["127.0.0.1"] },
      "far.test": { mx: [{ preference: 0, exchange: "mx.far.test" }] },
      "mx.far.test": { a: ["127.0.0.1"] },
    }),
    clock: systemClock,
    timer: systemTimer,
    chance: systemChance,
    hostname: "us.example",
    isOurs: () => false,
    seen: () => undefined,
    sign: async () => "",
    log: recordingLog(),
    roots: testRoots,
  })
  t.after(() => service.finish())
  const send = async (to: string): Promise<string> => {
    const tried = await service.handOver(mailTo(to), new AbortController().signal)
    return brief(tried.get(0))
  }
  return { ...disclosing, send }
}

async function passwordFile(t: TestContext, text: string): Promise<string> {
  const folder = await makeTempFolder()
  t.after(() => removeFolder(folder))
  const file = join(folder, "password")
  await writeFile(file, text)
  return file
}

const plain = Buffer.from("\0us\0s3cret").toString("base64")

test("signs in with the smart host, by what it offers, inside TLS alone", async t => {
  const answer = (line: string): string | undefined => {
    if (line === `AUTH PLAIN ${plain}`) return "235 welcome"
    if (line === "AUTH LOGIN") return "334 VXNlcm5hbWU6"
    if (line === Buffer.from("us").toString("base64")) return "334 UGFzc3dvcmQ6"
    if (line === Buffer.from("s3cret").toString("base64")) return "235 welcome"
    return undefined
  }
  const signIn = { user: "us", passwordFile: await passwordFile(t, "s3cret\nnot this\n") }
  for (const offers of [["AUTH PLAIN LOGIN"], ["AUTH LOGIN"]]) {
    const far = await farSide(t, { offers, tls: smart.context, answer })
    const { send } = await opened(t, { smartHost: { host: "smart.test", port: far.port }, signIn })
    assert.equal(await send("bob@any.test"), "handed-over 250", offers.join())
    assert.ok(far.lines.findIndex(line => line.startsWith("AUTH")) > far.lines.indexOf("STARTTLS"))
    assert.equal(far.mails[0]?.isTls, true)
  }
})

test("mail waits where the smart host does not take the password, or offers nothing to sign in by", async t => {
  const signIn = { user: "us", passwordFile: await passwordFile(t, "wrong") }
  for (const [offers, expected] of [
    [["AUTH PLAIN"], "not-now refused 535"],
    [[], "not-now trouble-here"],
  ] as const) {
    const answer = (line: string) => (line.startsWith("AUTH") ? "535 5.7.8 no" : undefined)
    const far = await farSide(t, { offers, tls: smart.context, answer })
    const { send } = await opened(t, { smartHost: { host: "smart.test", port: far.port }, signIn })
    assert.equal(await send("bob@any.test"), expected)
    assert.equal(far.mails.length, 0)
  }
})

test("a transport goes before the smart host and the domain's own records, and the rest does not", async t => {
  const ours = await farSide(t)
  const own = await farSide(t, {}, { ip: "127.0.0.2", port: ours.port })
  const { send, written } = await opened(t, {
    port: ours.port,
    transports: [{ domain: "partner.test", host: "127.0.0.2", port: own.port }],
  })
  assert.equal(await send("bob@partner.test"), "handed-over 250")
  assert.equal(await send("bob@far.test"), "handed-over 250")
  assert.equal(own.mails.length, 1)
  assert.equal(ours.mails.length, 1)
  const told = written.map(({ event }) => (event.kind === "disclosure" ? event.recipient : ""))
  assert.deepEqual(told, ["smart-host", "mail-exchanger"])
})

test("nothing goes to whom no agreement stands with", async t => {
  const far = await farSide(t)
  const { send, change } = await opened(t, { port: far.port })
  assert.equal(await send("bob@far.test"), "handed-over 250")
  change("mail-exchanger", { endedAt: 1 })
  // Not over a connection that stands, either.
  assert.equal(await send("bob@far.test"), "not-now trouble-here")
  assert.equal(far.mails.length, 1)
})

test("comes from the address that is set", async t => {
  const far = await farSide(t)
  const { send } = await opened(t, { port: far.port, fromIpv4: { ip: "127.0.0.9" } })
  assert.equal(await send("bob@far.test"), "handed-over 250")
  assert.deepEqual(far.from, ["127.0.0.9"])
})

test("says which file has no password for the smart host", async t => {
  const smartHost = { host: "smart.test", port: 587 }
  for (const file of [await passwordFile(t, "\n"), "/nowhere/password"])
    await assert.rejects(
      opened(t, { smartHost, signIn: { user: "us", passwordFile: file } }),
      (error: Error) => {
        assert.ok(error instanceof SmartHostPasswordError)
        return error.message.includes(file)
      },
    )
})
