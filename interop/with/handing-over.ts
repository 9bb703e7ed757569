import assert from "node:assert/strict"
import { createHash, createPublicKey } from "node:crypto"
import { after, before, type TestContext, test } from "node:test"
import { type House, openHouse } from "../../fixtures/house.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { certificateFor } from "../../server/src/ports/network/test-certificates.ts"
import { systemTimer } from "../../server/src/ports/timer.ts"
import { mailContent } from "../../server/src/privacy/index.ts"
import { brief, mailTo, openTestHandOver } from "../../server/src/sending/hand-over/open-test-hand-over.ts"
import { assertAllKept, corpusTo } from "../corpus.ts"
import { needPostfix, offeringTls, startPostfixRelay } from "../postfix-relay.ts"

/** Handing over, with a Postfix as the far side that offers TLS, and what the DNS and the web may say of it. */
let house: House<"ada">

before(async () => {
  house = await openHouse(["ada"])
})
after(() => house?.close())

const certificate = certificateFor(["mx.far.test"])

async function farPostfix(t: TestContext, more: Readonly<Record<string, string>> = {}) {
  if (!needPostfix(t)) return undefined
  const folder = await makeTempFolder()
  t.after(() => removeFolder(folder))
  const settings = { ...(await offeringTls(folder, certificate)), ...more }
  const far = await startPostfixRelay({ next: house.server().smtp, settings })
  t.after(() => far.stop())
  return far
}

function handOverTo(t: TestContext, port: number, dane: "good" | "bad" | "none") {
  const key = createPublicKey(certificate.made.key).export({ type: "spki", format: "der" })
  const hash = createHash("sha256").update(key).digest()
  const data = dane === "bad" ? Buffer.alloc(hash.length) : hash
  const tlsa = dane === "none" ? [] : [{ usage: 3, selector: 1, matching: 1, data }]
  const [, domain = ""] = house.people.ada.address.split("@")
  return openTestHandOver(t, {
    table: {
      [domain]: { mx: [{ preference: 10, exchange: "mx.far.test" }], authentic: true },
      "mx.far.test": { a: ["127.0.0.1"], authentic: true },
      [`_${port}._tcp.mx.far.test`]: { tlsa, authentic: true },
    },
    port,
    timer: systemTimer,
  })
}

test("hands every shape of message to a Postfix under TLS that DANE vouches for, many at once, byte for byte", async t => {
  const far = await farPostfix(t)
  if (far === undefined) return
  const { address } = house.people.ada
  const { send } = await handOverTo(t, far.smtp.port, "good")
  const messages = corpusTo(address, 900)
  const tried = await Promise.all(
    messages.map(({ bytes, eightBit }) => {
      const text = async () => mailContent(Buffer.from(bytes))
      return send(mailTo(address, { text, size: bytes.length, body: eightBit ? "8BITMIME" : "7BIT" }))
    }),
  )
  for (const [at, [one]] of tried.entries()) {
    assert.equal(brief(one), "handed-over 250", messages[at]?.shape)
    assert.deepEqual([one?.by?.tls, one?.by?.verified], ["TLSv1.3", "dane"])
  }
  await far.handedOver()
  await assertAllKept(house, "ada", messages)
})

test("gives a Postfix nothing whose certificate is not what DANE says, and without DANE takes its word", async t => {
  const far = await farPostfix(t)
  if (far === undefined) return
  const bad = await handOverTo(t, far.smtp.port, "bad")
  const { address } = house.people.ada
  assert.deepEqual((await bad.send(mailTo(address))).map(brief), ["not-now unverified"])
  const none = await handOverTo(t, far.smtp.port, "none")
  const [tried] = await none.send(mailTo(address))
  assert.equal(brief(tried), "handed-over 250")
  assert.equal(tried?.by?.verified, "name")
  assert.doesNotMatch(await far.log(), /panic|fatal/)
})

test("goes on without TLS where a Postfix offers it and cannot do it", async t => {
  const far = await farPostfix(t, { smtpd_tls_protocols: "<=TLSv1.1" })
  if (far === undefined) return
  const { send } = await handOverTo(t, far.smtp.port, "none")
  const [tried] = await send(mailTo(house.people.ada.address))
  assert.equal(brief(tried), "handed-over 250")
  assert.equal(tried?.by?.tls, undefined)
})

test("is told by a Postfix that it does not relay, for each recipient", async t => {
  const far = await farPostfix(t, { smtpd_relay_restrictions: "reject_unauth_destination" })
  if (far === undefined) return
  const { send } = await handOverTo(t, far.smtp.port, "good")
  const [tried] = await send(mailTo(house.people.ada.address))
  assert.equal(brief(tried), "never refused 554")
  assert.equal(tried?.reply?.enhanced, "5.7.1")
})
