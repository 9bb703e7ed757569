import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { makeTempFolder, removeFolder } from "../../../../fixtures/temp-folder.ts"
import { systemChance } from "../../ports/chance.ts"
import { certificateFor } from "../../ports/network/test-certificates.ts"
import { openTestDisclosing } from "../../privacy/disclosing/test-disclosing.ts"
import type { HandOverParts } from "./hand-over.ts"
import { brief, farSide, mailTo, openTestHandOver } from "./open-test-hand-over.ts"
import type { NamedHost, Routes } from "./route.ts"
import { openSmartHostSignIn, SmartHostPasswordError } from "./smart-host-sign-in.ts"

const smart = certificateFor(["smart.test"])

/** Ways out under the register of agreements, with the ledger in the test's hands. */
async function opened(t: TestContext, port: number, more: Partial<HandOverParts> = {}) {
  const disclosing = openTestDisclosing()
  const { privacy } = disclosing
  const outgoing = ["user.communications.outgoing"] as const
  const service = await openTestHandOver(t, {
    table: {
      "smart.test": { a: ["127.0.0.1"] },
      "far.test": { mx: [{ preference: 0, exchange: "mx.far.test" }] },
      "mx.far.test": { a: ["127.0.0.1"] },
    },
    port,
    parts: {
      privacy,
      egress: {
        "mail-exchanger": privacy.egressFor("mail.send", "mail-exchanger", outgoing),
        "smart-host": privacy.egressFor("mail.send", "smart-host", outgoing),
      },
      ...more,
    },
  })
  const send = async (to: string): Promise<string> => brief((await service.send(mailTo(to)))[0])
  return { ...disclosing, send }
}

const through = (smartHost: NamedHost): { readonly routes: Routes } => ({
  routes: { smartHost, transports: new Map() },
})

async function fileWith(t: TestContext, text: string): Promise<string> {
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
  const passwordFile = await fileWith(t, "s3cret\nnot this\n")
  const signIn = await openSmartHostSignIn({ user: "us", passwordFile, isBound: true }, systemChance)
  for (const offers of [["AUTH PLAIN LOGIN"], ["AUTH LOGIN"]]) {
    const far = await farSide(t, { offers, tls: smart.context, answer })
    const { send } = await opened(t, 25, { ...through({ host: "smart.test", port: far.port }), signIn })
    assert.equal(await send("bob@any.test"), "handed-over 250", offers.join())
    assert.ok(far.lines.findIndex(line => line.startsWith("AUTH")) > far.lines.indexOf("STARTTLS"))
    assert.equal(far.mails[0]?.isTls, true)
  }
})

test("mail waits where the smart host does not take the password, or offers nothing to sign in by", async t => {
  const passwordFile = await fileWith(t, "wrong")
  const signIn = await openSmartHostSignIn({ user: "us", passwordFile, isBound: true }, systemChance)
  for (const [offers, expected] of [
    [["AUTH PLAIN"], "not-now refused 535"],
    [[], "not-now trouble-here"],
  ] as const) {
    const answer = (line: string) => (line.startsWith("AUTH") ? "535 5.7.8 no" : undefined)
    const far = await farSide(t, { offers, tls: smart.context, answer })
    const { send } = await opened(t, 25, { ...through({ host: "smart.test", port: far.port }), signIn })
    assert.equal(await send("bob@any.test"), expected)
    assert.equal(far.mails.length, 0)
  }
})

test("a transport goes before the smart host and the domain's own records, and the rest does not", async t => {
  const ours = await farSide(t)
  const own = await farSide(t, {}, { ip: "127.0.0.2", port: ours.port })
  const transports = new Map([["partner.test", { host: "127.0.0.2", port: own.port }]])
  const { send, written } = await opened(t, ours.port, { routes: { transports } })
  assert.equal(await send("bob@partner.test"), "handed-over 250")
  assert.equal(await send("bob@far.test"), "handed-over 250")
  assert.equal(own.mails.length, 1)
  assert.equal(ours.mails.length, 1)
  const told = written.map(({ event }) => (event.kind === "disclosure" ? event.recipient : ""))
  assert.deepEqual(told, ["smart-host", "mail-exchanger"])
})

test("nothing goes to whom no agreement stands with", async t => {
  const far = await farSide(t)
  const { send, change } = await opened(t, far.port)
  assert.equal(await send("bob@far.test"), "handed-over 250")
  change("mail-exchanger", { endedAt: 1 })
  // Not over a connection that stands, either.
  assert.equal(await send("bob@far.test"), "not-now trouble-here")
  assert.equal(far.mails.length, 1)
})

test("comes from the address that is set", async t => {
  const far = await farSide(t)
  const { send } = await opened(t, far.port, { from: { ipv4: "127.0.0.9" } })
  assert.equal(await send("bob@far.test"), "handed-over 250")
  assert.deepEqual(far.from, ["127.0.0.9"])
})

test("says which file has no password for the smart host", async t => {
  for (const passwordFile of [await fileWith(t, "\n"), "/nowhere/password"])
    await assert.rejects(
      openSmartHostSignIn({ user: "us", passwordFile, isBound: true }, systemChance),
      (error: Error) => {
        assert.ok(error instanceof SmartHostPasswordError)
        return error.message.includes(passwordFile)
      },
    )
})
