/**
 * For the worker: tells the domains that ask for it what was sent in their name on the day before. One letter for each
 * domain, into the queue in the transaction that takes its counts out: whatever crashes, and however many nodes look at
 * the same time, nothing is told twice.
 */
import { type AggregateReport, mayReportTo, type ReportAddress } from "@letterkeep/dmarc"
import type { Resolver } from "@letterkeep/dns"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import { failure, type Log, own } from "../ports/log.ts"
import { mailAddress, mailContent, type Permit, type Privacy } from "../privacy/index.ts"
import type { OutgoingMail, Queue } from "../sending/index.ts"
import { type AccountId, createTableRows, type Store } from "../store/index.ts"
import { atOnce, type CountRows, type DueReport, dayMs, type OpenedCounts } from "./count-rows.ts"
import { writeLetter } from "./write-letter.ts"

export interface SendDueParts {
  readonly rows: Pick<CountRows, "due" | "open" | "take" | "drop" | "dropOld">
  /** In whose name reports are sent; undefined where nobody here can sign. */
  readonly findReporter: () => Promise<Reporter | undefined>
  /** Is it an address of another house? */
  readonly isElsewhere: (address: string, permit: Permit<"mail.send">) => Promise<boolean>
  readonly store: Pick<Store, "transaction" | "copyIn">
  readonly queue: Pick<Queue, "prepare" | "notifyDue">
  readonly privacy: Pick<Privacy, "gate">
  readonly resolver: Resolver
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  /** What wrote the reports: "Letterkeep 1.2.3". */
  readonly generator: string
}

export interface Reporter {
  /** A-labels. */
  readonly domain: string
  /** Who has what comes to its postmaster. */
  readonly account: AccountId
}

/** Addresses that one report goes to, of those that a record names. */
const mostAddresses = 2
/** For how long a report is tried. */
const triedMs = dayMs

type Done = "sent" | "notWanted" | "notNow"

/** `signal`: nothing more is begun. */
export async function sendDueReports(parts: SendDueParts, signal: AbortSignal): Promise<void> {
  const { rows, clock, log } = parts
  await rows.dropOld(clock.now())
  const reporter = await parts.findReporter()
  const done: Record<Done, number> = { sent: 0, notWanted: 0, notNow: 0 }
  for (let after: DueReport | undefined; ; ) {
    const some = await rows.due(clock.now(), after)
    for (const due of some) {
      if (signal.aborted) break
      done[await tell(parts, reporter, due)] += 1
    }
    after = some.at(-1)
    if (some.length < atOnce || signal.aborted) break
  }
  if (done.sent + done.notWanted + done.notNow > 0) log.event("dmarc.reports-sent", done)
}

async function tell(parts: SendDueParts, reporter: Reporter | undefined, due: DueReport): Promise<Done> {
  const { rows, log } = parts
  try {
    const opened = reporter === undefined ? undefined : await rows.open(due)
    const to = opened === undefined ? [] : await wanted(parts, opened)
    if (to === "unknown") return "notNow"
    const done =
      reporter === undefined || opened === undefined ? "nobody" : await send(parts, reporter, opened, to)
    if (done !== "nobody") return done
    await rows.drop(due)
    return "notWanted"
  } catch (error) {
    // One domain's trouble is not that of the others.
    log.event("task.failed", { task: own("send a report about a domain"), error: failure(error) })
    return "notNow"
  }
}

/** Those who want it, in their order. */
async function wanted(
  { resolver }: SendDueParts,
  { counts: { policy, reportsTo } }: OpenedCounts,
): Promise<readonly ReportAddress[] | "unknown"> {
  const found: ReportAddress[] = []
  for (const address of reportsTo) {
    const may = await mayReportTo(policy.domain, address, resolver)
    if (may.kind === "unknown") return "unknown"
    if (may.kind === "yes") found.push(...may.to)
  }
  return found
}

async function send(
  parts: SendDueParts,
  { domain, account }: Reporter,
  opened: OpenedCounts,
  wanted: readonly ReportAddress[],
): Promise<Done | "nobody"> {
  const { rows, store, queue, privacy, clock, chance, generator } = parts
  return await privacy.gate("mail.send", { kind: "account", account }, async permit => {
    const now = clock.now()
    const report = reportOf(opened, domain, `${chance.bytes(8).toString("hex")}`, generator)
    if (report.records.length === 0) return "nobody"
    const write = (to: readonly string[]): Promise<Buffer> =>
      writeLetter({ report, from: domain, to, date: now, boundary: chance.bytes(16).toString("hex") })
    const elsewhere = await notHere(parts, wanted, permit)
    const first = await write(elsewhere.map(({ address }) => address))
    const to = elsewhere
      .filter(({ limit }) => limit === undefined || first.length <= limit)
      .map(({ address }) => address)
    if (to.length === 0) return "nobody"
    const bytes = to.length === elsewhere.length ? first : await write(to)
    const mail: OutgoingMail = {
      account,
      // RFC 5321 §4.5.5: the null path is for reports about mail that was sent.
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
      kind: "report",
    }
    const queued = await queue.prepare(mail, permit)
    try {
      await store.transaction(async tx => {
        if (!(await rows.take(tx, opened))) throw new TakenError("another node tells of them")
        const tables = createTableRows()
        queued.addTo(tables)
        await store.copyIn(tx, ...tables.all())
        await queue.notifyDue(tx)
      })
    } catch (error) {
      if (error instanceof TakenError) return "notNow"
      throw error
    }
    return "sent"
  })
}

/** Undoes the transaction. */
class TakenError extends Error {
  override readonly name = "TakenError"
}

async function notHere(
  { isElsewhere }: SendDueParts,
  wanted: readonly ReportAddress[],
  permit: Permit<"mail.send">,
): Promise<readonly ReportAddress[]> {
  const found = new Map<string, ReportAddress>()
  for (const one of wanted) {
    if (await isElsewhere(one.address, permit)) found.set(one.address, one)
    if (found.size === mostAddresses) break
  }
  return [...found.values()]
}

function reportOf(
  { day, counts }: OpenedCounts,
  domain: string,
  mark: string,
  generator: string,
): AggregateReport {
  const { policy, records, others } = counts
  return {
    organization: domain,
    email: `postmaster@${domain}`,
    moreContact: undefined,
    id: `${new Date(day * dayMs).toISOString().slice(0, 10)}.${mark}`,
    from: day * dayMs,
    to: (day + 1) * dayMs - 1000,
    errors: others === 0 ? [] : [`${others} more messages were seen, of which nothing else is known.`],
    generator,
    policy,
    records,
  }
}
