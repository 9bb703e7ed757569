import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import { after, before, describe, test } from "node:test"
import { type DatabaseDoor, withDatabase } from "../../fixtures/database.ts"
import { type DnsServer, startDnsServer } from "../../fixtures/dns-server.ts"
import { type House, openHouse, readRaw, succeeded } from "../../fixtures/house.ts"
import { type MailOutside, startMailOutside } from "../../fixtures/mail-outside.ts"
import type { CliResult } from "../../fixtures/server.ts"
import { lastAnswer } from "../../fixtures/smtp-client.ts"
import type { Mutation } from "../check-file.ts"
import { compareBytes, comparePage, live, sentTo, witness } from "../clear-list/trial.ts"
import { breakIn, takeLoot } from "../thief.ts"

/**
 * SEC-2: messages open to the account's own sign-in alone. Every other way is tried: another password, another
 * account, the administrator's commands, the database and the key file in a thief's hands, rows swapped by somebody
 * who can write into the database, an administrator's reset. And what docs/what-lies-in-the-clear.md says is compared
 * with a running server, its schema and its bytes.
 */
export const mutations: readonly Mutation[] = [
  {
    name: "any password opens a session",
    file: "server/src/people/kdf.ts",
    find: "await argon.hash(password, kdf)",
    replace: 'await argon.hash("", kdf)',
    why: "whoever knows an address would read its mail",
  },
  {
    name: "the wrap's key is made without the password",
    file: "server/src/people/kdf.ts",
    find: 'hkdfSync("sha256", root, bytes, "letterkeep wrap 1", 32)',
    replace: 'hkdfSync("sha256", "", bytes, "letterkeep wrap 1", 32)',
    why: "sign-in would ask for the password, and a thief would not need it",
  },
  {
    name: "an app password's wrap key is made of what SCRAM keeps",
    file: "server/src/people/kdf.ts",
    find: "const wrapKey = wrapKeyOf(clientKey, kdf)",
    replace: "const wrapKey = wrapKeyOf(verify.subarray(0, 32), kdf)",
    why: "database and key file would open the mail of whoever has an app password",
  },
  {
    name: "seal keys are the server's",
    file: "server/src/vaults/seal-keys.ts",
    find: "const raw = chance.bytes(AES_KEY_BYTES)",
    replace: 'const raw = keyring.serverKey("seal-key").export()',
    why: "the operator's key file would open every message",
  },
  {
    name: "the vault's private key is made of the server's key",
    file: "server/src/vaults/vault-keys.ts",
    find: "const privateKey = chance.bytes(KEY_BYTES)",
    replace: 'const privateKey = keyring.serverKey("vault").export()',
    why: "the operator could open every vault",
  },
  {
    name: "a vault's public key is taken as it is found",
    file: "server/src/vaults/vault-keys.ts",
    find: "if (right.length === mac.length && timingSafeEqual(right, mac)) return",
    replace: "if (right.length === mac.length) return",
    why: "whoever can write into the database could have mail sealed to himself",
  },
  {
    name: "the names of mailboxes are kept as they are",
    file: "server/src/messages/mailbox-tree/mailbox-names.ts",
    find: "seal: (id, name) => vaults",
    replace: "seal: (_, name) => Buffer.from(name),\n    sealBefore: (id: MailboxId, name: string) => vaults",
    also: [
      {
        file: "server/src/messages/mailbox-tree/mailbox-names.ts",
        find: "const name = vaults.",
        replace: "const name = sealed.length < 29 ? sealed.toString() : vaults.",
      },
    ],
    why: "the list would call sealed what anybody reads who has the database",
  },
  {
    name: "rules are kept as they were typed",
    file: "server/src/people/sender-rules.ts",
    find: 'Buffer.from(pattern.text, "utf8"),\n        )',
    replace: 'Buffer.from(pattern.text, "utf8"),\n        ).then(() => Buffer.from(pattern.text, "utf8"))',
    why: "whom a person knows and fears would lie in the clear",
  },
  {
    name: "a reason is kept in the clear",
    file: "server/src/privacy/ledger/record.ts",
    find: 'const sealed = await parts.vaults.sealToVault(tx, subject, "ledger-event", hash.toString("hex"), plain)',
    replace: "const sealed = plain",
    why: "whoever has the database would read what staff did on whose account",
  },
  {
    name: "what others' servers answer is kept as it came",
    file: "server/src/vaults/seal.ts",
    find: "return sealPartsUnder(key.key, boundTo(what), plain, chance)",
    replace:
      'return what.kind === "queued-answer"\n    ? [Buffer.alloc(12), Buffer.from(plain), Buffer.alloc(16)]\n' +
      "    : sealPartsUnder(key.key, boundTo(what), plain, chance)",
    why: "they name those whom mail is for",
  },
  {
    name: "a tag calls sealed what lies in the clear",
    file: "server/src/store/migrations/0009-forms-of-columns.sql",
    find: "-- A migration has at least one statement.",
    replace:
      "--: column email.keywords is user.communications.metadata | account | while the message lives | row | sealed to the person",
    why: "people would trust a list that lies",
  },
  {
    name: "a column is there of which the list says nothing",
    file: "server/src/store/migrations/0009-forms-of-columns.sql",
    find: "select 1;",
    replace: "alter table email add column note text;",
    why: "what the list does not name would be kept in silence",
  },
]

const secret = "Nx4VerschlosseneTruhe8"

let house: House<"ada" | "bob" | typeof witness>
let outside: MailOutside
let dns: DnsServer
/** One of ada's, for IMAP. */
let appPassword = ""

function checks(): void {
  before(async () => {
    outside = await startMailOutside([sentTo.domain], sentTo.words)
    dns = await startDnsServer(outside.zone)
    house = await openHouse(["ada", "bob", witness], {
      config: { ...outside.config, dns: { resolver: dns.address } },
    })
    appPassword = await addAppPassword()
    await deliver("ada", secret)
    await deliver("bob", "nothing to hide")
    await live(house, house.people[witness])
  })
  after(async () => {
    await house?.close()
    await dns?.stop()
    outside?.far.stop()
  })

  test("opens to the account's own password", async () => {
    assert.ok(holds(await readRaw(house.server(), house.people.ada), secret))
  })

  test("does not open to no password, a wrong one, another account's, or the recovery code in its place", async () => {
    const { ada, bob } = house.people
    for (const stdin of ["", "\n", "wrong\n", `${bob.password}\n`, `${ada.recoveryCode}\n`]) {
      for (const form of ["--raw", "--json"]) {
        shut(await house.server().cli(["read", ada.address, "--password-stdin", form], { stdin }))
      }
    }
    shut(await house.server().cli(["read", ada.address, "--raw"]))
    const own = await readRaw(house.server(), bob)
    assert.ok(own.length === 1 && !holds(own, secret))
  })

  test("shows nothing of a message to the administrator's commands, nor in the log", async () => {
    for (const args of [["status"], ["status", "--json"], ["doctor"], ["doctor", "--json"]]) {
      const { stdout, stderr } = await house.server().cli(args)
      assert.ok(stdout.length > 0 && !`${stdout}${stderr}`.includes(secret), args.join(" "))
    }
    assert.ok(!(await house.server().log()).includes(secret))
  })

  test("does not open to a thief who has the database and the key file, and opens to him with the password", async () => {
    const loot = await withDatabase(house.server().dataFolder, sql => takeLoot(house.folder, sql))
    const without = await breakIn(loot)
    assert.ok(
      without.epochLayers >= 4,
      "the thief did not even come through the outer layer that he has keys to",
    )
    assert.ok(!holds(without.opened, secret), "the message opened without the password")
    assert.ok(without.scramKeys >= 2, "the thief did not find what SCRAM keeps of an app password")
    for (const password of [house.people.ada.password, appPassword]) {
      const withIt = await breakIn(loot, password)
      assert.ok(holds(withIt.opened, secret), "with the password the same way has to lead to the message")
    }
  })

  test("does not open to another's password when his rows are put in the place of the owner's", async () => {
    await withDatabase(house.server().dataFolder, async sql => {
      const saved = await sql`select * from wrap`
      const [ada, bob] = [await idOf(sql, "ada"), await idOf(sql, "bob")]
      const credentials = await sql`select * from credential`
      await sql`update credential a set kdf = b.kdf, verify = b.verify from credential b
        where a.account_id = ${ada} and b.account_id = ${bob} and a.kind = b.kind`
      await sql`update wrap a set data = b.data, epoch = b.epoch from wrap b
        where a.account_id = ${ada} and b.account_id = ${bob} and a.holder_kind = b.holder_kind`
      const args = ["read", house.people.ada.address, "--password-stdin", "--raw"]
      shut(await house.server().cli(args, { stdin: `${house.people.bob.password}\n` }))
      for (const row of credentials) {
        await sql`update credential set kdf = ${row.kdf}, verify = ${row.verify}
          where account_id = ${row.account_id} and credential_id = ${row.credential_id}`
      }
      for (const row of saved) {
        await sql`update wrap set data = ${row.data}, epoch = ${row.epoch} where account_id = ${row.account_id}
          and generation = ${row.generation} and holder_kind = ${row.holder_kind} and holder_id = ${row.holder_id}`
      }
    })
    assert.ok(holds(await readRaw(house.server(), house.people.ada), secret))
  })

  test("takes no mail in rather than seal it to a key that somebody put into the database", async () => {
    const { publicKey } = generateKeyPairSync("x25519")
    const planted = publicKey.export({ type: "spki", format: "der" }).subarray(-32)
    const put = (key: Buffer) =>
      withDatabase(house.server().dataFolder, async sql => {
        const ada = await idOf(sql, "ada")
        const [before] = await sql<
          { key: Buffer }[]
        >`select public_key as key from vault where account_id = ${ada}`
        await sql`update vault set public_key = ${key} where account_id = ${ada}`
        assert.ok(before !== undefined)
        return before.key
      })
    const own = await put(planted)
    // a new process has no key of today yet, and looks
    await house.restart()
    await assert.rejects(deliver("ada", "for whom is this sealed"), /answered [45]\d\d/)
    await put(own)
    await deliver("ada", "and this one is for ada")
    assert.ok(holds(await readRaw(house.server(), house.people.ada), "and this one is for ada"))
  })

  test("has the columns and forms of the handbook's list, no more and no fewer", () => comparePage(house))

  test("keeps each thing where the list says: what it does not call clear lies nowhere in the clear", () =>
    compareBytes(house))

  test("keeps old mail shut after an administrator's reset, until the recovery code opens it", async () => {
    const { ada } = house.people
    const set = { ...ada, password: "a different lake by day 71" }
    const reset = await house
      .server()
      .cli(["account", "reset", ada.address, "--reason", "lost it, came with her passport"], {
        stdin: `${set.password}\n`,
      })
    succeeded(reset)
    const args = ["read", ada.address, "--password-stdin", "--raw"]
    shut(await house.server().cli(args, { stdin: `${ada.password}\n` }))
    shut(await house.server().cli(args, { stdin: `${set.password}\n` }))
    await deliver("ada", "after the reset")
    const fresh = await house.server().cli(args, { stdin: `${set.password}\n` })
    assert.ok(fresh.stdout.includes("after the reset") && !fresh.stdout.includes(secret))
    const stdin = `${ada.recoveryCode}\n${set.password}\n`
    succeeded(await house.server().cli(["account", "recover", ada.address], { stdin }))
    const all = await readRaw(house.server(), set)
    assert.ok(holds(all, secret) && holds(all, "after the reset"))
  })
}

async function idOf(sql: DatabaseDoor, name: "ada" | "bob"): Promise<number> {
  const [row] = await sql`select account_id as id from address where address = ${house.people[name].address}`
  return Number(row?.id)
}

async function addAppPassword(): Promise<string> {
  const { address, password } = house.people.ada
  const args = ["app-password", "add", address, "--protocols", "imap", "--json"]
  const added = succeeded(await house.server().cli(args, { stdin: `${password}\n` })).json
  const { secret: shown } = added as { secret?: unknown }
  assert.ok(typeof shown === "string", "app-password add shows the secret")
  return shown
}

async function deliver(name: "ada" | "bob", words: string): Promise<void> {
  const to = house.people[name].address
  const message = Buffer.from(
    `From: <x@far.example>\r\nTo: <${to}>\r\nSubject: s ${words}\r\n\r\n${words}\r\n`,
  )
  const client = await house.smtp()
  const answers = await client.deliver({ from: "x@far.example", to: [to], message })
  client.close()
  if (answers.end?.code !== 250) throw new Error(`answered ${lastAnswer(answers)}`)
}

/** The command may end as it likes; it must not have shown the message. */
function shut(result: CliResult): void {
  assert.ok(!result.stdout.includes(secret) && !result.stderr.includes(secret), "the message was shown")
}

function holds(messages: readonly Buffer[], words: string): boolean {
  return messages.some(message => message.includes(words))
}

if (import.meta.main) describe("SEC-2, only your sign-in opens your messages", checks)
