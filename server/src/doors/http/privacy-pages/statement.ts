import { type CheckResults, rulesHash, type Statement } from "../../../privacy/policy/index.ts"
import { dayOf, nothing } from "./frame.ts"
import { type Html, html } from "./html.ts"

/** A result of other rules says nothing of these. */
const rulesNow = rulesHash()

/** One statement of the policy, with what was last found of the promises that prove it. */
export function statementHtml(
  statement: Statement,
  level: "h3" | "h4",
  results: CheckResults | undefined,
): Html {
  const { id, term, text, facts } = statement
  const heading = term === "" ? nothing : level === "h3" ? html`<h3>${term}</h3>` : html`<h4>${term}</h4>`
  return html`<div class="statement" id="${id}">
${heading}<p>${text}</p>
${factsHtml(facts)}${results === undefined ? nothing : proofHtml(statement, results)}</div>
`
}

function factsHtml(facts: Statement["facts"]): Html {
  if (facts.length === 0) return nothing
  const lines = facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)
  return html`<dl class="facts">${lines}</dl>
`
}

function proofHtml({ source, promises }: Statement, results: CheckResults): Html {
  const unchecked = source === "settings" ? "as the operator's settings say" : "not machine-checked"
  if (promises.length === 0) return html`<p class="proof none">${unchecked}</p>`
  return html`${promises.map(id => html`<p class="proof ${stateOf(id, results)}">${said(id, results)}</p>`)}`
}

function stateOf(id: string, results: CheckResults): string {
  const result = results.get(id)
  return result?.rules === rulesNow ? result.state : "none"
}

function said(id: string, results: CheckResults): Html {
  const result = results.get(id)
  if (result === undefined) return html`to be checked by ${id}: no result on this server`
  if (result.rules !== rulesNow) return html`to be checked by ${id}: last checked for other rules`
  const day = dayOf(result.at)
  switch (result.state) {
    case "passed":
      return html`checked by ${id}: passed on ${day}`
    case "in-part":
      return html`checked in part by ${id}: passed on ${day}`
    case "failed":
      return html`checked by ${id}: failed on ${day}`
  }
}
