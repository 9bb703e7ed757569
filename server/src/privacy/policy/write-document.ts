import type { PolicyDocument, Statement } from "./document.ts"
import type { PolicyFacts } from "./facts.ts"
import { type SectionId, sections, sentences } from "./sentences.ts"
import { collected, type Keeping, kept, usedForWhat, whoGetsIt } from "./tables.ts"

/**
 * Writes the policy of one server: from the tables that rule the gate, the tags of its own database's columns, the
 * sentences, and what the operator's settings say.
 */
export function writeDocument(
  rules: number,
  facts: PolicyFacts,
  keeping: ReadonlyMap<string, Keeping>,
): PolicyDocument {
  const made: { readonly [id in SectionId]?: readonly Statement[] } = {
    operator: whoRunsIt(facts),
    collected: collected(keeping, facts.switchedOn),
    purposes: usedForWhat(facts.switchedOn),
    recipients: whoGetsIt(facts.switchedOn),
    where: whereItLies(facts),
    cookies: kept(),
  }
  return {
    format: 1,
    rules,
    sections: Object.entries(sections)
      .map(([id, title]) => ({
        id,
        title,
        statements: [...(made[id as SectionId] ?? []), ...said(id, facts)], // the table's own keys
      }))
      .filter(({ statements }) => statements.length > 0),
  }
}

function said(section: string, { switchedOn }: PolicyFacts): readonly Statement[] {
  return sentences
    .filter(one => one.section === section && one.needs.every(need => switchedOn.has(need)))
    .map(({ id, text, promises }) => ({ id, term: "", text, facts: [], source: "words", promises }))
}

const notGiven = "Not given: the operator has not said it."

function whoRunsIt({ operator }: PolicyFacts): readonly Statement[] {
  const line = (id: string, term: string, value: string): Statement => ({
    id: `operator.${id}`,
    term,
    text: value || notGiven,
    facts: [],
    source: "settings",
    promises: [],
  })
  return [
    line("name", "Operator", operator.name),
    line("address", "Address", operator.address),
    line("contact", "Contact for privacy", operator.contact),
  ]
}

function whereItLies({ operator: { regions } }: PolicyFacts): readonly Statement[] {
  return [
    {
      id: "where.regions",
      term: "Countries where the server and its data stand, and whose law applies there",
      text: regions.length === 0 ? notGiven : regions.join(", "),
      facts: [],
      source: "settings",
      promises: ["POL-6"],
    },
  ]
}
