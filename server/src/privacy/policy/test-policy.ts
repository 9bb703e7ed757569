import { categories, isCategory } from "./categories.ts"
import { canonicalText, type PolicyDocument, readDocument, sha256Of } from "./document.ts"
import type { Feature, PolicyFacts } from "./facts.ts"
import type { ColumnInForce } from "./keeping-in-force.ts"
import { keepingOf } from "./keeping-in-force.ts"
import type { PublicPolicy } from "./open-policy.ts"
import { VERSIONS_ON_A_PAGE } from "./published.ts"
import { recordOfProcessing } from "./record.ts"
import { policyVersion } from "./rules.ts"
import { writeDocument } from "./write-document.ts"

/** A policy for tests, without a database: what is stored has one column each. */
export const testFacts: PolicyFacts = {
  operator: {
    name: "Anna Muster <& Töchter>",
    address: "Seeweg 1, 12345 Beispielstadt",
    contact: "privacy@house.example",
    regions: ["Germany"],
  },
  switchedOn: new Set<Feature>([
    "smtp",
    "imap",
    "pop3",
    "http",
    "checks",
    "sending",
    "smart-host",
    "tls-reports",
    "dmarc-reports",
    "acme",
  ]),
}

export const testColumns: readonly ColumnInForce[] = Object.keys(categories)
  .filter(isCategory)
  .filter(key => categories[key].held === "stored")
  .map((category, index) => ({
    table: "sample",
    column: `column_${index}`,
    category,
    owner: "account",
    retention: "while the account lives",
    erasure: "row",
  }))

export function testDocument(facts: PolicyFacts = testFacts): PolicyDocument {
  return writeDocument(policyVersion, facts, keepingOf(testColumns))
}

/** Versions in the order in which they were published, the first on 26 November 2026. */
export function testPolicy(documents: readonly PolicyDocument[] = [testDocument()]): PublicPolicy {
  const published = documents.map((document, index) => {
    const text = canonicalText(document)
    const label = index === 0 ? "1" : `1.${index + 1}`
    return {
      label,
      publishedAt: Date.UTC(2026, 10, 26 + index),
      sha256: sha256Of(text),
      isOurs: true,
      missing: 0,
      text,
    }
  })
  return {
    async newest() {
      const newest = published.at(-1)
      return newest && { ...newest, missingAfter: 0 }
    },
    async list(page) {
      const pages = Math.ceil(published.length / VERSIONS_ON_A_PAGE)
      const from = (page - 1) * VERSIONS_ON_A_PAGE
      const newestFirst = published.toReversed()
      if (page < 1 || page > pages) return undefined
      const versions = newestFirst.slice(from, from + VERSIONS_ON_A_PAGE)
      return { versions, before: newestFirst[from + VERSIONS_ON_A_PAGE]?.label, missingAfter: 0, page, pages }
    },
    async read(label) {
      const at = published.findIndex(one => one.label === label)
      const version = published[at]
      if (version === undefined) return undefined
      return {
        kind: "whole",
        version,
        before: published[at - 1]?.label,
        until: published[at + 1]?.publishedAt,
        missingAfter: 0,
        text: version.text,
        document: readDocument(version.text),
      }
    },
    record: recordOfProcessing(testFacts, testColumns),
  }
}
