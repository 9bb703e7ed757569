/** The plan for one message: from what narrowing left, and from what is asked of its content where that is not enough. */
import type { Answers } from "./narrow.ts"
import { isLeaf, type Leaf, type Plan } from "./plan.ts"

/** `open`: whoever was asked cannot tell. */
export type Verdict = "yes" | "no" | "open"

export function judge(plan: Plan, place: number, answers: Answers, ask: (leaf: Leaf) => Verdict): Verdict {
  switch (plan.kind) {
    case "and":
      return all(plan.of, one => judge(one, place, answers, ask))
    case "or":
      return opposite(all(plan.of, one => opposite(judge(one, place, answers, ask))))
    case "not":
      return opposite(judge(plan.of, place, answers, ask))
    default: {
      // Parts come in the order in which they were narrowed, so whoever comes here was asked about this message.
      const answer = answers.get(plan)
      if (answer?.sure.has(place)) return "yes"
      return answer?.maybe.has(place) && isLeaf(plan) ? ask(plan) : "no"
    }
  }
}

/** No further than the first that says no: the others may not have been asked. */
function all(plans: readonly Plan[], verdictOf: (plan: Plan) => Verdict): Verdict {
  let verdict: Verdict = "yes"
  for (const plan of plans) {
    const one = verdictOf(plan)
    if (one === "no") return "no"
    if (one === "open") verdict = "open"
  }
  return verdict
}

function opposite(verdict: Verdict): Verdict {
  return verdict === "open" ? "open" : verdict === "yes" ? "no" : "yes"
}
