import type { FailureDetail, PolicyReport, TlsReport } from "./report.ts"

/** Writes a report (RFC 8460 §4.4): JSON, which I-JSON (RFC 7493) asks to be UTF-8. Compressing it is the caller's. */
export function writeReport(report: TlsReport): string {
  return JSON.stringify({
    "organization-name": report.organization.toWellFormed(),
    "date-range": { "start-datetime": dateTime(report.from), "end-datetime": dateTime(report.to) },
    ...some("contact-info", report.contact),
    "report-id": report.id.toWellFormed(),
    policies: report.policies.map(policyOf),
  })
}

/**
 * RFC 8460 §5.1: sender "!" domain "!" start "!" end "!" id. `sender`: the domain that reports. `id`: letters and digits.
 */
export function reportFileName(sender: string, domain: string, report: TlsReport): string {
  const seconds = [report.from, report.to].map(ms => Math.floor(ms / 1000))
  const id = report.id.replace(/[^A-Za-z0-9]/g, "").slice(0, 64)
  return `${[sender, domain, ...seconds, ...(id === "" ? [] : [id])].join("!")}.json.gz`
}

function policyOf({ policy, successful, failed, failures }: PolicyReport): object {
  return {
    policy: {
      "policy-type": policy.kind,
      ...(policy.lines.length === 0
        ? {}
        : { "policy-string": policy.lines.map(line => line.toWellFormed()) }),
      "policy-domain": policy.domain.toWellFormed(),
      ...(policy.hosts.length === 0 ? {} : { "mx-host": policy.hosts.map(host => host.toWellFormed()) }),
    },
    summary: { "total-successful-session-count": successful, "total-failure-session-count": failed },
    ...(failures.length === 0 ? {} : { "failure-details": failures.map(failureOf) }),
  }
}

function failureOf(failure: FailureDetail): object {
  return {
    "result-type": failure.result === "other" ? "validation-failure" : failure.result,
    ...some("sending-mta-ip", failure.sendingIp),
    ...some("receiving-mx-hostname", failure.host),
    ...some("receiving-ip", failure.receivingIp),
    "failed-session-count": failure.sessions,
    ...some("failure-reason-code", failure.reason),
  }
}

function some(key: string, value: string | undefined): object {
  return value === undefined ? {} : { [key]: value.toWellFormed() }
}

/** RFC 3339 §5.6, in whole seconds. */
function dateTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
