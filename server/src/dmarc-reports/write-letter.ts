/** The letter that brings an aggregate report (RFC 9990 §3.5.2): a word for people, and the report as gzip. */
import { promisify } from "node:util"
import { gzip } from "node:zlib"
import { type AggregateReport, aggregateFileName, writeAggregate } from "@letterkeep/dmarc"
import { mailDate } from "@letterkeep/dsn"

export interface LetterFacts {
  readonly report: AggregateReport
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
  const { report, from, to, date, boundary } = facts
  const packed = await compress(writeAggregate(report))
  const about = report.policy.domain
  const id = `<${report.id}@${from}>`
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
    "MIME-Version: 1.0",
    "Content-Type: multipart/mixed;",
    ` boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=us-ascii",
    "Content-Transfer-Encoding: 7bit",
    "",
    `Which machines sent mail to ${from} in the name of`,
    `${about} on ${new Date(report.from).toISOString().slice(0, 10)} (UTC),`,
    "and what vouched for it: in the attachment (DMARC, RFC 9990).",
    "",
    `You get this since the DMARC record of ${about} asks for it.`,
    "",
    `--${boundary}`,
    // RFC 6713
    "Content-Type: application/gzip",
    "Content-Transfer-Encoding: base64",
    "Content-Disposition: attachment;",
    ` filename="${aggregateFileName(from, report)}"`,
    "",
    ...(packed.toString("base64").match(/.{1,76}/g) ?? []),
    `--${boundary}--`,
    "",
  ]
  return Buffer.from(lines.join("\r\n"), "ascii")
}
