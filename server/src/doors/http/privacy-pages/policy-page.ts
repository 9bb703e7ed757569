import { signalSupport } from "../../../privacy/index.ts"
import type { CheckResults, MissingAfter, PlacedVersion } from "../../../privacy/policy/index.ts"
import { dayOf, frame, nothing } from "./frame.ts"
import { type Html, html } from "./html.ts"
import { statementHtml } from "./statement.ts"
import { unknownMissing } from "./versions-page.ts"

/** A version of the policy, in full; the one in effect with the results of its checks. */
export interface PolicyPage {
  readonly placed: PlacedVersion
  readonly results: CheckResults
  /** The browser sent Sec-GPC: 1. */
  readonly signal: boolean
}

export function policyPage(page: PolicyPage): string {
  const { version, document, until, missingAfter } = page.placed
  const isCurrent = until === undefined
  const body = html`<h1>Privacy policy</h1>
<p class="when">${effectHtml(page.placed)}</p>
${missingAfter === 0 ? nothing : missingHtml(missingAfter)}${isCurrent ? signalHtml(page.signal) : oldHtml()}<nav class="contents" aria-label="Contents">
<ul>
${document.sections.map(
  ({ id, title }) => html`<li><a href="#section-${id}">${title}</a></li>
`,
)}</ul>
</nav>
${document.sections.map(
  ({ id, title, statements }) => html`<section aria-labelledby="section-${id}">
<h2 id="section-${id}">${title}</h2>
${statements.map(one => statementHtml(one, "h3", isCurrent ? page.results : undefined))}${id === "changes" ? changesHtml(page.placed) : nothing}</section>
`,
)}${proofOfText(page.placed)}`
  const title = isCurrent ? "Privacy policy" : `Privacy policy, version ${version.label}`
  return frame({ title, body })
}

function effectHtml({ version: { label, publishedAt }, until, missingAfter }: PlacedVersion): Html {
  const since = dayOf(publishedAt)
  // When the next one took its place is not known.
  if (missingAfter !== 0) return html`Version ${label}, in effect from ${since} on.`
  return until === undefined
    ? html`Version ${label}, in effect since ${since}.`
    : html`Version ${label}, in effect from ${since} to ${dayOf(until)}.`
}

/** Nobody is to take it for the whole truth that this is what holds, or held until the next that is there. */
function missingHtml(missing: MissingAfter): Html {
  const what = missing === "unknown" ? unknownMissing : takenOut(missing)
  return html`<p class="signal" role="note">${what} See <a href="/privacy/versions">all versions</a>.</p>
`
}

function takenOut(missing: number): Html {
  return missing === 1
    ? html`<strong>A version that was published after this one is missing</strong>: it was taken out of the database.`
    : html`<strong>${missing} versions that were published after this one are missing</strong>: they were taken out of the database.`
}

function signalHtml(signal: boolean): Html {
  if (!signal) return nothing
  return html`<p class="signal" role="note">${signalSupport.wording}</p>
`
}

function oldHtml(): Html {
  return html`<p class="signal" role="note">This version is no longer in effect: <a href="/privacy">the one that is</a>.</p>
`
}

function changesHtml({ version, before }: PlacedVersion): Html {
  const compare =
    before === undefined
      ? html`This is the first.`
      : html`<a href="/privacy/diff?from=${before}&amp;to=${version.label}">What changed from version ${before} to ${version.label}</a>.`
  return html`<p><a href="/privacy/versions">All versions</a>. ${compare}</p>
`
}

/** So that anybody can compute it again. */
function proofOfText({ version }: PlacedVersion): Html {
  return html`<section aria-labelledby="section-text">
<h2 id="section-text">The text of this version</h2>
<p>As data: <a href="/privacy/versions/${version.label}.json">version ${version.label}</a>. Its SHA-256, which the <a href="/ledger/checkpoint">ledger</a> holds too:</p>
<p class="hash"><code>${version.sha256}</code></p>
</section>
`
}
