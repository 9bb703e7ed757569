import type { HouseLedger } from "../../../privacy/index.ts"
import { type Finding, well, wrong } from "./finding.ts"

/** An event has its number and a signed checkpoint within this time. */
const numberedWithinMs = 5_000

/** Whether the ledger goes on being signed. What lies in it is for `ledger verify`. */
export function examineLedger(ledger: Pick<HouseLedger, "waitingFor" | "lost">): Finding {
  const about = "ledger"
  const lost = ledger.lost()
  if (lost > 0)
    return wrong(
      about,
      `${lost} of the events that this server wrote were taken out of the database before they had their number`,
      "find out who can write to the database; the log says when: ledger.event-lost",
    )
  const waitingMs = ledger.waitingFor()
  if (waitingMs <= numberedWithinMs) return well(about, "events get their numbers and signatures")
  return wrong(
    about,
    `an event has waited for its number for ${Math.round(waitingMs / 1000)} s: nothing is signed`,
    "./letterkeep ledger verify, and the log: ledger.numbering-failed says why",
  )
}
