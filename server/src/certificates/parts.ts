import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { Log } from "../ports/log.ts"
import type { Store } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Hands } from "./drive.ts"
import type { AuthoritySettings } from "./settings.ts"

/** What the files of this part are given. */
export interface Parts {
  readonly store: Pick<Store, "sql" | "transaction" | "notify">
  readonly vaults: Pick<Vaults, "sealToServer" | "openFromServer">
  readonly settings: AuthoritySettings
  readonly hands: Hands
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
}
