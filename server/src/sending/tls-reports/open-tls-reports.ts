/** Reports about TLS to those whom this server sends to (RFC 8460): counted on every node that sends, told by whichever is first. */
import type { SeenSession } from "@letterkeep/tls-rpt"
import { createCollector } from "./collector.ts"
import { type KeptCountsParts, openKeptCounts } from "./kept-counts.ts"
import { type SendDueParts, sendDueReports } from "./send-due.ts"

export interface TlsReports {
  /** A session that a report to its domain counts. */
  seen(session: SeenSession): void
  /** For the worker, each minute; and at the end, when nothing is handed over any more. */
  flush(): Promise<void>
  /** For the worker, several times an hour. Ends early when the server stops. */
  sendDue(): Promise<void>
  /** Begins nothing more. */
  stop(): void
}

export interface TlsReportsParts extends Omit<SendDueParts, "kept">, Pick<KeptCountsParts, "vaults"> {
  /** Without, nothing is counted, and what was counted before goes unsent. */
  readonly isWanted: boolean
}

export function openTlsReports({ isWanted, ...parts }: TlsReportsParts): TlsReports {
  const kept = openKeptCounts(parts)
  const collector = createCollector({ ...parts, kept })
  const stopping = new AbortController()
  return {
    seen(session) {
      if (isWanted) collector.seen(session)
    },
    flush: () => collector.flush(),
    async sendDue() {
      if (isWanted) await sendDueReports({ ...parts, kept }, stopping.signal)
      else await kept.dropOld(parts.clock.now())
    },
    stop: () => stopping.abort(),
  }
}
