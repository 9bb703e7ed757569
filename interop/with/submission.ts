import assert from "node:assert/strict"
import { X509Certificate } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, type TestContext, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { type House, openHouse, readRaw, succeeded } from "../../fixtures/house.ts"
import { addressOf } from "../../fixtures/server.ts"
import { stuffDots } from "../../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { certificateOf } from "../imap-peers.ts"
import { runProgram } from "../run-program.ts"
import { needPerlModule, needTool } from "../tools.ts"

/** Programs of others that send through the submission doors: Python's smtplib, swaks, curl, and msmtp by SCRAM. */
let house: House<"ada" | "bob">
let folder: string
let certificate: string

before(async () => {
  house = await openHouse(["ada", "bob"])
  folder = await makeTempFolder()
  const { host, port } = doorFor("tls")
  certificate = await certificateOf(host, port, folder)
})
after(async () => {
  await house?.close()
  if (folder !== undefined) await removeFolder(folder)
})

type Mode = "tls" | "starttls"
const modes: readonly Mode[] = ["tls", "starttls"]
const doorFor = (mode: Mode) => addressOf(house.server().ready, mode === "tls" ? "submissions" : "submission")

/** The octets behind the header: dots that lines begin with, and what 7 bits do not hold. */
const body = ".a dot\r\n..\r\n.\r\nü and the end\r\n"

async function writeLetter(subject: string): Promise<string> {
  const { ada, bob } = house.people
  const file = join(folder, "letter.eml")
  const header = [`From: ${ada.address}`, `To: ${bob.address}`, `Subject: ${subject}`, "MIME-Version: 1.0"]
  const type = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
  await writeFile(file, [...header, ...type, "", body].join("\r\n"))
  return file
}

/** Bob has each of these once, sent by who signed in over TLS, octet for octet below the header; so has Ada's Sent. */
async function assertSent(subjects: readonly string[]): Promise<void> {
  for (const name of ["ada", "bob"] as const) {
    const kept = (await readRaw(house.server(), house.people[name])).map(mail => mail.toString("utf8"))
    for (const subject of subjects) {
      const found = kept.filter(mail => mail.includes(`\r\nSubject: ${subject}\r\n`))
      assert.equal(found.length, 1, `"${subject}" is with ${name} ${found.length} times`)
      assert.ok(found[0]?.endsWith(`\r\n\r\n${body}`), `"${subject}" came as it was sent`)
      if (name === "bob") assert.match(found[0] ?? "", /\swith ESMTPSA id [0-9a-f]+\s/)
    }
  }
}

/** Waits until Bob has it, for half a minute. */
async function arrived(subject: string): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    const kept = await readRaw(house.server(), house.people.bob)
    if (kept.some(mail => mail.includes(`\r\nSubject: ${subject}\r\n`))) return
    await wait(200)
  }
}

for (const mode of modes) {
  test(`smtplib signs in and sends by each of its ways, ${mode}`, async t => {
    const python = needTool(t, "python3", "python3")
    if (python === undefined) return
    const { ada, bob } = house.people
    const { host, port } = doorFor(mode)
    const session = join(import.meta.dirname, "../smtplib-session.py")
    const args = ["-B", session, host, String(port), mode, ada.address, certificate, bob.address]
    const { code, output } = await runProgram(python, args, { stdin: `${ada.password}\n` })
    assert.equal(code, 0, output.slice(-3000))
    await assertSent([`by smtplib ${mode} PLAIN`, `by smtplib ${mode} LOGIN`])
    await arrived(`by smtplib ${mode} LATER`)
    await assertSent([`by smtplib ${mode} LATER`])
  })

  test(`swaks signs in and sends, ${mode}`, async t => {
    const swaks = needTool(t, "swaks", "swaks")
    if (swaks === undefined || !needPerlModule(t, "Net::SSLeay", "libnet-ssleay-perl")) return
    const { ada, bob } = house.people
    const { host, port } = doorFor(mode)
    for (const mechanism of ["PLAIN", "LOGIN"]) {
      const letter = await writeLetter(`by swaks ${mode} ${mechanism}`)
      // with its fixing-up switched off, swaks sends the file as it is: stuffed and ended by us
      await writeFile(letter, Buffer.concat([stuffDots(await readFile(letter)), Buffer.from(".\r\n")]))
      const { code, output } = await runProgram(swaks, [
        ...["--server", `${host}:${port}`, mode === "tls" ? "--tls-on-connect" : "--tls"],
        ...["--auth", mechanism, "--auth-user", ada.address, "--auth-password", ada.password],
        ...["--from", ada.address, "--to", bob.address, "--no-data-fixup", "--data", `@${letter}`],
      ])
      assert.equal(code, 0, output.slice(-3000))
    }
    await assertSent([`by swaks ${mode} PLAIN`, `by swaks ${mode} LOGIN`])
  })

  test(`curl signs in and sends, ${mode}`, async t => {
    const curl = needTool(t, "curl", "curl")
    if (curl === undefined) return
    const { ada, bob } = house.people
    const { host, port } = doorFor(mode)
    const letter = await writeLetter(`by curl ${mode}`)
    const { code, output } = await runProgram(curl, [
      ...["--silent", "--show-error", "--insecure", "--ssl-reqd", "--user", `${ada.address}:${ada.password}`],
      ...["--url", `${mode === "tls" ? "smtps" : "smtp"}://${host}:${port}/client.example`],
      ...["--mail-from", ada.address, "--mail-rcpt", bob.address, "--upload-file", letter],
    ])
    assert.equal(code, 0, output.slice(-3000))
    await assertSent([`by curl ${mode}`])
  })

  test(`msmtp signs in by SCRAM with an app password that only sends, and sends, ${mode}`, async t => {
    const { secret } = await appPassword()
    const { code, output } = await sendByMsmtp(t, mode, secret)
    if (code === undefined) return
    assert.equal(code, 0, output.slice(-3000))
    await assertSent([`by msmtp ${mode}`])
  })
}

test("msmtp is refused by SCRAM with the main password", async t => {
  const { code, output } = await sendByMsmtp(t, "tls", house.people.ada.password)
  if (code === undefined) return
  assert.notEqual(code, 0)
  assert.match(output, /535 5\.7\.8/)
})

async function appPassword(): Promise<{ readonly secret: string }> {
  const { address, password } = house.people.ada
  const args = ["app-password", "add", address, "--label", "printer", "--protocols", "submission", "--json"]
  const { secret } = succeeded(await house.server().cli(args, { stdin: `${password}\n` })).json as {
    secret?: unknown
  }
  assert.ok(typeof secret === "string", "app-password add shows the secret")
  return { secret }
}

/** The code is undefined where msmtp is not here. */
async function sendByMsmtp(
  t: TestContext,
  mode: Mode,
  secret: string,
): Promise<{ readonly code: number | null | undefined; readonly output: string }> {
  const msmtp = needTool(t, "msmtp", "msmtp")
  if (msmtp === undefined) return { code: undefined, output: "" }
  const { ada, bob } = house.people
  const { host, port } = doorFor(mode)
  const { fingerprint256 } = new X509Certificate(await readFile(certificate))
  const letter = await readFile(await writeLetter(`by msmtp ${mode}`), "latin1")
  return await runProgram(
    msmtp,
    [
      ...[`--host=${host}`, `--port=${port}`, "--tls=on", `--tls-starttls=${mode === "tls" ? "off" : "on"}`],
      ...[`--tls-fingerprint=${fingerprint256}`, "--auth=scram-sha-256", `--user=${ada.address}`],
      ...["--passwordeval=printenv MSMTP_SECRET", `--from=${ada.address}`, "--", bob.address],
    ],
    {
      stdin: Buffer.from(letter, "latin1").toString("utf8").replaceAll("\r\n", "\n"),
      environment: { MSMTP_SECRET: secret },
    },
  )
}
