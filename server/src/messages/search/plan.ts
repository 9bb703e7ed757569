/**
 * A criterion as it is worked through: what rows tell is one question where it can be, text is folded, parts that ask
 * for the same text ask once, and what costs little stands before what costs more.
 */
import { foldText } from "@letterkeep/mime"
import type { EmailId } from "../../store/index.ts"
import type { Criterion } from "../criteria.ts"
import { envelopeFields } from "../entry.ts"
import type { UidRange } from "../mail.ts"
import { traceNames } from "../own-trace.ts"
import type { IndexField } from "../sealed-index/index.ts"
import { bothFilters, type RowFilter, rowFilterOf } from "./row-filter.ts"

/** What only a message's content tells. */
export type Leaf =
  /** Any of these fields holds the text (folded). */
  | { readonly kind: "text"; readonly fields: readonly IndexField[]; readonly text: string }
  /** A header field that is not in the index holds the text; "": it is there. */
  | { readonly kind: "header"; readonly field: string; readonly text: string }
  /** The Date field, its zone left aside, in milliseconds; from, and before. */
  | { readonly kind: "sent"; readonly from: number; readonly before: number }

export type Plan =
  | { readonly kind: "all" }
  | { readonly kind: "uids"; readonly ranges: readonly UidRange[] }
  | { readonly kind: "email"; readonly email: EmailId }
  | { readonly kind: "rows"; readonly filter: RowFilter }
  | { readonly kind: "and" | "or"; readonly of: readonly Plan[] }
  | { readonly kind: "not"; readonly of: Plan }
  | Leaf

export function isLeaf(plan: Plan): plan is Leaf {
  return plan.kind === "text" || plan.kind === "header" || plan.kind === "sent"
}

export const everyField: readonly IndexField[] = [...envelopeFields, "body", "attachment"]

/** As deep as the criterion, which its door bounds. */
export function planOf(criterion: Criterion): Plan {
  const filter = rowFilterOf(criterion)
  if (filter !== undefined) return { kind: "rows", filter }
  switch (criterion.kind) {
    case "and":
      return planAll(criterion.of)
    case "or":
      return planAny(criterion.of)
    case "not":
      return { kind: "not", of: planOf(criterion.of) }
    case "header":
      return headerPlan(criterion.field, foldText(criterion.value))
    case "body":
    case "text":
      return textPlan(criterion.kind === "body" ? ["body"] : everyField, foldText(criterion.value))
    case "time":
      return {
        kind: "sent",
        from: criterion.from ?? Number.NEGATIVE_INFINITY,
        before: criterion.before ?? Number.POSITIVE_INFINITY,
      }
    case "uids":
      return { kind: "uids", ranges: criterion.ranges }
    case "email":
      return { kind: "email", email: criterion.email }
    case "all":
      return { kind: "all" }
    default:
      throw new RangeError(`rows answer ${criterion.kind}`)
  }
}

/** Every text holds nothing. */
function textPlan(fields: readonly IndexField[], text: string): Plan {
  return text === "" ? { kind: "all" } : { kind: "text", fields, text }
}

function headerPlan(field: string, text: string): Plan {
  const indexed = envelopeFields.find(name => name === field)
  return indexed === undefined || text === "" ? { kind: "header", field, text } : textPlan([indexed], text)
}

function planAll(criteria: readonly Criterion[]): Plan {
  let filter: RowFilter | undefined
  const others: Plan[] = []
  const add = (plan: Plan): void => {
    if (plan.kind === "rows") filter = filter === undefined ? plan.filter : bothFilters(filter, plan.filter)
    else if (plan.kind === "and") for (const inner of plan.of) add(inner)
    else if (plan.kind !== "all") others.push(plan)
  }
  for (const criterion of criteria) add(planOf(criterion))
  return joined("and", filter === undefined ? others : [...others, { kind: "rows", filter }])
}

function planAny(criteria: readonly Criterion[]): Plan {
  const texts = new Map<string, Set<IndexField>>()
  const others: Plan[] = []
  const add = (plan: Plan): void => {
    if (plan.kind === "or") for (const inner of plan.of) add(inner)
    else if (plan.kind !== "text") others.push(plan)
    else {
      const fields = texts.get(plan.text) ?? new Set()
      texts.set(plan.text, fields)
      for (const field of plan.fields) fields.add(field)
    }
  }
  for (const criterion of criteria) add(planOf(criterion))
  for (const [text, fields] of texts) others.push({ kind: "text", fields: [...fields], text })
  return joined("or", others)
}

/** Of nothing: all of no conditions are met, and not one. */
function joined(kind: "and" | "or", plans: readonly Plan[]): Plan {
  const [only] = plans
  if (plans.length === 1 && only !== undefined) return only
  if (plans.length === 0) return kind === "and" ? { kind: "all" } : { kind: "not", of: { kind: "all" } }
  return { kind, of: plans.toSorted((one, other) => costOf(one) - costOf(other)) }
}

function costOf(plan: Plan): number {
  switch (plan.kind) {
    case "all":
    case "uids":
    case "email":
      return 0
    case "rows":
      return 1
    case "text":
      return 2
    case "header":
      return writtenByUs(plan.field) ? 5 : 3
    case "sent":
      return 4
    case "not":
      return costOf(plan.of)
    default:
      return Math.max(...plan.of.map(costOf))
  }
}

/** Fields that may stand above a message as it came, where the index does not see them. */
export function writtenByUs(field: string): boolean {
  return traceNames.has(field)
}
