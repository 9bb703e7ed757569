/** What the page says: events, verdicts and faults in plain words. */
import { glossary } from "virtual:glossary"
import type { EventFault, Refusal } from "./check-proof.ts"
import { fieldsOf, isCount, isText, parseJson } from "./read-proof-file.ts"

export interface Told {
  readonly title: string
  /** Further sentences, each a line. */
  readonly lines: readonly string[]
  /** ISO 8601, if the event says when. */
  readonly at: string | undefined
}

/** An event's detail in words. What this page does not know is shown as it stands. */
export function tellEvent(detail: string): Told {
  const fields = fieldsOf(parseJson(detail)) ?? new Map<string, unknown>()
  const text = (name: string): string => {
    const value = fields.get(name)
    return isText(value) ? value : isCount(value) ? String(value) : "something that is not said"
  }
  const at = fields.get("at")
  const policy = `The policy was in its version ${text("policyVersion")}.`
  const told = (title: string, ...lines: readonly string[]): Told => ({
    title,
    lines: [...lines, policy],
    at: isText(at) ? at : undefined,
  })
  switch (fields.get("kind")) {
    case "disclosure": {
      const count = fields.get("count")
      return told(
        `Shared with: ${glossary.recipients[text("recipient")] ?? text("recipient")}`,
        `What: ${listed(fields.get("categories"))}${isCount(count) && count > 1 ? `, up to ${count} values` : ""}.`,
        `What for: ${glossary.purposes[text("purpose")] ?? text("purpose")}`,
      )
    }
    case "staff-access": {
      const categories = fields.get("categories")
      const isChange = Array.isArray(categories) && categories.length === 0
      return told(
        `${isText(fields.get("by")) ? text("by") : "Somebody"}, who runs this server, ${isChange ? "changed your account" : "looked at your data"}`,
        `${isChange ? "" : `What: ${listed(categories)}. `}By the command “${text("command")}”.`,
        `The reason they gave: “${text("reason")}”`,
      )
    }
    case "choice":
      return told(
        `A choice of yours: ${text("choice")} – ${text("value")}`,
        `The words that you were shown: “${text("wording")}”`,
      )
    case "account-key":
      return told(
        `Your account got its key number ${text("generation")}`,
        `Mail that came after this is sealed to the public key ${text("publicKey")}.`,
      )
    case "agreement": {
      const recipient = glossary.recipients[text("recipient")] ?? text("recipient")
      switch (fields.get("says")) {
        case "agreed":
          return told(`Agreed: ${recipient} may be told something`, `What: ${listed(fields.get("fields"))}.`)
        case "ended":
          return told(`Ended: ${recipient} is told nothing any more`)
        default:
          return told("The register of recipients was begun anew", "What was agreed before counts no more.")
      }
    }
    case "policy-version": {
      const count = fields.get("edition")
      const edition = isCount(count) && count > 1 ? `.${count}` : ""
      return told(
        `Version ${text("version")}${edition} of the privacy policy took effect`,
        `Its text has the checksum ${text("sha256")}.`,
      )
    }
    default:
      return told("An event of a kind that this page does not know", detail)
  }
}

function listed(categories: unknown): string {
  if (!Array.isArray(categories) || categories.length === 0) return "nothing that has a category"
  return categories
    .filter(isText)
    .map(category => glossary.categories[category] ?? category)
    .join(", ")
}

export const refusals: Readonly<Record<Refusal | "not-a-proof" | "unreadable", string>> = {
  "not-a-proof": "This is not a proof file of Letterkeep, or it is damaged.",
  unreadable: "Your browser could not read this file, or it was written anew meanwhile.",
  "bad-key": "The key in this file is damaged: it does not match its own number.",
  "other-key": "This file is signed by another key than that of the server which gave you this page.",
  "bad-note": "The signed checkpoint in this file is damaged.",
  "not-signed": "The checkpoint in this file is not signed by the key that the file names.",
  "bad-signature": "The signature does not fit: the checkpoint in this file has been altered.",
  "not-a-checkpoint": "What is signed in this file is not the state of a ledger.",
  "other-origin": "The checkpoint in this file is that of another ledger.",
  "browser-too-old":
    "This browser cannot check Ed25519 signatures. Take a newer one: Chrome 137, Firefox 129, Safari 17 or later.",
}

export const faults: Readonly<Record<EventFault, string>> = {
  commitment: "Altered: this is not what the ledger holds under this number.",
  inclusion: "Not in the ledger that was signed.",
  order: "Listed twice or out of order.",
  subject: "About another account than the rest of the file.",
}
