import type { SetUpResolver } from "@letterkeep/dns"
import { policyBytesLimit } from "@letterkeep/mta-sts"
import type { Clock } from "../../ports/clock.ts"
import { type Egress, fetchPolicy } from "../../ports/network/index.ts"
import type { Timer } from "../../ports/timer.ts"
import type { Privacy } from "../../privacy/index.ts"
import type { DomainKeys } from "../signing/domain-keys.ts"
import { advise } from "./advise.ts"
import type { DnsFinding, DomainFacts, StsFileSeen, WantedRecord } from "./facts.ts"
import { lookUp } from "./look-up.ts"
import { wantedRecords } from "./wanted.ts"

export type Examined =
  | {
      readonly kind: "examined"
      readonly records: readonly WantedRecord[]
      readonly findings: readonly DnsFinding[]
    }
  | { readonly kind: "not-ours" }

export interface ExamineParts {
  readonly keys: Pick<DomainKeys, "ensure" | "look">
  readonly privacy: Pick<Privacy, "egressFor">
  /** One that has kept no answers: who has just published a record shall see it. */
  readonly freshResolver: (egress: Egress) => SetUpResolver & { close(): void }
  /** What this server knows of itself now. */
  readonly server: () => Omit<DomainFacts, "domain" | "keys" | "now">
  readonly clock: Clock
  readonly timer: Timer
}

/** Milliseconds that the web may take for a policy. */
const policyMs = 10_000

/**
 * Looks at all records of one of our domains and says what it finds. A domain without keys gets them, and keys whose
 * records are there are taken into use: whoever asks is about to set the domain up.
 */
export async function examineDomain(
  { keys, privacy, freshResolver, server, clock, timer }: ExamineParts,
  domain: string,
  signal: AbortSignal,
): Promise<Examined> {
  const known = await keys.ensure(domain)
  if (known === undefined) return { kind: "not-ours" }
  const facts: DomainFacts = { ...server(), domain, keys: known, now: clock.now() }
  const resolver = freshResolver(privacy.egressFor("mail.send", "dns", ["user.communications.domain"]))
  try {
    const seen = await lookUp(facts, {
      resolver,
      lookForKeys: asking => keys.look(domain, asking),
      async readStsFile(host, ip): Promise<StsFileSeen> {
        const egress = privacy.egressFor("mail.send", "policy-host", ["user.communications.domain"])
        const path = "/.well-known/mta-sts.txt"
        const asked = { egress, host, path, ip, timer, timeout: policyMs, maxBytes: policyBytesLimit, signal }
        const answer = await fetchPolicy(asked)
        if (answer.kind === "answered") return { ...answer, kind: "file" }
        return { kind: "failed", why: answer.kind === "held-back" ? answer.kind : answer.why }
      },
    })
    const turned = { ...facts, keys: seen.dkim.map(({ key }) => key) }
    return { kind: "examined", records: wantedRecords(turned), findings: advise(turned, seen) }
  } finally {
    resolver.close()
  }
}
