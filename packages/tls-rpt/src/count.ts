import {
  detailLimit,
  type FailureDetail,
  type PolicyReport,
  type PolicySeen,
  policyLimit,
  type ResultType,
} from "./report.ts"

/** How one connection went. */
export interface SeenSession {
  readonly policy: PolicySeen
  readonly outcome:
    | { readonly kind: "successful" }
    | {
        readonly kind: "failed"
        readonly result: ResultType
        readonly sendingIp?: string
        readonly host?: string
        readonly receivingIp?: string
        readonly reason?: string
      }
}

interface Count {
  readonly policy: PolicySeen
  successful: number
  failed: number
  readonly details: Map<string, FailureDetail>
}

/**
 * Counts sessions by policy, and failures by what can be told apart about them (RFC 8460 §4.4), in the order in which each
 * was first seen. A policy that was changed in between counts as another.
 */
export function countSessions(sessions: Iterable<SeenSession>): readonly PolicyReport[] {
  const counts = new Map<string, Count>()
  for (const { policy, outcome } of sessions) {
    const key = JSON.stringify([policy.kind, policy.domain, policy.lines, policy.hosts])
    const count = counts.get(key) ?? { policy, successful: 0, failed: 0, details: new Map() }
    if (!counts.has(key)) {
      if (counts.size === policyLimit) continue
      counts.set(key, count)
    }
    if (outcome.kind === "successful") count.successful += 1
    else {
      count.failed += 1
      addDetail(count.details, outcome)
    }
  }
  return [...counts.values()].map(({ policy, successful, failed, details }) => ({
    policy,
    successful,
    failed,
    failures: [...details.values()],
  }))
}

function addDetail(
  details: Map<string, FailureDetail>,
  { result, sendingIp, host, receivingIp, reason }: Extract<SeenSession["outcome"], { kind: "failed" }>,
): void {
  const key = JSON.stringify([result, sendingIp, host, receivingIp, reason])
  const known = details.get(key)
  if (known === undefined && details.size === detailLimit) return
  details.set(key, { result, sendingIp, host, receivingIp, reason, sessions: (known?.sessions ?? 0) + 1 })
}
