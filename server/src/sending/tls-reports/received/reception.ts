/**
 * Reports about TLS that come: read once the message that brings one is kept, so that nothing about them can lose mail or
 * hold it up. Only what comes to `postmaster@` a domain of ours, where `./letterkeep dns` has reports sent, and only what
 * the reporter's domain has signed: all else says nothing (RFC 8460 §3), and stays what it is, a message.
 *
 * One is read at a time; what comes faster than that waits, so many reports and no more. Those under way when the
 * program is killed are in the inbox and not in the figures.
 */
import type { MessageScan } from "@letterkeep/mime"
import type { Clock } from "../../../ports/clock.ts"
import { failure, type Log } from "../../../ports/log.ts"
import {
  type MailAddress,
  type MailContent,
  mailContent,
  type Permit,
  type Privacy,
} from "../../../privacy/index.ts"
import type { AccountId } from "../../../store/ids.ts"
import { readFigures } from "./figures.ts"
import { findReport } from "./find-report.ts"
import type { TlsReportRows } from "./rows.ts"

export interface TlsReception {
  /** At once, under the permit by which the message was kept; what follows is its own work, and never fails the caller. */
  take(arrived: ArrivedTlsReport, permit: Permit<"mail.receive">): void
  /** When all is read that was taken. */
  idle(): Promise<void>
}

export interface ArrivedTlsReport {
  /** Those whose inbox it went to, by the addresses that it was sent to. */
  readonly recipients: readonly { readonly accountId: AccountId; readonly address: MailAddress }[]
  readonly scan: MessageScan
  /** The domain in From, where something vouches for it; lower case. */
  readonly reporter: string | undefined
  /** Domains whose signatures hold, lower case. */
  readonly signers: readonly string[]
}

export interface TlsReceptionParts {
  readonly rows: Pick<TlsReportRows, "add">
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly log: Log
}

/** Reports that wait to be read, each of 1 MB at most; more are kept as mail alone. */
const waitingLimit = 16

interface Job {
  readonly account: AccountId
  readonly reporter: string
  readonly attachment: MailContent<Buffer>
}

export function createTlsReception(parts: TlsReceptionParts): TlsReception {
  const { log } = parts
  const waiting: Job[] = []
  let reading: Promise<void> | undefined

  const readAll = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      try {
        await read(parts, job)
      } catch (error) {
        log.event("tls.report-failed", { error: failure(error) })
      }
    }
    reading = undefined
  }
  return {
    take({ recipients, scan, reporter, signers }, permit) {
      const recipient = recipients.find(({ address }) => /^postmaster@/i.test(address.open(permit)))
      if (recipient === undefined || reporter === undefined) return
      if (!signers.some(signer => isOneHouse(signer, reporter))) return
      const found = findReport(scan)
      if (found === undefined) return
      if (waiting.length >= waitingLimit) {
        log.event("tls.report-unread", { why: "too-many" })
        return
      }
      const { accountId: account } = recipient
      waiting.push({ account, reporter, attachment: mailContent(found, account) })
      reading ??= Promise.resolve().then(readAll)
    },
    async idle() {
      while (reading !== undefined) await reading
    },
  }
}

async function read({ rows, privacy, clock, log }: TlsReceptionParts, job: Job): Promise<void> {
  const { account, reporter, attachment } = job
  const receivedAt = clock.now()
  const done = await privacy.gate("mail.receive", { kind: "account", account }, permit =>
    readFigures(attachment.open(permit), receivedAt),
  )
  if (done.kind !== "read") {
    log.event("tls.report-unread", { why: done.why })
    return
  }
  for (const figures of done.figures) {
    const added = await rows.add({ ...figures, reporter, receivedAt })
    if (added === "added") log.event("tls.report-read", { failures: figures.failures.length })
    else log.event("tls.report-unread", { why: added })
  }
}

/** The same domain, or one that lies under the other: mail is often signed by the house above. */
function isOneHouse(signer: string, reporter: string): boolean {
  return signer === reporter || reporter.endsWith(`.${signer}`) || signer.endsWith(`.${reporter}`)
}
