import type { TestContext } from "node:test"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import type { SeenSession } from "@letterkeep/tls-rpt"
import { systemChance } from "../../ports/chance.ts"
import { recordingLog } from "../../ports/log.ts"
import { mintEgress } from "../../ports/network/egress.ts"
import { testRoots } from "../../ports/network/test-certificates.ts"
import { manualTimer, type Timer } from "../../ports/timer.ts"
import { mailAddress, mailContent } from "../../privacy/index.ts"
import { testPrivacy } from "../../privacy/test-privacy.ts"
import { type AccountId, asId } from "../../store/ids.ts"
import type { Claimed, ClaimedRecipient, Tried } from "../contract.ts"
import { type FarSide, type Script, startFarSide } from "./fixtures/far-side.ts"
import { createHandOver, type HandOverParts, type OwnHandOver } from "./hand-over.ts"
import { createPolicies } from "./mta-sts-policies.ts"

/** A hand-over with real sockets on loopback, a DNS from a table, and a clock and a timer in the test's hands. */
export interface TestHandOver {
  readonly service: OwnHandOver
  readonly seen: readonly SeenSession[]
  readonly log: ReturnType<typeof recordingLog>
  readonly timer: ReturnType<typeof manualTimer>
  /** Asked so far, by recipient. */
  readonly released: Map<string, number>
  pass(ms: number): void
  /** Hands one mail over; what came of it for each recipient, in their order. */
  send(mail: Claimed): Promise<readonly (Tried | undefined)[]>
}

export interface TestOptions {
  readonly table: DnsTable
  readonly port: number
  readonly policyPort?: number
  readonly parts?: Partial<HandOverParts>
  readonly timer?: Timer
}

const account = asId<AccountId>(7)

export async function openTestHandOver(t: TestContext, options: TestOptions): Promise<TestHandOver> {
  const { table, port } = options
  const resolver = createTableResolver(table)
  const timer = manualTimer()
  const log = recordingLog()
  const seen: SeenSession[] = []
  const released = new Map<string, number>()
  const egressOf = (recipient: "mail-exchanger" | "smart-host" | "policy-host") =>
    mintEgress(recipient, async () => void released.set(recipient, (released.get(recipient) ?? 0) + 1))
  let now = Date.now()
  const clock = { now: () => now }
  const shared = {
    resolver,
    clock,
    timer: options.timer ?? timer,
    seen: (one: SeenSession) => void seen.push(one),
  }
  const policies = createPolicies({
    ...shared,
    egress: egressOf("policy-host"),
    kept: { find: async () => undefined, keep: async () => undefined },
    log,
    roots: testRoots,
    ...(options.policyPort === undefined ? {} : { port: options.policyPort }),
  })
  const service = createHandOver({
    ...shared,
    policies,
    egress: { "mail-exchanger": egressOf("mail-exchanger"), "smart-host": egressOf("smart-host") },
    chance: systemChance,
    hostname: "us.example",
    port,
    isOurs: host => host === "us.example",
    roots: testRoots,
    privacy: testPrivacy,
    routes: { transports: new Map() },
    limits: { perDestination: 5, inAll: 100, bytesInHand: 100_000_000 },
    sign: async () => "",
    log,
    ...options.parts,
  })
  t.after(async () => {
    service.close()
    await policies.close()
  })
  return {
    service,
    seen,
    log,
    timer,
    released,
    pass(ms) {
      now += ms
      timer.pass(ms)
    },
    async send(mail) {
      const tried = await service.handOver(mail, new AbortController().signal)
      return mail.recipients.map(({ no }) => tried.get(no))
    },
  }
}

export async function farSide(
  t: TestContext,
  script: Script = {},
  place: { ip?: string; port?: number } = {},
): Promise<FarSide> {
  const far = await startFarSide(script, place)
  t.after(() => far.stop())
  return far
}

export const letter = "From: ada@us.example\r\nSubject: hello\r\n\r\nHello.\r\n.dotted\r\n"

let mails = 0

export function mailTo(to: string | readonly string[], more: Partial<Claimed> = {}, text = letter): Claimed {
  const addresses = [to].flat()
  mails += 1
  const recipients = addresses.map((address, no): ClaimedRecipient => {
    return { address: mailAddress(address), no, attempts: 0, toldOfDelay: false }
  })
  return {
    account,
    mail: mails,
    kind: "submitted",
    domain: addresses[0]?.split("@")[1] ?? "",
    destination: "0".repeat(32),
    lease: mails,
    reversePath: mailAddress("ada@us.example"),
    recipients,
    size: text.length,
    signedBy: "us.example",
    smtputf8: false,
    body: "7BIT",
    requireTls: false,
    receivedAt: 0,
    notBefore: 0,
    expiresAt: Number.MAX_SAFE_INTEGER,
    text: async () => mailContent(Buffer.from(text, "latin1")),
    ...more,
  }
}

/** What a test compares: the kind, why, and the code of the far side. */
export function brief(tried: Tried | undefined): string {
  if (tried === undefined) return "not tried"
  const code = tried.reply === undefined ? "" : ` ${tried.reply.code}`
  return tried.kind === "handed-over" ? `handed-over${code}` : `${tried.kind} ${tried.why}${code}`
}

/** Lets everything that is ready run, until `isSo`. Fails where that never comes. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns += 1) {
    if (turns > 200_000) throw new Error("it never came")
    await new Promise(setImmediate)
  }
}

/** So that what is on its way between two sockets of this machine arrives. */
export async function someTurns(): Promise<void> {
  for (let turns = 0; turns < 100; turns += 1) await new Promise(setImmediate)
}
