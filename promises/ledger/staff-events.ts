import { type House, type Person, succeeded } from "../../fixtures/house.ts"
import { type OwnEvent, ownEvents } from "./own-events.ts"

/** What the ledger says that staff did with somebody's account. */
export interface StaffEvent extends OwnEvent {
  readonly command: string
  readonly reason: string
  readonly by: string
  readonly categories: readonly string[]
}

/** The staff's events about a person, oldest first; the ledger that their leaves are in is whole. */
export async function staffEvents(house: House<string>, person: Person): Promise<readonly StaffEvent[]> {
  const events = await ownEvents(house, person)
  succeeded(await house.server().cli(["ledger", "verify"]))
  return events.filter((event): event is StaffEvent => event.kind === "staff-access")
}
