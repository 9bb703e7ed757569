import {
  type Change,
  isMaterial,
  type PublishedVersion,
  type Statement,
} from "../../../privacy/policy/index.ts"
import { dayOf, frame } from "./frame.ts"
import { type Html, html } from "./html.ts"
import { statementHtml } from "./statement.ts"

/** What one version says that another does not, statement by statement. */
export function differencePage(
  from: PublishedVersion,
  to: PublishedVersion,
  changes: readonly Change[],
): string {
  const count = changes.length === 1 ? "1 statement differs" : `${changes.length} statements differ`
  const body = html`<h1>What changed</h1>
<p class="when">From <a href="/privacy/versions/${from.label}">version ${from.label}</a> of ${dayOf(from.publishedAt)} to <a href="/privacy/versions/${to.label}">version ${to.label}</a> of ${dayOf(to.publishedAt)}: ${changes.length === 0 ? "nothing." : `${count}.`}</p>
${changes.map(changeHtml)}`
  return frame({ title: `What changed from ${from.label} to ${to.label}`, body })
}

const words = { added: "Added", removed: "Removed", changed: "Changed" } as const

function changeHtml(change: Change): Html {
  return html`<section class="change ${change.kind}">
<h2>${words[change.kind]} in “${change.section}”</h2>
<p class="class">${isMaterial(change) ? "Material: it takes something from you, or asks more." : "Not material."}</p>
${bothHtml(change)}</section>
`
}

function bothHtml(change: Change): Html {
  switch (change.kind) {
    case "added":
      return html`<ins>${whole(change.now, "h3")}</ins>`
    case "removed":
      return html`<del>${whole(change.before, "h3")}</del>`
    case "changed":
      return html`<h3>Before</h3>
<del>${whole(change.before, "h4")}</del>
<h3>Now</h3>
<ins>${whole(change.now, "h4")}</ins>`
  }
}

/** Promises are part of what a statement says: a check that it no longer rests on is a change. */
function whole(statement: Statement, level: "h3" | "h4"): Html {
  const checks = statement.promises.join(", ") || "nothing"
  return statementHtml(
    { ...statement, facts: [...statement.facts, ["Checked by", checks]] },
    level,
    undefined,
  )
}
