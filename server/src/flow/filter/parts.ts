import type { RunLimits } from "@letterkeep/sieve"
import type { Placing, Quotas } from "../../messages/index.ts"
import type { Filters } from "../../people/filters/index.ts"
import type { People } from "../../people/index.ts"
import type { Chance } from "../../ports/chance.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { MailAddress, Privacy } from "../../privacy/index.ts"
import type { Queue } from "../../sending/index.ts"
import type { AccountId } from "../../store/ids.ts"
import type { Vaults } from "../../vaults/index.ts"

/** What filters need of the house. */
export interface FilterParts {
  readonly filters: Pick<Filters, "active" | "memory">
  readonly placing: Placing
  readonly people: Pick<People, "findRecipient">
  readonly quotas: Quotas
  /** The account's own address first. */
  readonly addressesOf: (account: AccountId) => Promise<readonly MailAddress[]>
  readonly queue: Pick<Queue, "prepare" | "notifyDue">
  readonly privacy: Pick<Privacy, "gate">
  readonly vaults: Pick<Vaults, "keyedHash" | "serverHash" | "sealKeys">
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  /** This server's name. */
  readonly hostname: string
  /** Milliseconds after which what a filter sends is given up. */
  readonly retryMs: number
  readonly limits?: Partial<RunLimits>
  /** Octets of one message that filters make more copies of; else as `filterTraffic` says. */
  readonly moreOctets?: number
}
