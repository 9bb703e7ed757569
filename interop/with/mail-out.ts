import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, type TestContext, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { freePort } from "../../fixtures/daemons.ts"
import { type DnsServer, startDnsServer } from "../../fixtures/dns-server.ts"
import { type House, openHouse, readRaw, succeeded } from "../../fixtures/house.ts"
import { makeMessage } from "../../fixtures/mail/messages.ts"
import { addressOf } from "../../fixtures/server.ts"
import { show, stuffDots } from "../../fixtures/smtp-client.ts"
import { signInToSend } from "../../fixtures/submission.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { type FarMailHost, farDomain, startFarMailHost, utf8Domain } from "../far-mail-host.ts"
import { certificateOf } from "../imap-peers.ts"
import { needPostfix, type PostfixRelay, startPostfixRelay } from "../postfix-relay.ts"
import { runProgram } from "../run-program.ts"
import { findTool, needTool } from "../tools.ts"

/**
 * A running Letterkeep sends to a mail host as many have one, Postfix before Dovecot: what arrives there, and what the
 * writer hears of what does not.
 */
let house: House<"anna">
let dns: DnsServer
let far: FarMailHost | undefined
let plain: PostfixRelay | undefined
let folder: string

/** Greylisted at first, or put off once and then refused. */
function policy(recipient: string, tries: number): string {
  if (recipient.startsWith("grey"))
    return tries === 1 ? "defer_if_permit 4.7.1 Greylisted, come back" : "dunno"
  if (recipient.startsWith("late"))
    return tries === 1 ? "451 4.3.0 not now" : "550 5.7.1 and not later either"
  return "dunno"
}

before(async () => {
  folder = await makeTempFolder()
  const [port, plainPort] = [await freePort(), await freePort()]
  const mx = { MX: [{ preference: 10, exchange: "mx.far.test" }] }
  dns = await startDnsServer({ [farDomain]: mx, [utf8Domain]: mx, "mx.far.test": { A: ["127.0.0.1"] } })
  house = await openHouse(["anna"], {
    config: {
      dns: { resolver: dns.address },
      sending: { port, transports: [`plain.test=127.0.0.1:${plainPort}`] },
    },
  })
  if (findTool("postfix") === undefined || findTool("lmtp") === undefined || process.getuid?.() !== 0) return
  far = await startFarMailHost(house.server().smtp, port, policy)
  // it has no TLS, and hands all on to us
  plain = await startPostfixRelay({ next: house.server().smtp, port: plainPort })
})
after(async () => {
  await far?.stop()
  await plain?.stop()
  await house?.close()
  await dns?.stop()
  await removeFolder(folder)
})

function needHost(t: TestContext): FarMailHost | undefined {
  if (!needPostfix(t)) return undefined
  if (needTool(t, "lmtp", "dovecot-lmtpd") === undefined) return undefined
  return far ?? assert.fail("the far mail host did not start")
}

const letter = (subject: string, to: string, more = ""): Buffer =>
  Buffer.from(
    [
      `From: Anna <${house.people.anna.address}>`,
      `To: ${to}`,
      `Subject: ${subject}`,
      "Date: Thu, 26 Nov 2026 10:00:00 +0000",
      `Message-ID: <${subject}@laptop>`,
      ...(more === "" ? [] : [more]),
      "",
      `Good day, ${subject}.`,
      "",
    ].join("\r\n"),
  )

/** By the submission door; `parameters` of MAIL, and of each RCPT. */
async function send(
  to: readonly string[],
  message: Buffer,
  parameters = { mail: "", rcpt: "" },
): Promise<void> {
  const client = await signInToSend(house.server(), house.people.anna)
  const begun = await client.pipeline([
    `MAIL FROM:<${house.people.anna.address}>${parameters.mail}`,
    ...to.map(one => `RCPT TO:<${one}>${parameters.rcpt}`),
    "DATA",
  ])
  assert.deepEqual(
    begun.map(({ code }) => code),
    [250, ...to.map(() => 250), 354],
    begun.map(show).join("\n"),
  )
  await client.send(Buffer.concat([stuffDots(message), Buffer.from(".\r\n")]))
  assert.equal((await client.read()).code, 250)
  await client.quit()
}

async function until<T>(what: string, find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; await wait(200)) {
    const found = await find()
    if (found !== undefined) return found
    if (Date.now() > deadline) assert.fail(`${what}\n${(await far?.postfix.log())?.slice(-3000)}`)
  }
}

const arrived = (host: FarMailHost, user: string, subject: string): Promise<string> =>
  until(`${subject} does not arrive`, () =>
    host.messagesOf(user).find(one => one.includes(`\r\nSubject: ${subject}\r\n`)),
  )

/** A report in Anna's inbox with this in it. */
const report = (words: string): Promise<string> =>
  until(`no report says ${words}`, async () =>
    (await readRaw(house.server(), house.people.anna))
      .map(one => one.toString("latin1"))
      .find(one => one.includes("multipart/report") && one.includes(words)),
  )

/** What Anna is told of what she sent. */
async function history(): Promise<string> {
  const { address, password } = house.people.anna
  const stdin = `${password}\n`
  return succeeded(
    await house.server().cli(["sent", address, "--password-stdin"], { stdin }),
  ).stdout.toString()
}

async function waiting(): Promise<readonly number[]> {
  const args = ["queue", "list", "--json", "--reason", "a test with Postfix"]
  const { mails } = succeeded(await house.server().cli(args)).json as { mails: readonly { mail: number }[] }
  return mails.map(({ mail }) => mail)
}

/** Whoever put mail off is asked again now, and not in five minutes. */
async function tryAgain(): Promise<void> {
  const [mail, ...others] = await until("nothing waits", async () => {
    const counts = succeeded(await house.server().cli(["queue", "--json"])).json as { later: number }
    return counts.later === 1 ? await waiting() : undefined
  })
  assert.deepEqual([typeof mail, others], ["number", []])
  succeeded(await house.server().cli(["queue", "retry", String(mail), "--reason", "a test with Postfix"]))
}

test("a message arrives as it was written, under TLS by Postfix's own word", async t => {
  const host = needHost(t)
  if (host === undefined) return
  const message = letter("secure", `carla@${farDomain}`)
  await send([`carla@${farDomain}`], message)
  assert.ok((await arrived(host, "carla", "secure")).includes(message.toString("latin1")))
  assert.match(
    await host.postfix.log(),
    /TLS connection established from localhost\[127\.0\.0\.1\]: TLSv1\.3/,
  )
  assert.match(await history(), /mx\.far\.test/)
})

test("what Postfix took and could not deliver stands in the writer's history as its report says", async t => {
  if (needHost(t) === undefined) return
  const to = ["gone", "dora"].map(name => `${name}@${farDomain}`)
  await send(to, letter("returned", to.join(", ")))
  const told = await report("Final-Recipient: rfc822; gone@far.test")
  assert.match(told, /^Reporting-MTA: dns; ?relay\.example\r$/m)
  const lines = (await history()).split("\n")
  const head = lines.findIndex(line => line.endsWith("  returned"))
  const [gone, saidLater, dora] = lines.slice(head + 1)
  assert.match(gone ?? "", /gone@far\.test: handed to mx\.far\.test/)
  // Postfix signs no report of its own, so nothing shows here that it comes from the server that took the message.
  assert.match(
    saidLater ?? "",
    /somebody who claims to be relay\.example said later that it did not arrive, as this address does not exist \(5\.1\.1\)/,
  )
  assert.match(dora ?? "", /dora@far\.test: handed to mx\.far\.test/)
})

test("a message arrives at a Postfix that has no TLS, in the clear", async t => {
  if (needHost(t) === undefined) return
  await send(["carla@plain.test"], letter("open", "carla@plain.test"))
  const log = await until("it does not arrive", async () => {
    const said = await plain?.log()
    // with or without a tag of its own
    return said !== undefined && /from=<anna[@+]/.test(said) ? said : undefined
  })
  assert.doesNotMatch(log, /TLS connection established from/)
})

test("who is greylisted comes back, and the message arrives once", async t => {
  const host = needHost(t)
  if (host === undefined) return
  await send([`grey@${farDomain}`], letter("patience", `grey@${farDomain}`))
  await tryAgain()
  await arrived(host, "grey", "patience")
  assert.equal(host.messagesOf("grey").length, 1)
  assert.match(await host.postfix.log(), /450 4\.7\.1 .*Greylisted/)
})

test("who is put off and then refused hears why, in the far side's last words", async t => {
  if (needHost(t) === undefined) return
  await send([`late@${farDomain}`], letter("toolate", `late@${farDomain}`))
  await tryAgain()
  const told = await report("and not later either")
  assert.match(told, /^Action: failed\r$/m)
  assert.match(told, /^Status: 5\.7\.1\r$/m)
})

test("of a full mailbox the writer hears at once, and the others have the message", async t => {
  const host = needHost(t)
  if (host === undefined) return
  const to = ["full", "dora"].map(name => `${name}@${farDomain}`)
  await send(to, letter("crowded", to.join(", "), `X-Long: ${"x".repeat(900)}\r\nX-More: ${"y".repeat(900)}`))
  const told = await report("Mailbox is full")
  assert.match(told, /^Final-Recipient: rfc822; ?full@far\.test\r$/m)
  assert.match(told, /^Status: 5\.2\.2\r$/m)
  await arrived(host, "dora", "crowded")
})

test("whoever asks for it is told of success, by the far side that has taken it on itself", async t => {
  const host = needHost(t)
  if (host === undefined) return
  const parameters = { mail: " RET=HDRS ENVID=letter47", rcpt: " NOTIFY=SUCCESS,FAILURE" }
  await send([`dora@${farDomain}`], letter("told", `dora@${farDomain}`), parameters)
  const told = await report("letter47")
  assert.match(told, /^Action: (delivered|relayed)\r$/m)
  assert.match(told, /^Reporting-MTA: dns; ?relay\.example\r$/m)
})

test("eight bits and addresses in other scripts arrive as they are", async t => {
  const host = needHost(t)
  if (host === undefined) return
  const { bytes } = makeMessage(
    "eight-bit",
    { from: house.people.anna.address, to: `dora@${farDomain}`, token: "umlauts" },
    5,
  )
  await send([`dora@${farDomain}`], bytes, { mail: " BODY=8BITMIME", rcpt: "" })
  await until("the eight bits do not arrive", () =>
    host.messagesOf("dora").find(one => Buffer.from(one).includes(bytes)),
  )
  const to = `jürgen@${utf8Domain}`
  await send([to], letter("Grüße", to), { mail: " SMTPUTF8 BODY=8BITMIME", rcpt: "" })
  const log = await until("the address in UTF-8 does not arrive", async () => {
    const said = await host.postfix.log()
    return /to=<jürgen@utf8\.test>.*status=sent/.test(said) ? said : undefined
  })
  assert.doesNotMatch(log, /to=<(dora|jürgen)@[^>]*>.*status=bounced/)
})

test("30 MB arrive as they were written", async t => {
  const host = needHost(t)
  if (host === undefined) return
  const line = `${"0123456789abcdef".repeat(4)}\r\n`
  const message = Buffer.concat([letter("large", `carla@${farDomain}`), Buffer.from(line.repeat(455_000))])
  assert.ok(message.length > 30_000_000)
  await send([`carla@${farDomain}`], message)
  assert.ok((await arrived(host, "carla", "large")).includes(message.toString("latin1")))
})

for (const [door, scheme] of [
  ["submission", "smtp"],
  ["submissions", "smtps"],
] as const) {
  test(`what mutt sends by ${scheme} arrives`, async t => {
    const host = needHost(t)
    const mutt = needTool(t, "mutt", "mutt")
    if (host === undefined || mutt === undefined) return
    const { address } = house.people.anna
    const submissions = addressOf(house.server().ready, "submissions")
    const where = addressOf(house.server().ready, door)
    const rc = join(folder, `muttrc-${door}`)
    const settings = {
      smtp_url: `${scheme}://${address.replace("@", "%40")}@${where.host}:${where.port}/`,
      smtp_pass: await appPassword(door),
      from: address,
      certificate_file: await certificateOf(submissions.host, submissions.port, folder),
      // by itself it takes SCRAM-SHA-256-PLUS, and then has no channel binding to give (GSASL)
      smtp_authenticators: "scram-sha-256",
      record: "",
      tmpdir: folder,
    }
    const lines = Object.entries(settings).map(([name, value]) => `set ${name}=${JSON.stringify(value)}`)
    const words = ["ssl_force_tls=yes", "ssl_starttls=yes", "ssl_verify_host=no"]
    await writeFile(rc, [...lines, ...words.map(word => `set ${word}`), ""].join("\n"))
    const subject = `by mutt over ${scheme}`
    const { code, output } = await runProgram(
      mutt,
      ["-n", "-F", rc, "-s", subject, "--", `carla@${farDomain}`],
      { stdin: "Good day from mutt.\n", environment: { HOME: folder } },
    )
    assert.equal(code, 0, output.slice(-3000))
    assert.match(await arrived(host, "carla", subject), /Good day from mutt\./)
  })
}

/** SCRAM is for app passwords alone. */
async function appPassword(label: string): Promise<string> {
  const { address, password } = house.people.anna
  const args = ["app-password", "add", address, "--label", label, "--protocols", "submission", "--json"]
  const { secret } = succeeded(await house.server().cli(args, { stdin: `${password}\n` })).json as {
    secret?: unknown
  }
  assert.ok(typeof secret === "string", "app-password add shows the secret")
  return secret
}

test("Postfix complains of nothing", async t => {
  const host = needHost(t)
  if (host === undefined) return
  const log = await host.postfix.log()
  assert.match(log, /status=sent/)
  assert.doesNotMatch(log, /panic|fatal|improper command|lost connection|SSL_accept error/)
})
