/** The letter that brings a report (RFC 8460 §5.3): a word for people, and the report as gzip. */
import { promisify } from "node:util"
import { gzip } from "node:zlib"
import { mailDate } from "@letterkeep/dsn"
import { reportFileName, type TlsReport, writeReport } from "@letterkeep/tls-rpt"

export interface LetterFacts {
  readonly report: TlsReport
  /** The domain that the report is about, A-labels. */
  readonly about: string
  /** Our domain that reports, A-labels. */
  readonly from: string
  /** Addresses in ASCII, without what would have to be quoted; one at least. */
  readonly to: readonly string[]
  /** Milliseconds since 1970. */
  readonly date: number
  /** Sixteen or more unpredictable letters and digits. */
  readonly boundary: string
}

const compress = promisify(gzip)

/** ASCII, with CRLF at its lines' ends. */
export async function writeLetter(facts: LetterFacts): Promise<Buffer> {
  const { report, about, from, to, date, boundary } = facts
  const packed = await compress(writeReport(report))
  const id = `<${report.id}@${from}>`
  const day = new Date(report.from).toISOString().slice(0, 10)
  const lines = [
    `From: <postmaster@${from}>`,
    `To: ${to.map(address => `<${address}>`).join(",\r\n ")}`,
    `Subject: Report Domain: ${about}`,
    ` Submitter: ${from}`,
    ` Report-ID: ${id}`,
    `Date: ${mailDate(date)}`,
    `Message-ID: ${id}`,
    // RFC 3834 §5: so that nothing answers by itself.
    "Auto-Submitted: auto-generated",
    `TLS-Report-Domain: ${about}`,
    `TLS-Report-Submitter: ${from}`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/report; report-type="tlsrpt";',
    ` boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=us-ascii",
    "Content-Transfer-Encoding: 7bit",
    "",
    ...inWords(facts, day),
    "",
    `--${boundary}`,
    "Content-Type: application/tlsrpt+gzip",
    "Content-Transfer-Encoding: base64",
    "Content-Disposition: attachment;",
    ` filename="${reportFileName(from, about, report)}"`,
    "",
    ...(packed.toString("base64").match(/.{1,76}/g) ?? []),
    `--${boundary}--`,
    "",
  ]
  return Buffer.from(lines.join("\r\n"), "ascii")
}

function inWords({ report, about, from }: LetterFacts, day: string): readonly string[] {
  const sum = (of: "successful" | "failed"): number =>
    report.policies.reduce((total, policy) => total + policy[of], 0)
  return [
    `How connections from ${from}`,
    `to the mail servers of ${about} went on ${day} (UTC):`,
    `${sum("successful")} as they should, ${sum("failed")} not. The attachment has the details (RFC 8460).`,
    "",
    `You get this since the record at _smtp._tls.${about} asks for it.`,
  ]
}
