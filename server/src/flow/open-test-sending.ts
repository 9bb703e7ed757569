import type { TestContext } from "node:test"
import type { DnsTable } from "@letterkeep/dns"
import { createKeep, createQuotas } from "../messages/index.ts"
import { systemChance } from "../ports/chance.ts"
import { systemClock } from "../ports/clock.ts"
import { recordingLog } from "../ports/log.ts"
import {
  ipAddress,
  mailAddress,
  type Privacy,
  type Purpose,
  peerWord,
  type Subject,
} from "../privacy/index.ts"
import { createAllowance, openQueue } from "../sending/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Outcome } from "./envelope.ts"
import { openTestHouse } from "./open-test-house.ts"
import { createSubmit } from "./send.ts"
import type { SubmissionEnvelope } from "./submission.ts"

/** The house of `openTestHouse` with its way out: Anna and Ben at near.test, and all the world elsewhere. */
export async function openTestSending(
  t: TestContext,
  changed: {
    readonly perDay?: number
    readonly undoMs?: number
    readonly copiesLimit?: number
    readonly dns?: DnsTable
  } = {},
) {
  const house = await openTestHouse(t, changed.dns)
  const { store, vaults, people, privacy } = house
  const log = recordingLog()
  const parts = { store, vaults, people, privacy, clock: systemClock, chance: systemChance, log }
  const queue = openQueue(parts)
  const keep = createKeep(store, vaults, systemChance)
  /** What was asked for to send, and about whom. */
  const gates: [purpose: Purpose, subject: Subject][] = []
  const gate: Privacy["gate"] = (purpose, subject, work) => {
    gates.push([purpose, subject])
    return privacy.gate(purpose, subject, work)
  }
  const submit = createSubmit({
    ...parts,
    privacy: { gate },
    keep,
    queue,
    filtering: house.filtering,
    quotas: createQuotas(store, systemClock),
    allowance: createAllowance({ ...parts, perDay: changed.perDay ?? 1000 }),
    room: () => "enough",
    hostname: "mx.near.test",
    undoMs: changed.undoMs ?? 0,
    ...(changed.copiesLimit === undefined ? {} : { copiesLimit: changed.copiesLimit }),
    retryMs: 5 * 24 * 60 * 60 * 1000,
  })
  const envelope = (account: AccountId, from: string, to: readonly string[]): SubmissionEnvelope => ({
    account,
    source: { ip: ipAddress("192.0.2.7"), port: 40_000 },
    helo: peerWord("laptop"),
    protocol: "ESMTPSA",
    tls: { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" },
    reversePath: mailAddress(from),
    recipients: to.map(address => ({ address: mailAddress(address) })),
    smtputf8: false,
    body: "7BIT",
    requireTls: false,
  })
  const send = async (
    account: AccountId,
    to: readonly string[],
    text: string,
    from = "anna@near.test",
  ): Promise<Outcome> => {
    const incoming = submit.begin(envelope(account, from, to))
    incoming.write(Buffer.from(text.replaceAll(/\r?\n/g, "\r\n")))
    return await incoming.finish()
  }
  return { ...house, gates, log, queue, keep, submit, send, envelope }
}
