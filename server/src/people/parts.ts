import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import type { Privacy } from "../privacy/index.ts"
import type { Store } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import type { ArgonQueue } from "./argon-queue.ts"
import type { StretchQueue } from "./stretch-queue.ts"

/** What every act on a credential needs. */
export interface CredentialParts {
  readonly store: Store
  readonly vaults: Vaults
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly chance: Chance
  readonly argon: ArgonQueue
  readonly stretching: StretchQueue
}
