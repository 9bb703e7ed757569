import { type PolicyReport, type TlsReport, writeReport } from "@letterkeep/tls-rpt"

const dayMs = 24 * 60 * 60 * 1000

/** Reports as others send them, for tests: about one day, of the domain `near.test` unless `policies` says otherwise. */
export function makeTlsReport(
  day: number,
  policies: readonly (Partial<PolicyReport> & Pick<PolicyReport, "successful">)[],
  more: Partial<TlsReport> = {},
): Buffer {
  return Buffer.from(
    writeReport({
      organization: "Far Mail",
      ...{ from: day, to: day + dayMs - 1000, contact: "tls@far.test", id: `${day}` },
      policies: policies.map(policy => ({
        policy: {
          kind: "sts",
          domain: "near.test",
          lines: ["version: STSv1", "mode: enforce"],
          hosts: ["mx.near.test"],
        },
        failed: 0,
        failures: [],
        ...policy,
      })),
      ...more,
    }),
  )
}

export const failure = (
  result: PolicyReport["failures"][number]["result"],
  sessions: number,
  host: string | undefined = "mx.near.test",
): PolicyReport["failures"][number] => ({
  ...{ result, sessions, host },
  ...{ sendingIp: "192.0.2.1", receivingIp: "192.0.2.9", reason: "as it says" },
})

/** A letter as Google writes them (multipart/report), or with another type and name. */
export function letterWith(
  attachment: Buffer,
  type = "application/tlsrpt+gzip",
  name = "far.test!near.test!1!2!001.json.gz",
  from = "far.test",
): Buffer {
  const lines = [
    `From: noreply-smtp-tls-reporting@${from}`,
    "Subject: Report Domain: near.test",
    `TLS-Report-Domain: near.test`,
    'Content-Type: multipart/report; boundary="b"; report-type=tlsrpt',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "This is an aggregate TLS report.",
    "--b",
    `Content-Type: ${type}; name="${name}"`,
    "Content-Transfer-Encoding: base64",
    "",
    attachment.toString("base64").replace(/.{76}/g, "$&\r\n"),
    "--b--",
    "",
  ]
  return Buffer.from(lines.join("\r\n"))
}
