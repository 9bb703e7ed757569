/**
 * Reports that come: read once the message that brings one is kept, so that nothing about them can lose mail or hold it
 * up. Only what comes to `postmaster@` a domain of ours, where `./letterkeep dns` has reports sent, and only of senders
 * whose mail is vouched for: what anybody could have forged is said by nobody, and stays what it is, a message.
 *
 * One is read at a time, in a thread; what comes faster than that waits, so many reports and no more, and all of it gets a
 * share of the machine's time and no more. Those that wait when the program ends are in the inbox and not in the figures.
 */
import type { MessageScan } from "@letterkeep/mime"
import type { Clock } from "../ports/clock.ts"
import { failure, type Log } from "../ports/log.ts"
import type { Timer } from "../ports/timer.ts"
import {
  type MailAddress,
  type MailContent,
  mailContent,
  type Permit,
  type Privacy,
} from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import { findReport } from "./find-report.ts"
import { readInThread } from "./reading.ts"
import type { ReportRows } from "./rows.ts"

export interface Reception {
  /** At once, under the permit by which the message was kept; what follows is its own work, and never fails the caller. */
  take(arrived: ArrivedReport, permit: Permit<"mail.receive">): void
  /** When all is read that was taken. */
  idle(): Promise<void>
  /** Ends with the one that is being read. */
  close(): Promise<void>
}

export interface ArrivedReport {
  /** Those whose inbox it went to, by the addresses that it was sent to. */
  readonly recipients: readonly { readonly accountId: AccountId; readonly address: MailAddress }[]
  readonly scan: MessageScan
  /** The domain in From, where something vouches for it; lower case. */
  readonly reporter: string | undefined
}

export interface ReceptionParts {
  readonly rows: Pick<ReportRows, "add" | "nearestOfOurs">
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly timer: Timer
  readonly log: Log
  /** In a thread, unless a test says otherwise. */
  readonly read?: typeof readInThread
}

/** Milliseconds that may be spent on reading in each quarter of an hour: an honest report takes some hundreds. */
export const readingShare = { spentMs: 60_000, everyMs: 15 * 60_000 }
/** Reports that wait to be read, each of 4 MB at most; more are kept as mail alone. */
const waitingLimit = 16

interface Job {
  readonly account: AccountId
  readonly reporter: string
  readonly attachment: MailContent<Buffer>
}

export function createReception(parts: ReceptionParts): Reception {
  const { clock, log } = parts
  const waiting: Job[] = []
  let reading: Promise<void> | undefined

  let share = { since: clock.now(), spentMs: 0 }

  const readAll = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const begun = clock.now()
      try {
        await read(parts, job)
      } catch (error) {
        log.event("dmarc.report-failed", { error: failure(error) })
      }
      share.spentMs += clock.now() - begun
    }
    reading = undefined
  }
  const isTooMuch = (): boolean => {
    if (clock.now() - share.since >= readingShare.everyMs) share = { since: clock.now(), spentMs: 0 }
    return waiting.length >= waitingLimit || share.spentMs >= readingShare.spentMs
  }
  return {
    take({ recipients, scan, reporter }, permit) {
      const recipient = recipients.find(({ address }) => /^postmaster@/i.test(address.open(permit)))
      if (recipient === undefined || reporter === undefined) return
      const found = findReport(scan)
      if (found === undefined) return
      if (isTooMuch()) {
        log.event("dmarc.report-unread", { why: "too-many" })
        return
      }
      const { accountId: account } = recipient
      waiting.push({ account, reporter, attachment: mailContent(found, account) })
      reading ??= Promise.resolve().then(readAll)
    },
    async idle() {
      while (reading !== undefined) await reading
    },
    async close() {
      for (const _ of waiting.splice(0)) log.event("dmarc.report-unread", { why: "too-many" })
      await reading
    },
  }

  async function read(
    { rows, privacy, timer, read: readReport = readInThread }: ReceptionParts,
    job: Job,
  ): Promise<void> {
    const { account, reporter, attachment } = job
    const now = clock.now()
    const done = await privacy.gate("mail.receive", { kind: "account", account }, permit =>
      readReport({ bytes: attachment.open(permit), now }, timer),
    )
    if (done.kind !== "read") {
      log.event("dmarc.report-unread", { why: done.kind === "gave-up" ? "gave-up" : done.why })
      return
    }
    const { figures } = done
    const domain = await rows.nearestOfOurs(figures.domain)
    const added =
      domain === undefined ? "not-ours" : await rows.add(domain, { ...figures, reporter, receivedAt: now })
    if (added === "added") log.event("dmarc.report-read", { sources: figures.sources.length })
    else log.event("dmarc.report-unread", { why: added })
  }
}
