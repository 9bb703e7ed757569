/**
 * The one path in: a door hands over a message, it is screened, sealed for each reader, kept, and whoever waits
 * for it is told. "Kept" is answered only after the commit.
 *
 *   door ──> gather ──> screen ──> prepare ──> keep ──> (the commit tells)
 */
import { messageIds, scanMessage, splitFields } from "@letterkeep/mime"
import type { Delivery, Keep } from "../messages/index.ts"
import { prepareEntry } from "../messages/index.ts"
import type { People } from "../people/index.ts"
import type { Chance } from "../ports/chance.ts"
import type { Clock } from "../ports/clock.ts"
import { failure, type Log, ref } from "../ports/log.ts"
import type { Screening } from "../screening/index.ts"
import { StoreError } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Envelope, Incoming, Outcome, Receive } from "./envelope.ts"
import { gather } from "./gather.ts"
import { received, returnPath, screeningField } from "./trace-fields.ts"
