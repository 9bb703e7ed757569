import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, type TestContext, test } from "node:test"
import { type House, openHouse, traceAbove } from "../../fixtures/house.ts"
import { addressOf } from "../../fixtures/server.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { corpusTo } from "../corpus.ts"
import { certificateOf } from "../imap-peers.ts"
import { runProgram } from "../run-program.ts"
import { needTool } from "../tools.ts"

/** Python's poplib: what scripts that fetch use. Each mode has a person of its own, with one message of every shape. */
type Mode = "tls" | "stls" | "plain"
let strict: House<"tls" | "stls">
let lenient: House<"plain">

before(async () => {
  strict = await openHouse(["tls", "stls"])
  lenient = await openHouse(["plain"], { config: { pop3: { plaintext_on_loopback: true } } })
})
after(async () => {
  await strict?.close()
  await lenient?.close()
})

test("poplib fetches every kind of message over TLS, byte for byte", t => fetchAll(t, strict, "tls"))
test("poplib fetches every kind of message after STLS, byte for byte", t => fetchAll(t, strict, "stls"))
test("poplib fetches every kind of message in plain text on loopback, byte for byte", t =>
  fetchAll(t, lenient, "plain"))

async function fetchAll<Name extends Mode>(t: TestContext, house: House<Name>, mode: Name): Promise<void> {
  const python = needTool(t, "python3", "python3")
  if (python === undefined) return
  const { address, password } = house.people[mode]
  const sent = corpusTo(address, 700)
  for (const { bytes } of sent) await deliver(house, address, bytes)
  const { ready } = house.server()
  const { host, port } = addressOf(ready, mode === "tls" ? "pop3s" : "pop3")
  const secure = addressOf(ready, "pop3s")
  const folder = await makeTempFolder()
  try {
    const certificate = await certificateOf(secure.host, secure.port, folder)
    const session = join(import.meta.dirname, "../poplib-session.py")
    const args = ["-B", session, host, String(port), mode, address, certificate, folder]
    const { code, output } = await runProgram(python, args, { stdin: `${password}\n` })
    assert.equal(code, 0, output.slice(-3000))
    for (const [no, { shape, bytes }] of sent.entries()) {
      const fetched = await readFile(join(folder, `${no + 1}.eml`))
      assert.notEqual(traceAbove(fetched, bytes), undefined, `${shape} came back as it was sent`)
    }
  } finally {
    await removeFolder(folder)
  }
}

async function deliver<Name extends string>(house: House<Name>, to: string, message: Buffer): Promise<void> {
  const client = await house.smtp()
  const mailParameters = message.some(octet => octet > 127) ? " BODY=8BITMIME" : ""
  const answers = await client.deliver({ from: "someone@far.example", to: [to], message, mailParameters })
  if (answers.end?.code !== 250) throw new Error(`not taken: ${lastAnswer(answers)}`)
  await client.quit()
}
