import type { Tls } from "@letterkeep/smtp"
import type { ResultType, SeenSession } from "@letterkeep/tls-rpt"
import type { Clock } from "../../ports/clock.ts"
import type { Shaken } from "../../ports/network/index.ts"
import type { Contact } from "../contract.ts"
import { judgeTls, policySeen, type TlsReached, type TlsRules, type TlsVerdict } from "./tls-rules.ts"
import type { Failed } from "./tried.ts"

/** How TLS goes on one connection: what was reached, what that means for this host, and the one word of it for a report. */
export interface TlsCourse {
  /** After a handshake; undefined where no mail may go over it. */
  reach(shaken: Shaken): Tls | undefined
  /** There will be no handshake: nobody offered one. Nothing new where there was one. */
  without(): void
  contact(): Contact
  /** Why this host gets no mail, as far as TLS is the reason. */
  failed(): Failed | undefined
  readonly handshakeFailed: boolean
}

export interface TlsCourseParts {
  readonly rules: TlsRules
  readonly ip: string
  readonly localIp: string
  /** What was amiss before, and is no reason not to deliver. */
  readonly report: ResultType | undefined
  readonly clock: Clock
  readonly seen: (session: SeenSession) => void
}

export function createTlsCourse({ rules, ip, localIp, report, clock, seen }: TlsCourseParts): TlsCourse {
  const host = rules.host.name
  const state: { reached: TlsReached; version: string | undefined; verdict: TlsVerdict | undefined } = {
    reached: { kind: "not-offered" },
    version: undefined,
    verdict: undefined,
  }
  const judge = (): TlsVerdict => {
    const verdict = judgeTls(rules, state.reached, clock.now())
    state.verdict = verdict
    const result = verdict.report ?? report
    seen({
      policy: policySeen(rules),
      outcome:
        result === undefined
          ? { kind: "successful" }
          : { kind: "failed", result, sendingIp: localIp, host, receivingIp: ip },
    })
    return verdict
  }
  const contact = (): Contact => ({
    host,
    ip,
    tls: state.version,
    verified: state.verdict?.kind === "deliver" ? state.verdict.verified : undefined,
  })
  return {
    contact,
    reach(shaken) {
      if (shaken.kind === "failed") {
        state.reached = shaken
        judge()
        return undefined
      }
      state.reached = { kind: "established", chain: shaken.chain, found: shaken.found }
      state.version = shaken.version
      const verdict = judge()
      return verdict.kind === "skip" ? undefined : { verified: isSure(verdict, rules) }
    },
    without() {
      if (state.verdict === undefined) judge()
    },
    failed() {
      if (state.verdict?.kind === "skip") return { kind: "not-now", why: state.verdict.why, by: contact() }
      return state.reached.kind === "failed" ? { kind: "not-now", why: "no-tls", by: contact() } : undefined
    },
    get handshakeFailed() {
      return state.reached.kind === "failed"
    },
  }
}

/** RFC 8689 §4.2.1: a name that holds is enough only where it is sure that this host is meant. */
function isSure({ verified }: Extract<TlsVerdict, { kind: "deliver" }>, { host }: TlsRules): boolean {
  return verified === "dane" || verified === "mta-sts" || (verified === "name" && host.authentic)
}
