import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { type House, type Person, readRaw, succeeded } from "../../fixtures/house.ts"
import type { MailOutside } from "../../fixtures/mail-outside.ts"
import { signInToSend } from "../../fixtures/submission.ts"

/** Mail of one person, on its way to everybody that it can have on its way. */
export interface MailOut {
  readonly house: House<string>
  readonly person: Person
  readonly outside: MailOutside
  /** Of others, that `outside` serves. */
  readonly domain: string
  /** What shall be found nowhere, with a part of its own. */
  readonly secret: (part: string) => string
}

const patienceMs = 30_000

/**
 * The secret in subject, text, recipients and what the far side says: handed over, put off, refused, refused at once, and
 * sent on by a filter. Ends when two messages wait and what is left has gone.
 */
export async function sendEverywhere({ house, person, outside, domain, secret }: MailOut): Promise<void> {
  const server = house.server()
  const letter = (part: string, from = person.address) =>
    Buffer.from(
      [
        `From: ${secret("author")} <${from}>`,
        `To: ${secret("friend")} <${secret("to")}@${domain}>`,
        `Bcc: gone${secret("blind")}@${domain}`,
        `Subject: about ${secret("outgoing")} ${part}`,
        `Message-ID: <${secret("out")}.${part}@laptop>`,
        "",
        `Dear friend, ${secret("letter")} and good-bye.`,
        "",
      ].join("\r\n"),
    )
  const client = await signInToSend(server, person)
  const hand = async (message: Buffer) => {
    const answers = await client.pipeline([
      `MAIL FROM:<${person.address}> RET=FULL ENVID=${secret("envelope")}`,
      ...["", "later", "gone"].map(
        name =>
          `RCPT TO:<${name}${secret("to")}@${domain}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;${secret("first")}@far.test`,
      ),
      "DATA",
    ])
    assert.deepEqual(
      answers.map(({ code }) => code),
      [250, 250, 250, 250, 354],
    )
    await client.send(Buffer.concat([message, Buffer.from(".\r\n")]))
    return (await client.read()).code
  }
  assert.equal(await hand(letter("own")), 250)
  assert.equal(await hand(letter("forged", `${secret("forged")}@${domain}`)), 550)
  await client.quit()
  await sendOn({ house, person, outside, domain, secret })
  await until("the mail does not go out", async () => {
    const { mails, later } = succeeded(await server.cli(["queue", "--json"])).json as Counts
    return outside.far.mails.length >= 2 && mails === 2 && later === 2
  })
  await until("the writer hears of no failure", async () =>
    (await readRaw(server, person)).some(
      one => one.includes("multipart/report") && one.includes(secret("words")),
    ),
  )
}

/** What comes is sent on by a filter, to one who takes it and one who puts it off. */
async function sendOn({ house, person, domain, secret }: MailOut): Promise<void> {
  const server = house.server()
  const file = join(server.runFolder, "onward.sieve")
  const to = (name: string) => `redirect :copy "${name}${secret("onward")}@${domain}";`
  await writeFile(file, `require "copy";\n${to("")}\n${to("later")}\n`)
  const stdin = `${person.password}\n`
  succeeded(await server.cli(["filter", "set", person.address, file, "--password-stdin"], { stdin }))
  await writeFile(file, "")
  const client = await house.smtp()
  const from = `${secret("writer")}@pass.example`
  const message = Buffer.from(
    `From: <${from}>\r\nTo: <${person.address}>\r\nSubject: ${secret("onward")}\r\n\r\n${secret("letter")}\r\n`,
  )
  const answers = await client.deliver({ from, to: [person.address], message })
  assert.equal(answers.end?.code, 250)
  await client.quit()
  succeeded(await server.cli(["filter", "off", person.address, "--password-stdin"], { stdin }))
}

interface Counts {
  readonly mails: number
  readonly later: number
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await isSo()); await wait(200))
    assert.ok(Date.now() < deadline, what)
}
