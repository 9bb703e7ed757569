import type { Kept } from "@letterkeep/mta-sts"
import type { Clock } from "../../ports/clock.ts"
import { failure, type Log, own } from "../../ports/log.ts"
import type { Store } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"

/** MTA-STS policies in the database, each sealed to the server under a keyed hash of its domain. */
export interface KeptPolicies {
  /** Undefined where there is none that still holds; "unreadable" where there is one that does not open. */
  find(domain: string): Promise<KeptPolicy | "unreadable" | undefined>
  /** Takes the place of the one before; those that have run out go. */
  keep(domain: string, policy: KeptPolicy): Promise<void>
}

export interface KeptPolicy extends Kept {
  /** As they were found. */
  readonly lines: readonly string[]
}

type Parts = {
  readonly clock: Clock
  readonly store: Pick<Store, "sql">
  readonly vaults: Pick<Vaults, "serverHash" | "sealToServer" | "openFromServer">
  readonly log: Log
}

export function openKeptPolicies({ clock, store: { sql }, vaults, log }: Parts): KeptPolicies {
  const hashOf = (domain: string): Buffer => vaults.serverHash("destination", `sts ${domain}`)
  return {
    async find(domain) {
      const [row] = await sql<{ data: Uint8Array }[]>`
        select data from sts_policy where domain_hash = ${hashOf(domain)} and until > ${new Date(clock.now())}`
      if (row === undefined) return undefined
      try {
        return readPolicy(vaults.openFromServer("sts-policy", domain, row.data).toString("utf8"))
      } catch (error) {
        // A row of somebody else's making, or of another domain's: it is no reason to send without TLS.
        log.event("task.failed", { task: own("read an MTA-STS policy"), error: failure(error) })
        return "unreadable"
      }
    },
    async keep(domain, policy) {
      const data = vaults.sealToServer("sts-policy", domain, Buffer.from(JSON.stringify(policy), "utf8"))
      const now = new Date(clock.now())
      const until = new Date(policy.fetchedAt + policy.policy.maxAge * 1000)
      await sql`
        with gone as (delete from sts_policy where until <= ${now} and domain_hash <> ${hashOf(domain)})
        insert into sts_policy (domain_hash, data, until) values (${hashOf(domain)}, ${data}, ${until})
        on conflict (domain_hash) do update set data = excluded.data, until = excluded.until`
    },
  }
}

/** What was sealed here is of this form. */
function readPolicy(json: string): KeptPolicy {
  return JSON.parse(json) as KeptPolicy // sealed by `keep`, and opened whole
}
