import { categories } from "./categories.ts"
import type { PolicyFacts } from "./facts.ts"
import { purposesInForce, type SwitchedOn, sentenceOf, toldBy } from "./in-force.ts"
import type { ColumnInForce } from "./keeping-in-force.ts"
import { bases, purposes } from "./purposes.ts"
import { recipients } from "./recipients.ts"
import type { Purpose } from "./registry.ts"
import { policyVersion } from "./rules.ts"
import { opens } from "./tables.ts"
import { grounds, type Where } from "./transfers.ts"

/**
 * The record of processing activities (GDPR Art. 30(1)), one activity a purpose, from the tables that rule the gate
 * and the tags of the running database's columns. Terms of the Data Privacy Vocabulary stand beside as notes
 * (`dpv`): they help programs to compare records, the words are what counts.
 */
export function recordOfProcessing(facts: PolicyFacts, columns: readonly ColumnInForce[]) {
  return {
    record: "processing activities (GDPR Art. 30(1))",
    vocabularies: { dpv: "https://w3id.org/dpv#", "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#" },
    rules: policyVersion,
    controller: {
      name: facts.operator.name || null,
      address: facts.operator.address || null,
      contact: facts.operator.contact || null,
      countries: facts.operator.regions,
    },
    activities: purposesInForce(facts.switchedOn).map(id => activity(id, columns, facts.switchedOn)),
    securityMeasures,
  }
}

export type RecordOfProcessing = ReturnType<typeof recordOfProcessing>

/** A purpose without a line here has no note. */
const dpvPurposes: Readonly<Record<string, string>> = {
  "mail.receive": "dpv:ServiceProvision",
  "mail.screen": "dpv:EnforceSecurity",
  "mail.read": "dpv:ServiceProvision",
  "mail.organise": "dpv:ServiceProvision",
  "account.serve": "dpv:ServiceProvision",
  "account.support": "dpv:CustomerCare",
  "ledger.show": "dpv:ServiceProvision",
  "staff.bind": "dpv:PersonnelManagement",
  "domain.watch": "dpv:EnforceSecurity",
  "server.protect": "dpv:EnforceSecurity",
}

const dpvBases = {
  contract: "eu-gdpr:A6-1-b",
  "legal-duty": "eu-gdpr:A6-1-c",
  "legitimate-interest": "eu-gdpr:A6-1-f",
} as const satisfies Record<keyof typeof bases, string>

/** GDPR Art. 30(1)(g). */
const securityMeasures = [
  "Messages and their index are sealed on arrival to a key that only the person's sign-in opens.",
  "Personal data opens inside a gate that asks for a purpose, and leaves through one door that asks for a recipient.",
  "Keys that the server itself holds lie outside of the database.",
]

function activity(id: Purpose, columns: readonly ColumnInForce[], switchedOn: SwitchedOn) {
  const { basis, permitLasts } = purposes[id]
  return {
    id,
    purpose: sentenceOf(id, switchedOn),
    dpv: dpvPurposes[id] ?? null,
    legalBasis: { kind: basis, article: bases[basis].article, dpv: dpvBases[basis] },
    dataSubjects: ["people who have an account here", "people who write to them"],
    /** Seconds that one piece of this work may last. */
    longestWork: permitLasts / 1000,
    categories: opens(id).map(key => {
      const { about, held } = categories[key]
      return { key, about, held, columns: columns.filter(one => one.category === key).map(keptColumn) }
    }),
    recipients: toldBy(id, switchedOn).map(one => {
      const { sentence: about, fields, where, agreement } = recipients[one]
      return { id: one, about, fields, transfer: transferOf(where), agreement }
    }),
  }
}

/** What Art. 30(1)(f) asks of a column: when it is erased, and how. */
function keptColumn({ table, column, owner, retention, erasure }: ColumnInForce) {
  return { column: `${table}.${column}`, of: owner, kept: retention, erasedWith: erasure }
}

/** Art. 30(1)(e). */
function transferOf(where: Where) {
  switch (where.kind) {
    case "this-machine":
      return { countries: [], ground: null }
    case "countries":
      return { countries: where.countries, ground: grounds[where.ground] }
    case "anywhere":
      return { countries: "any", ground: grounds[where.ground] }
  }
}
