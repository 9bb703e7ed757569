import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { plainClient } from "@letterkeep/sasl"
import { certificateFor } from "../../ports/network/test-certificates.ts"
import { mailAddress } from "../../privacy/index.ts"
import type { Claimed } from "../contract.ts"
import type { HandOverParts } from "./hand-over.ts"
import { brief, farSide, mailTo, openTestHandOver } from "./open-test-hand-over.ts"

const smart = certificateFor(["smart.test"])
const returnTags: NonNullable<HandOverParts["returnTags"]> = {
  tag: (address, account, mail) => `${account}-${mail}-${address}`,
}

const answer = (line: string) => (line.startsWith("AUTH") ? "235 welcome" : undefined)

async function said(
  t: TestContext,
  mail: Claimed,
  through: (port: number) => Partial<HandOverParts> = () => ({}),
) {
  const far = await farSide(t, { tls: smart.context, offers: ["DSN", "AUTH PLAIN"], answer })
  const { send } = await openTestHandOver(t, {
    table: { "far.test": { a: ["127.0.0.1"] }, "smart.test": { a: ["127.0.0.1"] } },
    port: far.port,
    parts: { returnTags, ...through(far.port) },
  })
  assert.deepEqual((await send(mail)).map(brief), ["handed-over 250"])
  return far.lines
    .filter(line => /^(MAIL|RCPT) /.test(line))
    .map(line => line.replace(/ (SIZE|BODY)=\S+/g, ""))
}

test("what a person sends goes out with the tag of the message, and says whom it was for", async t => {
  assert.deepEqual(await said(t, mailTo("bob+x=y@far.test", { mail: 77 })), [
    "MAIL FROM:<7-77-ada@us.example>",
    "RCPT TO:<bob+x=y@far.test> ORCPT=rfc822;bob+2Bx+3Dy@far.test",
  ])
})

test("what its writer called a recipient is said as it was", async t => {
  const mail = mailTo("bob@far.test", { mail: 77 })
  const recipients = mail.recipients.map(one => ({ ...one, orcpt: mailAddress("rfc822;robert@far.test") }))
  assert.equal(
    (await said(t, { ...mail, recipients }))[1],
    "RCPT TO:<bob@far.test> ORCPT=rfc822;robert@far.test",
  )
})

test("an address that takes no tag goes out as it is, and nothing is added to its recipients", async t => {
  const untouched = () => ({ returnTags: { tag: (address: string) => address } })
  assert.deepEqual(await said(t, mailTo("bob@far.test", { mail: 77 }), untouched), [
    "MAIL FROM:<ada@us.example>",
    "RCPT TO:<bob@far.test>",
  ])
})

for (const [what, more] of [
  ["what a filter sends on", { kind: "forwarded" }],
  ["what a filter answers", { kind: "reply", reversePath: mailAddress("") }],
  ["a report", { kind: "report", reversePath: mailAddress("") }],
  ["what a person sends from the null path", { reversePath: mailAddress("") }],
] as const)
  test(`${what} has the return path that it had`, async t => {
    const path = what.endsWith("on") ? "ada@us.example" : ""
    assert.deepEqual(await said(t, mailTo("bob@far.test", more)), [
      `MAIL FROM:<${path}>`,
      "RCPT TO:<bob@far.test>",
    ])
  })

test("a smart host that we sign in to gets the plain path, another one the tag", async t => {
  const through = (port: number): Partial<HandOverParts> => ({
    routes: { transports: new Map(), smartHost: { host: "smart.test", port } },
  })
  const signedIn = (port: number): Partial<HandOverParts> => ({
    ...through(port),
    signIn: () => [plainClient({ name: "us", secret: "s3cret" })],
  })
  const mail = mailTo("bob@far.test", { mail: 77 })
  assert.equal((await said(t, mail, through))[0], "MAIL FROM:<7-77-ada@us.example>")
  assert.deepEqual(await said(t, mail, signedIn), ["MAIL FROM:<ada@us.example>", "RCPT TO:<bob@far.test>"])
})
