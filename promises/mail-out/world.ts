import assert from "node:assert/strict"
import { setTimeout as wait } from "node:timers/promises"
import { type DnsServer, startDnsServer, type Zone } from "../../fixtures/dns-server.ts"
import { type House, houseDomain, openHouse, readRaw, succeeded } from "../../fixtures/house.ts"
import type { SmtpClient } from "../../fixtures/smtp-client.ts"
import { signInToSend } from "../../fixtures/submission.ts"
import { selfSignedFor } from "../../server/src/ports/network/test-certificates.ts"
import {
  type FarSide,
  type Script,
  startFarSide,
  type TakenMail,
} from "../../server/src/sending/hand-over/fixtures/far-side.ts"

/**
 * What MAIL-2 is tried on: a running server with two people, all whose mail to others goes to one far side with a script,
 * by a DNS that the tests write. Everything is done through the doors that everybody has.
 */
export interface MailOut {
  readonly house: House<Name>
  readonly dns: DnsServer
  readonly far: FarSide
  /** What the far side plays from now on: with TLS, saying yes, unless the script says otherwise. */
  play(script?: Script): void
  /** Signed in to send, by TLS, greeted. */
  signIn(name?: Name): Promise<SmtpClient>
  /** From Anna, taken by the server. */
  send(to: readonly string[], message: Buffer): Promise<void>
  /** What the far side took with this subject, as soon as it has. */
  taken(subject: string): Promise<TakenMail>
  /** Resolves when the far side hears such a command. */
  heard(command: string, since: number): Promise<string>
  /** Messages in the queue, as everybody may know who runs the server. */
  queued(): Promise<number>
  isEmpty(): Promise<true>
  /** Those that wait, as a member of staff is shown them. */
  waiting(): Promise<readonly { readonly mail: number }[]>
  /** `./letterkeep queue …`, with a reason. */
  queue(...args: readonly string[]): ReturnType<ReturnType<House<Name>["server"]>["cli"]>
  /** All of somebody's mail, as text. */
  mailOf(name: Name): Promise<readonly string[]>
  /** What somebody is told of what they sent. */
  toldOf(name: Name, ...more: readonly string[]): Promise<string>
  close(): Promise<void>
}

export type Name = "anna" | "ben"

/** More than all tests of this file send together, but the one that is about it. */
export const recipientsPerDay = 150

const secure = selfSignedFor("mx.far.test").context

/** Where the far side's mail goes. At other.test nobody listens. */
export const farZone = (more: Zone = {}): Zone => ({
  "far.test": { MX: [{ preference: 10, exchange: "mx.far.test" }] },
  "mx.far.test": { A: ["127.0.0.1"], TXT: ["v=spf1 ip4:127.0.0.1 -all"] },
  "other.test": { A: ["127.0.0.3"] },
  ...more,
})

/** From Anna to Carla, who is not here. */
export const letter = (subject: string, more = ""): Buffer =>
  Buffer.from(
    `From: Anna <anna@${houseDomain}>\r\nTo: carla@far.test\r\nSubject: ${subject}\r\n${more}\r\nGood day, ${subject}.\r\n`,
  )

/** Half a minute, looking ten times a second. */
export async function until<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 30_000; ; ) {
    const found = await find()
    if (found !== undefined) return found
    if (Date.now() > deadline) assert.fail(what)
    await wait(100)
  }
}

export async function openMailOut(): Promise<MailOut> {
  const far = await startFarSide({ tls: secure })
  const dns = await startDnsServer(farZone())
  const leave = async () => {
    await dns.stop()
    far.stop()
  }
  const house = await openHouse(["anna", "ben"], {
    config: {
      smtp: { hostname: `mx.${houseDomain}` },
      dns: { resolver: [dns.address] },
      sending: { port: far.port },
      submission: { recipients_per_day: recipientsPerDay },
    },
  }).catch(async (error: unknown) => {
    await leave()
    throw error
  })
  const cli = (args: readonly string[], stdin?: string) =>
    house.server().cli(args, stdin === undefined ? {} : { stdin })
  const signIn = (name: Name = "anna") => signInToSend(house.server(), house.people[name])
  const queued = async () => (succeeded(await cli(["queue", "--json"])).json as { mails: number }).mails
  const queue = (...args: readonly string[]) => cli(["queue", ...args, "--reason", "a test of the queue"])
  return {
    house,
    dns,
    far,
    play: (script = {}) => far.play({ tls: secure, ...script }),
    signIn,
    async send(to, message) {
      const client = await signIn()
      const answer = await client.deliver({ from: `anna@${houseDomain}`, to, message })
      assert.equal(answer.end?.code, 250, JSON.stringify(answer))
      client.close()
    },
    taken: subject =>
      until(`the far side has no mail about ${subject}`, () =>
        far.mails.find(mail => mail.text.includes(`Subject: ${subject}\r\n`)),
      ),
    heard: (command, since) =>
      until(`the far side hears no ${command}`, () =>
        far.lines.slice(since).find(line => line.startsWith(command)),
      ),
    queued,
    isEmpty: () =>
      until("the queue does not get empty", async () => ((await queued()) === 0 ? true : undefined)),
    async waiting() {
      const listed = succeeded(await queue("list", "--json")).json
      return (listed as { mails: readonly { readonly mail: number }[] }).mails
    },
    queue,
    mailOf: async name =>
      (await readRaw(house.server(), house.people[name])).map(each => each.toString("latin1")),
    async toldOf(name, ...more) {
      const { address, password } = house.people[name]
      const told = await cli(["sent", address, "--password-stdin", ...more], `${password}\n`)
      return succeeded(told).stdout.toString()
    },
    async close() {
      await house.close()
      await leave()
    },
  }
}
