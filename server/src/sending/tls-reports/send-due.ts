/**
 * For the worker: tells the domains that ask for it how connections to their servers went on the day before
 * (RFC 8460). One letter for each domain, into the queue in the transaction that takes its counts out: whatever crashes,
 * and however many nodes look at the same time, none is sent twice.
 */
import { domainToASCII } from "node:url"
import type { SendingResolver } from "@letterkeep/dns"
import { readRecords, recordName, type TlsReport } from "@letterkeep/tls-rpt"
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import { type MailAddress, mailAddress, mailContent, type Permit } from "../../privacy/index.ts"
import { createTableRows, type Store, type Tx } from "../../store/index.ts"
import type { OutgoingMail } from "../contract.ts"
import type { Queue } from "../queue/open-queue.ts"
import { beginOf, endOf, nameOf } from "./days.ts"
import { findReporter, type Reporter, type ReporterParts } from "./find-reporter.ts"
import { atOnce, type DomainCounts, type DueCounts, type KeptCounts } from "./kept-counts.ts"
import { writeLetter } from "./write-letter.ts"

export interface SendDueParts extends ReporterParts {
  readonly kept: Pick<KeptCounts, "due" | "open" | "take" | "dropOld">
  readonly store: Pick<Store, "sql" | "transaction" | "copyIn">
  readonly queue: Pick<Queue, "prepare" | "notifyDue">
  readonly resolver: Pick<SendingResolver, "txt">
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
}

/** Addresses that one report goes to, of those that a record names. */
export const mostAddresses = 2
/** RFC 8460 §5.5: for how long a report is tried. */
const triedMs = 24 * 60 * 60_000

type Done = "sent" | "not-wanted" | "not-now"

/** `signal`: nothing more is begun. */
export async function sendDueReports(parts: SendDueParts, signal: AbortSignal): Promise<void> {
  const { kept, clock, log } = parts
  await kept.dropOld(clock.now())
  const reporter = await findReporter(parts)
  const done: Record<Done, number> = { sent: 0, "not-wanted": 0, "not-now": 0 }
  for (let after: DueCounts | undefined; ; ) {
    const some = await kept.due(clock.now(), after)
    for (const counts of some) {
      if (signal.aborted) break
      done[await tell(parts, reporter, counts, signal)] += 1
    }
    after = some.at(-1)
    if (some.length < atOnce || signal.aborted) break
  }
  if (done.sent + done["not-wanted"] + done["not-now"] > 0)
    log.event("sending.tls-reports", {
      sent: done.sent,
      notWanted: done["not-wanted"],
      notNow: done["not-now"],
    })
}

async function tell(
  parts: SendDueParts,
  reporter: Reporter | undefined,
  due: DueCounts,
  signal: AbortSignal,
): Promise<Done> {
  const { kept, store, resolver, log } = parts
  const drop = async (): Promise<Done> => {
    await kept.take(store.sql, due)
    return "not-wanted"
  }
  try {
    if (reporter === undefined) return await drop()
    const counts = kept.open(due)
    const answer = await resolver.txt(recordName(counts.domain), signal)
    if (answer.kind === "failed") return "not-now"
    const record = readRecords(answer.kind === "found" ? answer.records : [])
    if (record.kind === "none") return await drop()
    const named = record.addresses.flatMap(one => (one.kind === "mail" ? (usable(one.address) ?? []) : []))
    const taken = (tx: Tx): Promise<boolean> => kept.take(tx, due)
    const done = await send(parts, reporter, { ...counts, taken }, [...new Set(named)])
    return done === "nobody" ? await drop() : done
  } catch (error) {
    // One domain's trouble is not that of the others.
    log.event("task.failed", { task: own("send a report about TLS"), error: failure(error) })
    return "not-now"
  }
}

async function send(
  parts: SendDueParts,
  { domain, account }: Reporter,
  /** `taken`: are they out of the table, and as they were found? */
  counts: DomainCounts & { readonly taken: (tx: Tx) => Promise<boolean> },
  named: readonly string[],
): Promise<Done | "nobody"> {
  const { store, queue, privacy, clock, chance } = parts
  return await privacy.gate("mail.send", { kind: "account", account }, async permit => {
    const to = await elsewhere(parts, named, permit)
    if (to.length === 0) return "nobody"
    const now = clock.now()
    const bytes = await writeLetter({
      report: reportOf(counts, domain, chance),
      ...{ about: counts.domain, from: domain, to, date: now },
      boundary: chance.bytes(16).toString("hex"),
    })
    const mail: OutgoingMail = {
      account,
      // RFC 5321 §4.5.5: the null path is for reports about mail alone.
      reversePath: mailAddress(`postmaster@${domain}`),
      recipients: to.map(address => ({ address: mailAddress(address), notify: ["never"] })),
      parts: [mailContent(bytes)],
      size: bytes.length,
      signedBy: domain,
      smtputf8: false,
      body: "7BIT",
      requireTls: false,
      receivedAt: now,
      notBefore: now,
      expiresAt: now + triedMs,
      kind: "tls-report",
    }
    const rows = await queue.prepare(mail, permit)
    return await store.transaction(async tx => {
      if (!(await counts.taken(tx))) return "not-now"
      const tables = createTableRows()
      rows.addTo(tables)
      await store.copyIn(tx, ...tables.all())
      await queue.notifyDue(tx)
      return "sent"
    })
  })
}

/** Those of others: mail of ours never leaves to come back, and a domain of ours is never connected to. */
async function elsewhere(
  { people }: Pick<SendDueParts, "people">,
  named: readonly string[],
  permit: Permit<"mail.send">,
): Promise<readonly string[]> {
  const found: string[] = []
  for (const text of named) {
    const address: MailAddress = mailAddress(text)
    if ((await people.findRecipient(address, permit)).kind === "not-ours") found.push(text)
    if (found.length === mostAddresses) break
  }
  return found
}

function reportOf({ day, policies }: DomainCounts, domain: string, chance: Chance): TlsReport {
  return {
    organization: domain,
    from: beginOf(day),
    to: endOf(day),
    contact: `postmaster@${domain}`,
    id: `${nameOf(day)}.${chance.bytes(8).toString("hex")}`,
    policies,
  }
}

/** A plain address (RFC 5321 §4.1.2, Dot-string) at a domain name, in A-labels; undefined for all others. */
function usable(address: string): string | undefined {
  const at = address.lastIndexOf("@")
  const local = address.slice(0, at)
  const domain = domainToASCII(address.slice(at + 1))
  if (!/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local)) return undefined
  if (!/^([a-z0-9_-]{1,63}\.)+[a-z0-9-]{1,63}$/.test(domain)) return undefined
  return local.length > 64 || domain.length > 253 ? undefined : `${local}@${domain}`
}
