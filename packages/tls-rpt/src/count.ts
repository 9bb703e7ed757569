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

/**
 * Sessions counted by policy, and failures by what can be told apart about them (RFC 8460 §4.4), in the order in which each
 * was first seen. A policy that was changed in between counts as another.
 */
export interface Counts {
  add(session: SeenSession): void
  /** What was counted elsewhere: afterwards it is as if all had been counted here. */
  addAll(reports: readonly PolicyReport[]): void
  /** Policies, and kinds of failures of each, that are told apart here: the memory that it takes grows with them. */
  readonly size: number
  reports(): readonly PolicyReport[]
}

export interface CountLimits {
  /** Policies; sessions under others are left out. */
  readonly policies: number
  /** Kinds of failures of one policy; others are in its sums alone. */
  readonly details: number
}

interface Count {
  readonly policy: PolicySeen
  successful: number
  failed: number
  readonly details: Map<string, FailureDetail>
}

export function createCounts(limits: CountLimits = { policies: policyLimit, details: detailLimit }): Counts {
  const counts = new Map<string, Count>()
  let size = 0

  const countOf = (policy: PolicySeen): Count | undefined => {
    const key = JSON.stringify([policy.kind, policy.domain, policy.lines, policy.hosts])
    const known = counts.get(key)
    if (known !== undefined) return known
    if (counts.size >= limits.policies) return undefined
    const count: Count = { policy, successful: 0, failed: 0, details: new Map() }
    counts.set(key, count)
    size += 1
    return count
  }
  const addDetail = ({ details }: Count, detail: FailureDetail): void => {
    const { result, sendingIp, host, receivingIp, reason } = detail
    const key = JSON.stringify([result, sendingIp, host, receivingIp, reason])
    const known = details.get(key)
    if (known === undefined && details.size >= limits.details) return
    if (known === undefined) size += 1
    details.set(key, { ...detail, sessions: (known?.sessions ?? 0) + detail.sessions })
  }

  return {
    add({ policy, outcome }) {
      const count = countOf(policy)
      if (count === undefined) return
      if (outcome.kind === "successful") {
        count.successful += 1
        return
      }
      count.failed += 1
      const { result, sendingIp, host, receivingIp, reason } = outcome
      addDetail(count, { result, sendingIp, host, receivingIp, reason, sessions: 1 })
    },
    addAll(reports) {
      for (const { policy, successful, failed, failures } of reports) {
        const count = countOf(policy)
        if (count === undefined) continue
        count.successful += successful
        count.failed += failed
        for (const failure of failures) addDetail(count, failure)
      }
    },
    get size() {
      return size
    },
    reports: () =>
      [...counts.values()].map(({ policy, successful, failed, details }) => ({
        policy,
        successful,
        failed,
        failures: [...details.values()],
      })),
  }
}
