import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { dumpTables, openDatabase } from "../../fixtures/database.ts"
import { type House, openHouse, readList, readRaw, traceAbove } from "../../fixtures/house.ts"
import { ImapClient } from "../../fixtures/imap-client.ts"
import { type MailOutside, startMailOutside } from "../../fixtures/mail-outside.ts"
import { type ScreeningWorld, startScreeningWorld } from "../../fixtures/screening-world.ts"
import { addressOf } from "../../fixtures/server.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"
import { makeTempFolder, removeFolder } from "../../fixtures/temp-folder.ts"
import { formsOf } from "../canary/forms.ts"
import { framesIn } from "../canary/frames.ts"
import { sendEverywhere } from "../canary/mail-out.ts"
import { createScan, sweepFolders } from "../canary/sweep.ts"

/**
 * MAIL-8: what lies on the disk cannot be read. One word, in every part of several mails, kept, junked, refused,
 * read again, listed, sought and merged into the index, sent, put off, refused and sent on, is sought in every file that
 * the server and its Postgres ever wrote, in every table, and in what lies compressed in the index.
 */
export { mutations } from "../mutations/MAIL-8.ts"

/** In no dictionary, and long enough that chance does not write it. */
const canary = "Zq7KanarienVogelX4"
/** What the database does hold in the clear: a sweep that does not find it is blind. */
const control = "sichtbarerbob2417"
const canaryText = (part: string) => `${canary}${part}`
const elsewhere = `${canary.toLowerCase()}.test`

let world: ScreeningWorld
let house: House<typeof control>
let outside: MailOutside
let temporary: string

function checks(): void {
  before(async () => {
    outside = await startMailOutside([elsewhere], canaryText("words"))
    world = await startScreeningWorld(outside.zone)
    temporary = await makeTempFolder()
    const options = {
      config: { ...outside.config, dns: { resolver: world.dns.address }, log: { level: "debug" } },
      environment: { TMPDIR: temporary },
    }
    house = await openHouse([control], options)
    // pages compressed in the WAL would hide a word from the sweep
    await mkdir(join(house.folder, "data/postgres"), { recursive: true })
    await writeFile(join(house.folder, "data/postgres/operator.conf"), "wal_compression = off\n", {
      mode: 0o644,
    })
    await house.restart()
    await deliverAll()
    await readAll()
    await mergeAll()
    await sendEverywhere({
      house,
      outside,
      person: house.people[control],
      domain: elsewhere,
      secret: canaryText,
    })
  })
  after(async () => {
    await house?.close()
    outside?.far.stop()
    await world?.dns.stop()
    if (temporary !== undefined) await removeFolder(temporary)
  })

  test("finds no word of any mail in any file while the server runs", sweepDisk)

  test("finds no word of any mail in any row of any table", async () => {
    const sql = openDatabase(join(house.folder, "data"))
    const finds: string[] = []
    const controls: string[] = []
    let table = ""
    const scan = createScan(formsOf(canary), form => finds.push(`${form} in ${table}`))
    const look = createScan(formsOf(control), () => controls.push(table))
    try {
      for await (const page of dumpTables(sql)) {
        table = page.table
        scan(page.rows)
        look(page.rows)
      }
    } finally {
      await sql.end()
    }
    assert.ok(controls.includes("public.address"), "the sweep did not see the table of addresses")
    assert.deepEqual(finds, [])
  })

  test("finds no word of any mail in what lies compressed in the index", async () => {
    const sql = openDatabase(join(house.folder, "data"))
    const finds: string[] = []
    let octets = 0
    try {
      const pages = await sql<{ data: Buffer }[]>`
        select data from idx_page order by account_id, segment_id, kind, no`
      const streams = Buffer.concat(pages.map(({ data }) => data.subarray(0, -16)))
      for (const content of [streams, ...framesIn(streams)]) {
        octets += content.length
        createScan(formsOf(canary), form => finds.push(form))(content)
      }
    } finally {
      await sql.end()
    }
    assert.ok(octets > 40_000, `the merged index has only ${octets} bytes`)
    assert.deepEqual(finds, [])
  })

  test("finds no word of any mail in any file after the server has stopped and written all out", async () => {
    await house.server().stop()
    await sweepDisk()
  })
}

async function sweepDisk(): Promise<void> {
  const folders = [house.folder, house.server().runFolder, temporary]
  const seen = await sweepFolders(folders, control)
  for (const place of [/\/pg_wal\//, /\/base\//]) {
    assert.ok(
      seen.finds.some(find => place.test(find.file)),
      `the sweep is blind in ${place}`,
    )
  }
  const { finds, bytes, unreadable } = await sweepFolders(folders, canary)
  assert.deepEqual(unreadable, [], "the sweep could not read everything")
  assert.ok(bytes > 20_000_000, `the sweep read only ${bytes} bytes`)
  assert.deepEqual(finds, [])
}

/** Kept, kept as junk, refused by policy, refused for its recipient, broken off in the middle. */
async function deliverAll(): Promise<void> {
  const to = `${control}@house.example`
  const client = await house.smtp()
  const deliver = async (domain: string, part: string, recipient = to) =>
    client.deliver({ from: sender(domain), to: [recipient], message: mail(domain, part) })
  for (const [domain, part] of [
    ["pass.example", "kept"],
    ["wary.example", "junk"],
  ] as const) {
    const answers = await deliver(domain, part)
    assert.equal(answers.end?.code, 250, lastAnswer(answers))
  }
  const refused = await deliver("strict.example", "refused")
  assert.ok(refused.end !== undefined && refused.end.code >= 500)
  const nobody = await deliver("pass.example", "nobody", `${canaryText("nobody")}@house.example`)
  assert.equal(nobody.recipients[0]?.code, 550)
  const dropped = await house.smtp()
  await dropped.pipeline([`MAIL FROM:<${sender("pass.example")}>`, `RCPT TO:<${to}>`, "DATA"])
  await dropped.send(mail("pass.example", "dropped"))
  dropped.close()
  // a line that is no command, and one too long for any
  await client.command(canaryText("command"))
  await client.quit()
  const long = await house.smtp()
  await long.send(`${canaryText("long")} ${"x".repeat(5000)}\r\n`)
  await long.read()
  long.close()
}

/** Sessions that open the mail, and one that fails: neither may leave a word behind. */
async function readAll(): Promise<void> {
  const server = house.server()
  const person = house.people[control]
  const kept = await readRaw(server, person)
  assert.equal(kept.length, 2)
  for (const [domain, part] of [
    ["pass.example", "kept"],
    ["wary.example", "junk"],
  ] as const) {
    const message = mail(domain, part)
    assert.ok(
      kept.some(one => traceAbove(one, message) !== undefined),
      part,
    )
  }
  assert.equal((await readList(server, person)).length, 2)
  const wrong = ["read", person.address, "--password-stdin"]
  assert.notEqual((await server.cli(wrong, { stdin: "not the password\n" })).code, 0)
}

/** More than an index keeps unmerged. */
const many = 600
const mergePatience = 60_000

/** A session that lists and searches until all is found in the merged index. */
async function mergeAll(): Promise<void> {
  const { address, password } = house.people[control]
  const client = await house.smtp()
  for (let at = 0; at < many; at++) {
    const message = mail("pass.example", `many${at}`)
    const answers = await client.deliver({ from: sender("pass.example"), to: [address], message })
    assert.equal(answers.end?.code, 250, lastAnswer(answers))
  }
  await client.quit()
  const sql = openDatabase(join(house.folder, "data"))
  const imap = await ImapClient.connect(addressOf(house.server().ready, "imaps"), "tls")
  try {
    assert.equal((await imap.login(address, password)).status, "OK")
    assert.equal((await imap.command("SELECT INBOX")).status, "OK")
    const deadline = Date.now() + mergePatience
    for (let merged = 0; merged < many / 2; ) {
      assert.ok(Date.now() < deadline, "the index was not merged")
      await wait(100)
      const listed = await imap.command("FETCH 1:* (ENVELOPE BODYSTRUCTURE PREVIEW)")
      assert.ok(listed.untagged.length > many)
      const found = await imap.command(`SEARCH RETURN (COUNT) TEXT ${canary}body SUBJECT ${canary}`)
      assert.ok(found.untagged.some(({ text }) => text.endsWith(`COUNT ${many + 1}`)))
      const [row] = await sql<{ docs: number }[]>`select coalesce(sum(docs), 0)::int as docs from idx_segment`
      merged = row?.docs ?? 0
    }
    await imap.logout()
  } finally {
    imap.close()
    await sql.end()
  }
}

function sender(domain: string): string {
  return `${canaryText("from")}@${domain}`
}

/** The word in subject, sender, body, header, the name of an attachment, and inside the attachment. */
function mail(domain: string, part: string): Buffer {
  const attached = Buffer.from(`three columns; ${canaryText("attached")}; more\r\n`.repeat(200)).toString(
    "base64",
  )
  const lines = [
    `From: ${canaryText("name")} <${sender(domain)}>`,
    `To: <${control}@house.example>`,
    `Subject: about ${canaryText("subject")} ${part}`,
    "Date: Mon, 01 Jun 2026 12:00:00 +0000",
    `Message-ID: <${canaryText("id")}.${part}@${domain}>`,
    `References: <${canaryText("reference")}@${domain}>`,
    `X-Note: =?utf-8?B?${Buffer.from(canaryText("note")).toString("base64")}?=`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain; charset=utf-8",
    "",
    `Dear all, ${canaryText("body")} and good-bye. `.repeat(40),
    "--b",
    "Content-Type: application/octet-stream",
    `Content-Disposition: attachment; filename="${canaryText("file")}.bin"`,
    "Content-Transfer-Encoding: base64",
    "",
    ...(attached.match(/.{1,76}/g) ?? []),
    "--b--",
    "",
  ]
  return Buffer.from(lines.join("\r\n").replaceAll(/.{900} /g, "$&\r\n"), "latin1")
}

if (import.meta.main) describe("MAIL-8, sealed at rest", checks)
