import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { createDkimVerifier, splitFields } from "@letterkeep/dkim"
import { createTableResolver } from "@letterkeep/dns"
import { type DnsServer, startDnsServer, type Zone } from "../../fixtures/dns-server.ts"
import { type House, houseDomain, openHouse, readRaw, succeeded } from "../../fixtures/house.ts"
import { addressOf } from "../../fixtures/server.ts"
import { SmtpClient } from "../../fixtures/smtp-client.ts"
import { selfSignedFor } from "../../server/src/ports/network/test-certificates.ts"
import {
  type FarSide,
  type Script,
  startFarSide,
  type TakenMail,
} from "../../server/src/sending/hand-over/fixtures/far-side.ts"
import type { Mutation } from "../check-file.ts"
import { safeConnectionChecks, safeConnectionMutations } from "../safe-connections.ts"

/**
 * MAIL-2: mail goes out for those who signed in, under their own addresses: signed, by TLS where the far side has it,
 * tried again where it was put off, told of where it failed; and a 250 means that it goes out, whoever is killed after it.
 * What MTA-STS and DANE ask for is tried beside it, on the same code.
 */
const onlyOwn = "takes mail of those alone who have signed in, under addresses of theirs"
const asWritten = "hands a message over once, as it was written, by TLS, signed with both keys"
const putOff = "what is put off waits, with how much waits in plain sight, and arrives at the next try"
const refusedTold =
  "what is refused for good leaves the queue, and its writer hears why, in the far side's words"
const survives = "what was answered with 250 arrives though the server is killed at once"
const inHand =
  "what a killed server had in hand arrives soon after it is back, with nobody's help, and not when its leases end"
const story =
  "its writer, and nobody else, can see what became of a message: who took it, when, under which TLS"
const blind = "Bcc is told to nobody, and lies in the writer's own copy"

export const mutations: readonly Mutation[] = [
  {
    name: "anybody's address may be used",
    file: "server/src/flow/send.ts",
    find: 'return { kind: "not-yours" }',
    replace: 'return { kind: "yours" }',
    why: "people could write in one another's name",
    noticedBy: onlyOwn,
  },
  {
    name: "anybody may stand in From",
    file: "server/src/flow/send.ts",
    find: "if (!(await isTheirs(parts, account, author, permit)))",
    replace: "if (author === '')",
    why: "readers see From, and nothing else",
    noticedBy: onlyOwn,
  },
  {
    name: "nothing is signed",
    file: "server/src/open-sending.ts",
    find: 'signedBy === undefined ? "" :',
    replace: 'signedBy !== "" ? "" :',
    why: "others could not tell the mail from what is forged",
    noticedBy: asWritten,
  },
  {
    name: "what was handed over stays in the queue",
    file: "server/src/sending/queue/settle.ts",
    find: 'kind === "handed-over" ? ANY_LEASE : claimed.lease',
    replace: 'kind === "handed-over" ? claimed.lease + 1 : claimed.lease',
    why: "those it is for would get it again and again",
    noticedBy: asWritten,
  },
  {
    name: "a failure is told to nobody",
    file: "server/src/sending/delivering/course-of.ts",
    find: 'if (mail.kind !== "submitted") return undefined',
    replace: "return undefined",
    why: "people would think that their mail arrived",
    noticedBy: refusedTold,
  },
  {
    name: "what is put off is given up",
    file: "server/src/sending/schedule.ts",
    find: "if (left <= 0) return",
    replace: "if (left > 0) return",
    why: "a server that is busy for a minute would lose mail",
    noticedBy: putOff,
  },
  {
    name: "what became of it is not written down",
    file: "server/src/sending/delivering/settler.ts",
    find: "recorder.event(tables, mail.account, mail.mail, now, event)",
    replace: "void event",
    why: "nobody could see where their mail is",
    noticedBy: story,
  },
  {
    name: "250 before the commit",
    file: "server/src/flow/send.ts",
    find: "await parts.keep.keep([copy, ...deliveries], alongsideOf(parts, envelope, queued, alongside))",
    replace:
      "void wait(3_000).then(() => parts.keep.keep([copy, ...deliveries], alongsideOf(parts, envelope, queued, alongside)))",
    also: [
      {
        file: "server/src/flow/send.ts",
        find: 'import { scanMessage } from "@letterkeep/mime"',
        replace:
          'import { setTimeout as wait } from "node:timers/promises"\nimport { scanMessage } from "@letterkeep/mime"',
      },
    ],
    why: "a kill between the answer and the commit would lose the message",
    noticedBy: survives,
  },
  {
    name: "nobody misses who died with mail in hand",
    file: "server/src/sending/queue/presence.ts",
    find: "if (silent.ticks >= SILENT_TICKS) count += await takeOver(tx, silent)",
    replace: "if (silent.ticks < 0) count += await takeOver(tx, silent)",
    why: "after a crash people's mail would lie there for minutes",
    noticedBy: inHand,
  },
  {
    name: "who has mail in hand is not written down",
    file: "server/src/sending/queue/claim.ts",
    find: "if (taken.rows.length > 0) await presence.takes(tx)",
    replace: "if (taken.rows.length < 0) await presence.takes(tx)",
    also: [
      {
        file: "server/src/sending/queue/presence.ts",
        find: "if (stays) await beat(tx)",
        replace: "if (stays && lastBeat < 0) await beat(tx)",
      },
    ],
    why: "after a crash people's mail would lie there for minutes",
    noticedBy: inHand,
  },
  {
    name: "Bcc goes along",
    file: "server/src/flow/compose.ts",
    find: 'new Set(["bcc", "resent-bcc", "return-path"])',
    replace: 'new Set(["resent-bcc", "return-path"])',
    why: "whom somebody wrote to in secret would be told to all",
    noticedBy: blind,
  },
  ...safeConnectionMutations,
]

const secure = selfSignedFor("mx.far.test").context
let house: House<"anna" | "ben">
let dns: DnsServer
let far: FarSide

const zone = (more: Zone = {}): Zone => ({
  "far.test": { MX: [{ preference: 10, exchange: "mx.far.test" }] },
  "mx.far.test": { A: ["127.0.0.1"] },
  ...more,
})

/** Signed in as Anna, greeted. */
async function anna(): Promise<SmtpClient> {
  const client = await SmtpClient.connect(addressOf(house.server().ready, "submissions"), "tls")
  assert.equal((await client.command("EHLO laptop")).code, 250)
  const { address, password } = house.people.anna
  const proof = Buffer.from(`\0${address}\0${password}`).toString("base64")
  assert.equal((await client.command(`AUTH PLAIN ${proof}`)).code, 235)
  return client
}

const letter = (subject: string, more = ""): Buffer =>
  Buffer.from(
    `From: Anna <anna@${houseDomain}>\r\nTo: carla@far.test\r\nSubject: ${subject}\r\n${more}\r\nGood day, ${subject}.\r\n`,
  )

async function send(to: readonly string[], message: Buffer): Promise<void> {
  const client = await anna()
  const answer = await client.deliver({ from: `anna@${houseDomain}`, to, message })
  assert.equal(answer.end?.code, 250, JSON.stringify(answer))
  client.close()
}

async function until<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const found = await find()
    if (found !== undefined) return found
    if (tries === 300) assert.fail(what)
    await wait(100)
  }
}

const taken = (subject: string): Promise<TakenMail> =>
  until(`the far side has no mail about ${subject}`, () =>
    far.mails.find(mail => mail.text.includes(`Subject: ${subject}\r\n`)),
  )

/** Messages in the queue, as everybody may know who runs the server. */
async function queued(): Promise<number> {
  return (succeeded(await house.server().cli(["queue", "--json"])).json as { mails: number }).mails
}

const isEmpty = (): Promise<true> =>
  until("the queue does not get empty", async () => {
    return (await queued()) === 0 ? true : undefined
  })

const inbox = async (): Promise<readonly string[]> =>
  (await readRaw(house.server(), house.people.anna)).map(each => each.toString("latin1"))

function checks(): void {
  safeConnectionChecks()
  before(async () => {
    far = await startFarSide({ tls: secure })
    dns = await startDnsServer(zone())
    house = await openHouse(["anna", "ben"], {
      config: {
        smtp: { hostname: `mx.${houseDomain}` },
        dns: { resolver: [dns.address] },
        sending: { port: far.port },
      },
    })
  })
  after(async () => {
    await house?.close()
    await dns?.stop()
    far?.stop()
  })

  test(onlyOwn, async () => {
    const stranger = await SmtpClient.connect(addressOf(house.server().ready, "submissions"), "tls")
    await stranger.command("EHLO laptop")
    assert.equal((await stranger.command(`MAIL FROM:<anna@${houseDomain}>`)).code, 530)
    stranger.close()
    const client = await anna()
    for (const other of [`ben@${houseDomain}`, "carla@far.test"])
      assert.equal((await client.command(`MAIL FROM:<${other}>`)).code, 553, other)
    const forged = letter("forged").toString().replace("anna@", "ben@")
    const answer = await client.deliver({
      from: `anna@${houseDomain}`,
      to: ["carla@far.test"],
      message: Buffer.from(forged),
    })
    assert.equal(answer.end?.code, 550)
    client.close()
    assert.equal(await queued(), 0)
  })

  test(asWritten, async () => {
    const listed = succeeded(await house.server().cli(["dkim", "list", houseDomain, "--json"])).json as {
      keys: readonly { readonly name: string; readonly record: string }[]
    }
    const records = listed.keys.map(
      ({ name, record }) => [name.replace(/\.$/, ""), { TXT: [record] }] as const,
    )
    assert.equal(records.length, 2)
    dns.serve(zone(Object.fromEntries(records)))
    await house.server().cli(["dns", houseDomain])
    const message = letter("first", "Date: Thu, 26 Nov 2026 10:00:00 +0000\r\nMessage-ID: <first@laptop>\r\n")
    await send(["carla@far.test"], message)
    const { text, isTls, from, to } = await taken("first")
    assert.ok(isTls)
    assert.match(from, new RegExp(`^<anna\\+b=[a-z2-7]{19}@${houseDomain}>`))
    assert.deepEqual(to, ["carla@far.test"])
    assert.ok(text.endsWith(message.toString("latin1")), "what lies below the trace is what was written")
    const bytes = Buffer.from(text, "latin1")
    const head = bytes.indexOf("\r\n\r\n") + 2
    const verifier = createDkimVerifier({
      resolver: createTableResolver(
        Object.fromEntries(records.map(([name, { TXT }]) => [name, { txt: TXT }])),
      ),
      now: Date.now(),
    })
    const results = await verify(verifier, bytes, head)
    assert.deepEqual(
      results.map(({ result, domain }) => [result, domain]),
      [
        ["pass", houseDomain],
        ["pass", houseDomain],
      ],
    )
    await isEmpty()
    await wait(1_000)
    assert.equal(far.mails.filter(mail => mail.text.includes("Subject: first\r\n")).length, 1)
  })

  test(blind, async () => {
    await send(["carla@far.test", "dora@far.test"], letter("blind", "Bcc: dora@far.test\r\n"))
    const { text } = await taken("blind")
    assert.doesNotMatch(text, /^Bcc/m)
    assert.match(
      (await inbox()).find(each => each.includes("Subject: blind")) ?? "",
      /^Bcc: dora@far\.test\r$/m,
    )
  })

  test(putOff, async () => {
    await isEmpty()
    const grey: Script = {
      tls: secure,
      answer: line => (line.startsWith("RCPT") ? "451 4.7.1 come back" : undefined),
    }
    far.play(grey)
    const before = far.lines.length
    await send(["carla@far.test"], letter("later"))
    await until("it is not tried", () => far.lines.slice(before).find(line => line.startsWith("RCPT")))
    await wait(500)
    assert.equal(await queued(), 1)
    far.play({ tls: secure })
    const [only, ...others] = await waiting()
    assert.ok(only !== undefined && others.length === 0)
    succeeded(await retry(only.mail))
    await taken("later")
    await isEmpty()
  })

  test(refusedTold, async () => {
    far.play({
      tls: secure,
      answer: line => (line.includes("gone@") ? "550 5.1.1 nobody of that name lives here" : undefined),
    })
    await send(["gone@far.test", "carla@far.test"], letter("partly"))
    assert.deepEqual((await taken("partly")).to, ["carla@far.test"])
    await isEmpty()
    const report = await until("no report came", async () =>
      (await inbox()).find(each => each.includes("multipart/report") && each.includes("gone@far.test")),
    )
    assert.match(report, /nobody of that name lives here/)
    assert.match(report, /^Action: failed\r$/m)
    assert.match(report, /^Status: 5\.1\.1\r$/m)
    assert.match(report, /this address does not exist/)
    assert.doesNotMatch(report, /Final-Recipient: rfc822; ?carla/)
    far.play({ tls: secure })
  })

  test(story, async () => {
    const last = await toldOf("anna")
    assert.match(
      last,
      /partly\n +gone@far\.test: did not arrive: it was refused \(mx\.far\.test\), 550 5\.1\.1 nobody of that name lives here at /,
    )
    assert.match(last, /later\n +carla@far\.test: handed to mx\.far\.test, TLS 1\.3, 250 at 20/)
    const [, mail = ""] = /^ *(\d+) [^\n]*later$/m.exec(last) ?? []
    const course = await toldOf("anna", "--mail", mail)
    assert.match(
      course,
      /carla@far\.test\n +not yet: it was refused \(mx\.far\.test\), 451 4\.7\.1 come back at [^\n]*; next try [^\n]*\n +handed to/,
    )
    assert.doesNotMatch(await toldOf("ben"), /far\.test/)
    const { address } = house.people.anna
    const guess = { stdin: "a guess of somebody's\n" }
    assert.notEqual((await house.server().cli(["sent", address, "--password-stdin"], guess)).code, 0)
  })

  test(inHand, async () => {
    await isEmpty()
    far.play({ tls: secure, answer: line => (line.startsWith("RCPT") ? "stall" : undefined) })
    const before = far.lines.length
    await send(["carla@far.test"], letter("held"))
    await until("it is not tried", () => far.lines.slice(before).find(line => line.startsWith("RCPT")))
    await house.server().kill9("server")
    far.play({ tls: secure })
    await house.restart()
    await taken("held")
    await isEmpty()
  })

  test(survives, async () => {
    far.play({ tls: secure, answer: () => "close" })
    for (const subject of ["one", "two", "three"]) await send(["carla@far.test"], letter(subject))
    await house.server().kill9("server")
    far.play({ tls: secure })
    await house.restart()
    for (const subject of ["one", "two", "three"]) {
      await until(`${subject} is not there`, async () => {
        if (far.mails.some(mail => mail.text.includes(`Subject: ${subject}\r\n`))) return true
        for (const { mail } of await waiting()) await retry(mail)
        return undefined
      })
    }
  })
}

/** What somebody is told of what they sent. */
async function toldOf(name: "anna" | "ben", ...more: readonly string[]): Promise<string> {
  const { address, password } = house.people[name]
  const told = await house
    .server()
    .cli(["sent", address, "--password-stdin", ...more], { stdin: `${password}\n` })
  return succeeded(told).stdout.toString()
}

const reason = ["--reason", "a test of the queue"]

const retry = (mail: number) => house.server().cli(["queue", "retry", String(mail), ...reason])

async function waiting(): Promise<readonly { readonly mail: number }[]> {
  const listed = await house.server().cli(["queue", "list", "--json", ...reason])
  return (succeeded(listed).json as { mails: readonly { readonly mail: number }[] }).mails
}

async function verify(verifier: ReturnType<typeof createDkimVerifier>, bytes: Buffer, head: number) {
  verifier.headers(splitFields(bytes.subarray(0, head)))
  verifier.body(bytes.subarray(head + 2))
  return await verifier.finish()
}

if (import.meta.main) describe("MAIL-2, mail goes out", checks)
