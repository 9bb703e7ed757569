import assert from "node:assert/strict"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { openDatabase } from "../../fixtures/database.ts"
import { type House, houseDomain, type Person, readRaw, succeeded } from "../../fixtures/house.ts"
import { ImapClient } from "../../fixtures/imap-client.ts"
import { addressOf } from "../../fixtures/server.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"
import { submit } from "../../fixtures/submission.ts"
import { columnsOf, type LiveColumn, strangeSchemas, sweepColumns } from "./live-columns.ts"
import { readClearListPage } from "./page.ts"

/** The name of the one whose life in the house is looked at; it is also what lies in the clear of an address. */
export const witness = "sichtbareada4711"

/**
 * What the page says lies in the clear, each a word that is nowhere else: the columns that hold it are of its
 * category and say "clear".
 */
const clear = {
  address: { word: witness, category: "user.contact.email", seenIn: "address.address" },
  alias: { word: "Zweitname4712Ada", category: "user.contact.email", seenIn: "address.address" },
  organisation: { word: "Verein4713Sichtbar", category: "user.organisation", seenIn: "org.name" },
  domain: { word: "domaene4714sichtbar", category: "user.organisation", seenIn: "domain.domain" },
  keyword: {
    word: "Schlagwort4715Frei",
    category: "user.communications.metadata",
    seenIn: "email.keywords",
  },
  staff: { word: "Helferin4716Rita", category: "user.staff", seenIn: "staff_agreement.name" },
} as const

/** What may lie nowhere in the clear, whatever the column. */
const hidden = {
  subject: "Betreff5711Verborgen",
  text: "Brieftext5712Verborgen",
  "sender's address": "absender5713verborgen",
  "sender's name": "Name5714Verborgen",
  "name of an attachment": "Anhang5715Verborgen",
  "message id": "kennung5716verborgen",
  HELO: "rechner5717verborgen",
  "name of a mailbox": "Ordner5718Verborgen",
  "name of a mailbox that went": "Ordner5719Verborgen",
  "label of an app password": "Programm5720Verborgen",
  "address of a rule": "feind5721verborgen",
  password: "Kennwort5722Verborgen",
  "reason of a look": "Anlass5723Verborgen",
  recipient: "empfaenger5724verborgen",
  "recipient's domain": "anderswo5725verborgen",
  "text that is sent": "Ausgang5726Verborgen",
  "words of a far side": "Antwort5727Verborgen",
} as const

/** A domain that mail is sent to, and what the server there says: `startMailOutside` wants both. */
export const sentTo = { domain: `${hidden["recipient's domain"]}.test`, words: hidden["words of a far side"] }

/** Lives a little: mail comes, is read, marked, filed; mail is sent; settings are made; an administrator looks. */
export async function live(house: House<string>, person: Person): Promise<Person> {
  const cli = async (args: readonly string[], ...lines: readonly string[]) =>
    succeeded(await house.server().cli(args, { stdin: lines.map(line => `${line}\n`).join("") }))
  const { address } = person
  const [by, until] = [clear.staff.word, new Date(Date.now() + 86_400_000).toISOString()]
  await cli(["staff", "agree", by, "--until", until])
  const looking = ["--by", by, "--reason", `she asked about ${hidden["reason of a look"]}`]
  await cli(["org", "add", clear.organisation.word])
  await cli(["domain", "add", `${clear.domain.word}.example`, "--org", clear.organisation.word])
  await cli(["alias", "add", `${clear.alias.word}@${houseDomain}`, address, ...looking])
  const changed = { ...person, password: `${hidden.password} und mehr` }
  await cli(["account", "password", address], person.password, changed.password)
  await cli(["app-password", "add", address, "--label", hidden["label of an app password"]], changed.password)
  await cli(["rule", "add", address, "block", `${hidden["address of a rule"]}@far.example`, ...looking])
  await cli(["account", "show", address, ...looking])
  await deliver(house, address)
  const read = await readRaw(house.server(), changed)
  assert.ok(
    read.some(message => message.includes(hidden.text)),
    "the mail did not come",
  )
  await file(house, changed)
  await send(house, changed)
  return changed
}

/** One is handed over, one waits, one is refused, of which a letter tells. */
async function send(house: House<string>, person: Person): Promise<void> {
  const to = ["", "later", "gone"].map(name => `${name}${hidden.recipient}@${sentTo.domain}`)
  const message = [
    `From: <${person.address}>`,
    `To: <${to[0]}>`,
    `Subject: about ${hidden["text that is sent"]}`,
    "",
    `Dear friend, ${hidden["text that is sent"]} and good-bye.`,
    "",
  ].join("\r\n")
  await submit(house.server(), person, to, Buffer.from(message))
  for (const deadline = Date.now() + 30_000; ; await wait(200)) {
    const counts = succeeded(await house.server().cli(["queue", "--json"])).json as { later: number }
    const isTold = (await readRaw(house.server(), person)).some(one => one.includes("multipart/report"))
    if (counts.later === 1 && isTold) return
    assert.ok(Date.now() < deadline, "the mail does not go out")
  }
}

async function deliver(house: House<string>, to: string): Promise<void> {
  const from = `${hidden["sender's address"]}@far.example`
  const message = [
    `From: ${hidden["sender's name"]} <${from}>`,
    `To: <${to}>`,
    `Subject: about ${hidden.subject}`,
    `Message-ID: <${hidden["message id"]}@far.example>`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "",
    `Dear Ada, ${hidden.text} and good-bye.`,
    "--b",
    "Content-Type: text/plain",
    `Content-Disposition: attachment; filename="${hidden["name of an attachment"]}.txt"`,
    "",
    "attached",
    "--b--",
    "",
  ].join("\r\n")
  const client = await house.smtp()
  await client.command(`EHLO ${hidden.HELO}.example`)
  const answers = await client.deliver({ from, to: [to], message: Buffer.from(message) })
  assert.equal(answers.end?.code, 250, lastAnswer(answers))
  await client.quit()
}

async function file(house: House<string>, { address, password }: Person): Promise<void> {
  const imap = await ImapClient.connect(addressOf(house.server().ready, "imaps"), "tls")
  const gone = hidden["name of a mailbox that went"]
  try {
    assert.equal((await imap.login(address, password)).status, "OK")
    for (const line of [
      `CREATE ${hidden["name of a mailbox"]}`,
      `CREATE ${gone}`,
      `SUBSCRIBE ${gone}`,
      `DELETE ${gone}`,
      "SELECT INBOX",
      "FETCH 1:* (ENVELOPE BODYSTRUCTURE PREVIEW)",
      `SEARCH TEXT ${hidden.text}`,
      `STORE 1:* +FLAGS (\\Seen ${clear.keyword.word})`,
      `COPY 1 ${hidden["name of a mailbox"]}`,
    ])
      assert.equal((await imap.command(line)).status, "OK", line)
    await imap.logout()
  } finally {
    imap.close()
  }
}

/** The schema of the running server and the handbook's page name the same columns in the same forms. */
export async function comparePage(house: House<string>): Promise<void> {
  const { columns, strange } = await withDatabase(house, async sql => ({
    columns: await columnsOf(sql),
    strange: await strangeSchemas(sql),
  }))
  assert.deepEqual(strange, [], "tables lie outside of the list")
  assert.ok(columns.length > 100, `the schema has only ${columns.length} columns`)
  const said = await readClearListPage()
  const found = columns.map(each => `${placeOf(each)}: ${each.tag?.form ?? "of no known form"}`)
  const differing = {
    "on the page alone": said.filter(line => !found.includes(line)),
    "in the database alone": found.filter(line => !said.includes(line)),
  }
  assert.deepEqual(differing, { "on the page alone": [], "in the database alone": [] })
  assert.equal(said.length, found.length, "the page names a column twice")
  // A hash of 16 octets may stand in a uuid, which holds no word.
  const wide = columns.filter(
    ({ type, tag }) =>
      tag?.form !== "clear" && type !== "bytea" && !(tag?.form === "hashed" && type === "uuid"),
  )
  assert.deepEqual(wide.map(placeOf), [], "only bytes can be sealed or hashed")
}

/** Each word lies where the tags say, and nowhere else. */
export async function compareBytes(house: House<string>): Promise<void> {
  const { columns, finds } = await withDatabase(house, async sql => {
    const columns = await columnsOf(sql)
    const open = Object.fromEntries(Object.entries(clear).map(([name, { word }]) => [name, word]))
    return { columns, finds: await sweepColumns(sql, columns, { ...open, ...hidden }) }
  })
  for (const [name, { category, seenIn }] of Object.entries(clear)) {
    const places = finds.filter(find => find.word === name).map(find => find.place)
    assert.ok(places.includes(seenIn), `the sweep did not see the ${name} in ${seenIn}`)
    for (const place of places) {
      const tag = columns.find(each => placeOf(each) === place)?.tag
      assert.deepEqual(tag, { category, form: "clear" }, `the ${name} lies in ${place}`)
    }
  }
  const leaks = finds.filter(find => Object.hasOwn(hidden, find.word))
  assert.deepEqual(leaks, [], "what no tag calls clear lies in the clear")
}

const placeOf = ({ table, column }: LiveColumn): string => `${table}.${column}`

async function withDatabase<T>(
  house: House<string>,
  work: (sql: ReturnType<typeof openDatabase>) => Promise<T>,
): Promise<T> {
  const sql = openDatabase(join(house.folder, "data"))
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}
