import type { PolicyDocument, Statement } from "./document.ts"

/** What one version of the policy says that another does not: statement by statement, found by their ids. */
export type Change =
  | { readonly kind: "added"; readonly section: string; readonly now: Statement }
  | { readonly kind: "removed"; readonly section: string; readonly before: Statement }
  | {
      readonly kind: "changed"
      readonly section: string
      readonly before: Statement
      readonly now: Statement
    }

/**
 * In the order of `to`, what was removed at the end. A statement that moved to another section was removed there and
 * added here; an order of statements that differs is no change.
 */
export function differenceOf(from: PolicyDocument, to: PolicyDocument): readonly Change[] {
  const before = statementsOf(from)
  const now = statementsOf(to)
  const changes: Change[] = []
  for (const [key, { section, statement }] of now) {
    const old = before.get(key)
    if (old === undefined) changes.push({ kind: "added", section, now: statement })
    else if (!isEqual(old.statement, statement))
      changes.push({ kind: "changed", section, before: old.statement, now: statement })
  }
  for (const [key, { section, statement }] of before)
    if (!now.has(key)) changes.push({ kind: "removed", section, before: statement })
  return changes
}

function statementsOf(document: PolicyDocument) {
  return new Map(
    document.sections.flatMap(section =>
      section.statements.map(
        statement => [`${section.id} ${statement.id}`, { section: section.title, statement }] as const,
      ),
    ),
  )
}

function isEqual(one: Statement, other: Statement): boolean {
  const told = ({ term, text, facts, source, promises }: Statement) =>
    JSON.stringify([term, text, facts, source, promises])
  return told(one) === told(other)
}
