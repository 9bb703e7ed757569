import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import fc from "fast-check"
import { type DnsServer, startDnsServer } from "../../fixtures/dns-server.ts"
import { type House, openHouse, succeeded } from "../../fixtures/house.ts"
import { ImapClient } from "../../fixtures/imap-client.ts"
import { Pop3Client } from "../../fixtures/pop3-client.ts"
import { addressOf } from "../../fixtures/server.ts"
import type { SmtpReply } from "../../fixtures/smtp-client.ts"
import { ask } from "../../server/src/cli/client.ts"
import { declaredFor } from "../../server/src/privacy/disclosing/agreement.ts"
import { ConsentError } from "../../server/src/privacy/disclosing/disclose.ts"
import { handling } from "../../server/src/privacy/disclosing/handling.ts"
import { openTestDisclosing } from "../../server/src/privacy/disclosing/test-disclosing.ts"
import { personal } from "../../server/src/privacy/index.ts"
import type { Subject } from "../../server/src/privacy/permit.ts"
import { type AccountId, asId } from "../../server/src/store/ids.ts"
import type { Mutation } from "../check-file.ts"

/**
 * SHARE-7: addresses and numbers go to others only with explicit permission. Two worlds are run side by side that
 * differ in Ada's secrets alone: her further address, her rules, what strangers write to her. All that Bob and
 * everybody outside see of either, over every door and in every question to the DNS, is the same, byte for byte. And
 * where a value is about to be told on purpose, the way out asks for the person's yes, whoever else has agreed.
 */
const onlyByYes = "an address goes to somebody outside only for one person who said yes to just that"

export const mutations: readonly Mutation[] = [
  {
    name: "a message for several names one of its recipients",
    file: "server/src/flow/trace-fields.ts",
    find: "only === undefined || others.length > 0",
    replace: "only === undefined",
    why: "each reader would see an address that another did not give them",
  },
  {
    name: "the DNS is asked about a recipient",
    file: "server/src/flow/screen-arrival.ts",
    find: "reversePath: reversePath.open(permit),",
    replace: 'reversePath: "x@" + String(envelope.recipients[0]?.address.open(permit)).replace("@", "."),',
    why: "name servers of anybody would learn who has an address here",
  },
  {
    name: "the answer to the sender names somebody's rule",
    file: "server/src/screening/decide.ts",
    find: 'if (recipient.rule === "block") return verdict("junk", blocked)',
    replace: 'if (recipient.rule === "block") return verdict("refuse", blocked)',
    why: "a sender would learn that a person here blocks them",
  },
  {
    name: "the way out does not ask for consent",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: "      await requireConsent(subject, recipient, category)\n",
    replace: "",
    why: "addresses would go to whoever has an agreement with the operator",
    noticedBy: onlyByYes,
  },
  {
    name: "addresses are taken for something that needs no permission",
    file: "server/src/privacy/disclosing/handling.ts",
    find: 'return !isOurs && category.startsWith("user.contact.")',
    replace: 'return !isOurs && category === "user.contact"',
    why: "addresses would go to whoever has an agreement with the operator",
    noticedBy: onlyByYes,
  },
  {
    name: "no answer counts as a yes",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: '!== "yes") throw new ConsentError(recipient)',
    replace: '=== "never") throw new ConsentError(recipient)',
    why: "permission would not have to be given",
    noticedBy: onlyByYes,
  },
  {
    name: "a recipient that names no choice needs no consent",
    file: "server/src/privacy/disclosing/disclose.ts",
    find: 'if (consent === undefined || subject.kind !== "account") throw new ConsentError(recipient)',
    replace: 'if (consent === undefined || subject.kind !== "account") return',
    why: "whoever forgets to name the choice would have it",
    noticedBy: onlyByYes,
  },
]

interface World {
  readonly house: House<"ada" | "bob">
  readonly dns: DnsServer
  /** Bob's, for mail programs. */
  readonly appPassword: string
}

/** What only Ada may know, and who writes to her. */
interface Secrets {
  readonly alias: string
  readonly word: string
  readonly number: string
  readonly contact: string
}

/** Rounds of secrets: a second each. Whoever has a night asks for more. */
const rounds = Number(process.env.LETTERKEEP_ROUNDS ?? 25)

let worlds: readonly World[] = []
let serial = 0

function checks(): void {
  before(async () => {
    worlds = await Promise.all([openWorld(), openWorld()])
  })
  after(async () => {
    for (const { house, dns } of worlds) {
      await house.close()
      await dns.stop()
    }
  })

  test("what Bob and everybody outside see is the same, whatever Ada's secrets are", async () => {
    const [one, other] = worlds
    assert.ok(one !== undefined && other !== undefined)
    await fc.assert(
      fc.asyncProperty(secrets, secrets, async (mine, hers) => {
        serial += 1
        const seen = await Promise.all([playThrough(one, mine, serial), playThrough(other, hers, serial)])
        for (const [at, line] of seen[0].entries()) assert.equal(line, seen[1][at])
        assert.equal(seen[0].length, seen[1].length)
        const all = seen.flat().join("\n")
        assert.ok(all.includes(`the ${serial}th for both`), "Bob did not see what was sent to both")
        for (const secret of [...Object.values(mine), ...Object.values(hers)])
          assert.ok(!all.includes(secret), "a secret was seen")
      }),
      { numRuns: rounds, endOnFailure: true },
    )
  })

  test("no agreement lets the DNS have addresses", async () => {
    const { house } = worlds[0] ?? (await openWorld())
    for (const field of ["user.contact.email", "user.contact", "user.credentials"]) {
      const answer = await house.server().cli(["recipients", "agree", "dns", "--fields", field])
      assert.notEqual(answer.code, 0, field)
    }
  })
}

function consentChecks(): void {
  test(onlyByYes, async () => {
    const someone: fc.Arbitrary<Subject> = fc.oneof(
      fc.constant<Subject>({ kind: "account", account: asId<AccountId>(7) }),
      fc.constant<Subject>({ kind: "accounts", accounts: [asId<AccountId>(7)] }),
      fc.constant<Subject>({ kind: "stranger" }),
    )
    const consent = fc.constantFrom(undefined, "sell-or-share" as const)
    await fc.assert(
      fc.asyncProperty(
        someone,
        consent,
        fc.constantFrom("yes" as const, "no" as const),
        fc.boolean(),
        async (subject, named, choice, isOurs) => {
          const outside = { ledger: "each", isOurs, consent: named } as const
          const { privacy, written } = openTestDisclosing({
            declared: recipient => declaredFor(recipient),
            handling: { ...handling, "own-door": outside },
            choice,
          })
          const told = privacy.gate("account.serve", subject, async permit => {
            const address = personal("user.contact.email", "ada@house.example")
            return (await privacy.disclose(permit, "own-door", address)).value
          })
          if (isOurs || (subject.kind === "account" && named !== undefined && choice === "yes"))
            assert.equal(await told, "ada@house.example")
          else {
            await assert.rejects(told, ConsentError)
            assert.deepEqual(written, [], "the ledger says that something left")
          }
        },
      ),
      { numRuns: 200 },
    )
  })
}

const letters = (from: number, to: number) =>
  fc.string({ unit: fc.constantFrom(..."bcdfghjkmnpqrstvwxz"), minLength: from, maxLength: to })

/** Of lengths that differ too: what leaks by its size alone would show. */
const secrets: fc.Arbitrary<Secrets> = fc.record({
  alias: letters(9, 20),
  word: letters(9, 30),
  number: fc.stringMatching(/^\+49[1-9]\d{8,10}$/),
  contact: letters(9, 20).map(local => `${local}@contacts.example`),
})

async function openWorld(): Promise<World> {
  const dns = await startDnsServer({})
  const house = await openHouse(["ada", "bob"], { config: { dns: { resolver: dns.address } } })
  const { address, password } = house.people.bob
  const added = succeeded(
    await house.server().cli(["app-password", "add", address, "--json"], { stdin: `${password}\n` }),
  )
  const until = new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString()
  succeeded(await house.server().cli(["staff", "agree", "Rita", "--until", until]))
  return { house, dns, appPassword: (added.json as { secret: string }).secret }
}

/** What Bob and others see of one round, in a form in which equal things are equal. */
async function playThrough(world: World, secret: Secrets, round: number): Promise<readonly string[]> {
  const { house, dns } = world
  const asked = dns.asked.length
  const ada = house.people.ada.address
  const alias = `${secret.alias}@house.example`
  // What belongs to Ada alone.
  await command(house, "alias.add", { alias, address: ada })
  await command(house, "rule.add", { address: ada, action: "allow", pattern: secret.contact })
  await command(house, "rule.add", { address: ada, action: "block", pattern: `x@blocked${round}.example` })
  const toAda = `From: x@friends${round}.example\r\nTo: ${alias}\r\nSubject: ${secret.word}\r\n\r\ncall ${secret.number}, or write to ${secret.contact}\r\n`
  const seen: string[] = []
  seen.push(...(await deliver(house, `x@friends${round}.example`, [alias], toAda)))
  // What both get, from somebody whom both want and from somebody whom Ada does not.
  for (const from of [`x@both${round}.example`, `x@blocked${round}.example`]) {
    const message = `From: ${from}\r\nTo: undisclosed-recipients:;\r\nSubject: both\r\nMessage-ID: <${round}@both.example>\r\nDate: Thu, 26 Nov 2026 00:00:00 +0000\r\n\r\nthe ${round}th for both\r\n`
    seen.push(...(await deliver(house, from, [alias, house.people.bob.address], message)))
  }
  seen.push(...(await probe(house, round)))
  seen.push(...(await overImap(world)), ...(await overPop3(world)))
  seen.push(...(await pages(house)))
  // A question that two checks have may be asked once or twice: what is asked counts.
  seen.push(...[...new Set(dns.asked.slice(asked))].sort())
  return seen.map(alike)
}

/** By the control door itself: a process for each command would take most of a round's time. */
async function command(house: House<string>, name: string, given: Record<string, string>): Promise<void> {
  const sink = { progress: () => undefined, bytes: async () => undefined }
  const why = { reason: "the person asked for it by phone", by: "Rita" }
  const wish = { command: name, arguments: { ...given, ...why } }
  const answer = await ask(house.server().dataFolder, wish, sink)
  assert.equal(answer.kind, "done", JSON.stringify(answer))
}

async function deliver(house: House<string>, from: string, to: readonly string[], message: string) {
  const client = await house.smtp()
  const answers = await client.deliver({ from, to, message: Buffer.from(message) })
  await client.quit()
  assert.equal(answers.end?.code, 250, "a message that both worlds should take was not taken")
  const { mail, recipients, end } = answers
  return [mail, ...recipients, end].flatMap(reply => (reply === undefined ? [] : [spoken(reply)]))
}

/** What a stranger tries who wants to know who is here. */
async function probe(house: House<string>, round: number): Promise<readonly string[]> {
  const client = await house.smtp()
  const said: string[] = []
  for (const line of [
    "VRFY ada",
    "VRFY ada@house.example",
    "EXPN ada",
    "HELP",
    `MAIL FROM:<x@probe${round}.example>`,
    "RCPT TO:<ada@house.example>",
    "RCPT TO:<nobody@house.example>",
    "RCPT TO:<ada@elsewhere.example>",
    "RSET",
  ])
    said.push(`${line} ${spoken(await client.command(line))}`)
  await client.quit()
  return said
}

function spoken({ code, lines }: SmtpReply): string {
  return `${code} ${lines.join("|")}`
}

async function overImap({ house, appPassword }: World): Promise<readonly string[]> {
  const client = await ImapClient.connect(addressOf(house.server().ready, "imaps"), "tls")
  assert.equal((await client.login(house.people.bob.address, appPassword)).status, "OK")
  const said: string[] = []
  for (const command of [
    'LIST "" "*"',
    "NAMESPACE",
    "STATUS INBOX (MESSAGES UIDNEXT UNSEEN SIZE)",
    "SELECT Junk",
    "SELECT INBOX",
    "UID FETCH 1:* (UID FLAGS RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[])",
    "UID SEARCH TEXT house.example",
    "UID SEARCH TEXT contacts.example",
  ]) {
    const { status, text, untagged } = await client.command(command)
    said.push(`${command}: ${status} ${text}`)
    for (const response of untagged)
      said.push(response.text, ...response.literals.map(literal => literal.toString("latin1")))
  }
  await client.logout()
  return said
}

async function overPop3({ house, appPassword }: World): Promise<readonly string[]> {
  const client = await Pop3Client.connect(addressOf(house.server().ready, "pop3s"), "tls")
  const said = [(await client.login(house.people.bob.address, appPassword)).text]
  said.push((await client.command("STAT")).text, ...(await client.lines("LIST")))
  await client.command("QUIT")
  return said
}

async function pages(house: House<string>): Promise<readonly string[]> {
  const { host, port } = addressOf(house.server().ready, "http")
  const said: string[] = []
  for (const path of ["privacy", "privacy/record.json", "privacy/versions", "healthz", "readyz", "setup"]) {
    const answer = await fetch(`http://${host}:${port}/${path}`)
    said.push(`${path} ${answer.status} ${await answer.text()}`)
  }
  return said
}

/** Takes away what is another in every run: times, and names made by chance or counted from the clock. */
function alike(text: string): string {
  return (
    text
      .replace(/\b[0-9a-f]{24}\b/g, "ID")
      .replace(/\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000/g, "DATE")
      .replace(/UIDVALIDITY \d+/g, "UIDVALIDITY")
      .replace(/MAILBOXID \([^)]*\)/g, "MAILBOXID")
      .replace(/127\.0\.0\.1:\d+/g, "DOOR")
      .replace(/datetime="[^"]*"/g, "WHEN")
      // what the last run of the checks found, whoever runs them meanwhile
      .replace(/<p class="proof [\s\S]*?<\/p>/g, "")
  )
}

if (import.meta.main) {
  describe("SHARE-7, addresses stay with whom they were given to", checks)
  describe("SHARE-7, what takes a person's yes", consentChecks)
}
