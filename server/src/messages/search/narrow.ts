/**
 * The first half of a search: what can be known without opening a message. Each part of the plan is asked only about
 * messages that the parts before it left open, and answers which match and which may.
 */
import { asId } from "../../store/index.ts"
import type { AccountIndex, Found, Question } from "../sealed-index/index.ts"
import type { Finder } from "./places.ts"
import { Places } from "./places.ts"
import { isLeaf, type Leaf, type Plan, writtenByUs } from "./plan.ts"
import type { RowFilter } from "./row-filter.ts"

/** Apart from one another; what is in neither does not match. */
export interface Narrowed {
  readonly sure: Places
  readonly maybe: Places
}

export interface Narrowing {
  readonly finder: Finder
  /** Those among some that the filter lets through. */
  readonly askRows: (filter: RowFilter, among: Places) => Promise<Places>
  readonly index: Pick<AccountIndex, "findEach">
  readonly signal: AbortSignal
}

/** What the index was asked already: leaves that stand together are asked together. */
type Asked = Map<Leaf, Found>

/** What each part has answered, for those it was asked about. */
export type Answers = Map<Plan, Narrowed>

export async function narrow(
  work: Narrowing,
  plan: Plan,
  among: Places,
  answers: Answers,
  together: readonly Plan[] = [plan],
  asked: Asked = new Map(),
): Promise<Narrowed> {
  const answer = among.isEmpty ? nowhere(among) : await ask(work, plan, among, answers, together, asked)
  answers.set(plan, answer)
  return answer
}

async function ask(
  work: Narrowing,
  plan: Plan,
  among: Places,
  answers: Answers,
  together: readonly Plan[],
  asked: Asked,
): Promise<Narrowed> {
  work.signal.throwIfAborted()
  switch (plan.kind) {
    case "all":
      return certain(among)
    case "uids":
      return certain(work.finder.ofUidRanges(plan.ranges).and(among))
    case "email":
      return certain(work.finder.ofEmails([plan.email]).and(among))
    case "rows":
      return certain(await work.askRows(plan.filter, among))
    case "and":
      return await narrowAll(work, plan.of, among, answers)
    case "or":
      return await narrowAny(work, plan.of, among, answers)
    case "not": {
      const { sure, maybe } = await narrow(work, plan.of, among, answers)
      return { sure: among.without(sure).without(maybe), maybe }
    }
    default:
      return await askIndex(work, plan, among, together, asked)
  }
}

async function narrowAll(
  work: Narrowing,
  plans: readonly Plan[],
  among: Places,
  answers: Answers,
): Promise<Narrowed> {
  let sure = among
  let open = among
  const asked: Asked = new Map()
  for (const plan of plans) {
    const answer = await narrow(work, plan, open, answers, plans, asked)
    sure = sure.and(answer.sure)
    open = answer.sure.or(answer.maybe)
    if (open.isEmpty) break
  }
  return { sure, maybe: open.without(sure) }
}

async function narrowAny(
  work: Narrowing,
  plans: readonly Plan[],
  among: Places,
  answers: Answers,
): Promise<Narrowed> {
  let sure = Places.none(among.size)
  let maybe = sure
  const asked: Asked = new Map()
  for (const plan of plans) {
    const answer = await narrow(work, plan, among.without(sure), answers, plans, asked)
    sure = sure.or(answer.sure)
    maybe = maybe.or(answer.maybe)
  }
  return { sure, maybe: maybe.without(sure) }
}

async function askIndex(
  work: Narrowing,
  leaf: Leaf,
  among: Places,
  together: readonly Plan[],
  asked: Asked,
): Promise<Narrowed> {
  if (questionOf(leaf) === undefined) return { sure: Places.none(among.size), maybe: among }
  // What comes later is asked about no more than this.
  if (!asked.has(leaf)) await askTogether(work, among, together, asked)
  const found = asked.get(leaf)
  if (found === undefined) throw new Error("a leaf that stands nowhere")
  const sure = work.finder.ofEmails(found.sure).and(among)
  const maybe = work.finder.ofEmails(found.perhaps).and(among).without(sure)
  // Of a field that the index does not hold it knows only whether it is there.
  return leaf.kind === "header" && leaf.text !== ""
    ? { sure: Places.none(among.size), maybe: maybe.or(sure) }
    : { sure, maybe }
}

/** Questions that are asked at once: each holds what it finds of 100,000 messages. */
const togetherLimit = 8

async function askTogether(
  work: Narrowing,
  among: Places,
  together: readonly Plan[],
  asked: Asked,
): Promise<void> {
  const span = work.finder.emailSpan(among)
  if (span === undefined) throw new Error("nobody is asked about nothing")
  const leaves = together.filter(isLeaf).filter(leaf => !asked.has(leaf) && questionOf(leaf) !== undefined)
  const some = leaves.slice(0, togetherLimit)
  const questions = some.flatMap(leaf => questionOf(leaf) ?? [])
  const found = await work.index.findEach(questions, {
    among: { from: asId(span.from), to: asId(span.to) },
    signal: work.signal,
  })
  for (const [at, leaf] of some.entries()) {
    const answer = found[at]
    if (answer !== undefined) asked.set(leaf, answer)
  }
}

/** Undefined where only the messages themselves tell. */
function questionOf(leaf: Leaf): Question | undefined {
  if (leaf.kind === "text") return { fields: leaf.fields, text: leaf.text }
  if (leaf.kind === "header" && !writtenByUs(leaf.field)) return { headerName: leaf.field }
  return undefined
}

function certain(sure: Places): Narrowed {
  return { sure, maybe: Places.none(sure.size) }
}

function nowhere(among: Places): Narrowed {
  return { sure: among, maybe: among }
}
