import assert from "node:assert/strict"
import { after, before, type TestContext, test } from "node:test"
import { type House, openHouse } from "../../fixtures/house.ts"
import { lastAnswer, SmtpClient } from "../../fixtures/smtp-client.ts"
import { assertAllKept, corpusTo } from "../corpus.ts"
import { needPostfix, startPostfixRelay } from "../postfix-relay.ts"

let house: House<"ada">

before(async () => {
  house = await openHouse(["ada"])
})
after(() => house?.close())

test("takes what Postfix relays in plain text, byte for byte under its Received field", async t => {
  await relay(t, 300, "none")
})

test("takes what Postfix relays under STARTTLS, byte for byte under its Received field", async t => {
  const log = await relay(t, 400, "encrypt")
  if (log !== undefined) assert.match(log, /TLS connection established to 127\.0\.0\.1/)
})

async function relay(t: TestContext, seed: number, tls: "none" | "encrypt"): Promise<string | undefined> {
  if (!needPostfix(t)) return undefined
  const relayer = await startPostfixRelay({ next: house.server().smtp, tls })
  t.after(() => relayer.stop())
  const messages = corpusTo(house.people.ada.address, seed)
  const client = await SmtpClient.connect(relayer.smtp)
  assert.equal((await client.command("EHLO sender.example")).code, 250)
  for (const { bytes, shape, eightBit } of messages) {
    const answers = await client.deliver({
      from: "someone@far.example",
      to: [house.people.ada.address],
      message: bytes,
      mailParameters: eightBit ? " BODY=8BITMIME" : "",
    })
    assert.equal(answers.end?.code, 250, `Postfix, ${shape}: ${lastAnswer(answers)}`)
  }
  await client.quit()
  await relayer.handedOver()
  await assertAllKept(house, "ada", messages)
  return relayer.log()
}
