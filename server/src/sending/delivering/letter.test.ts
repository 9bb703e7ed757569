import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { testPrivacy } from "../../privacy/test-privacy.ts"
import type { Claimed, Tried } from "../contract.ts"
import { mailTo } from "../hand-over/open-test-hand-over.ts"
import { relayOf, routesOf } from "../hand-over/route.ts"
import { courseOf } from "./course-of.ts"
import { letterAbout } from "./letter.ts"

const refused: Tried = {
  kind: "never",
  why: "refused",
  by: { host: "mx.test", ip: "192.0.2.1", tls: undefined, verified: undefined },
  reply: { code: 550, enhanced: "5.1.1", text: "no" },
}
const vaults = {
  keyedHash: () => Buffer.alloc(32),
  sealKeys: async () => new Map(),
}
const routes = routesOf({
  smartHost: { host: "smart.test", port: 587 },
  transports: [{ domain: "partner.test", host: "10.0.0.5", port: 25 }],
})

async function letterTo(address: string, kind: Claimed["kind"], isRelayed = true): Promise<string> {
  const mail = mailTo(address, { kind })
  const ground = { reversePath: "ada@us.example", now: 0, chance: systemChance }
  const courses = mail.recipients.map(recipient => courseOf(mail, recipient, refused, ground))
  const parts = {
    ...{ vaults, chance: systemChance, hostname: "us.example" },
    ...(isRelayed ? { relayOf: (domain: string) => relayOf(domain, routes) } : {}),
  }
  const text = Buffer.from("Subject: hello\r\n\r\nHello.\r\n")
  const letter = await testPrivacy.gate(
    "mail.send",
    { kind: "account", account: mail.account },
    async permit => letterAbout(parts, mail, courses, text, { now: 0, permit }),
  )
  const words = Buffer.concat((letter?.parts ?? []).map(part => Buffer.from(part))).toString()
  return words.replace(/=?\r\n[ \t]*/g, " ")
}

for (const kind of ["submitted", "forwarded"] as const)
  test(`a letter says who spoke: a smart host is no server of the domain's (${kind})`, async () => {
    const direct = await letterTo("eve@far.test", kind, false)
    assert.match(direct, /The server of far\.test says/)
    const relayed = await letterTo("eve@far.test", kind)
    assert.match(relayed, /The server smart\.test, which passes our mail on, says/)
    assert.doesNotMatch(relayed, /server of far\.test/)
    assert.match(await letterTo("eve@partner.test", kind), /The server of partner\.test says/)
  })

test("a letter about an international address names it as it is, whatever the message itself needs", async () => {
  const about = await letterTo("jörg@far.test", "submitted")
  assert.match(about, /Content-Type: message\/global-delivery-status/)
  assert.match(about, /Final-Recipient: utf-8; ?jörg@far\.test/)
  assert.match(await letterTo("eve@far.test", "submitted"), /Content-Type: message\/delivery-status/)
})
