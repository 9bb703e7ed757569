import type { ListedVersion, MissingAfter, VersionList } from "../../../privacy/policy/index.ts"
import { dayOf, frame, nothing } from "./frame.ts"
import { type Html, html } from "./html.ts"

/** All versions that were published, newest first, a page at a time, and a form that compares any two of them. */
export function versionsPage(list: VersionList): string {
  const { versions, before, missingAfter, page, pages } = list
  const body = html`<h1>Versions of the policy</h1>
<p class="when">Newest first. A number with a dot is the same rules with other settings of the operator.</p>
<ul class="versions">
${topHtml(missingAfter)}${versions.map((version, index) => line(version, versions[index + 1]?.label ?? before))}</ul>
${pages > 1 ? turnHtml(page, pages) : nothing}${pages > 1 || versions.length > 1 ? compareForm(list) : nothing}`
  const title = page === 1 ? "Versions of the policy" : `Versions of the policy, page ${page}`
  return frame({ title, body })
}

function line(version: ListedVersion, before: string | undefined): Html {
  const { label, publishedAt, sha256, isOurs, missing } = version
  const gap = missing > 0 ? gapHtml(missing) : nothing
  if (!isOurs)
    return html`<li><p><a href="/privacy/versions/${label}">Version ${label}</a> <strong>was altered in the database</strong>: what it said is not shown.</p></li>
${gap}`
  const compare =
    before === undefined
      ? nothing
      : html` <a href="/privacy/diff?from=${before}&amp;to=${label}">What changed from ${before}</a>`
  return html`<li><p><a href="/privacy/versions/${label}">Version ${label}</a>, in effect since ${dayOf(publishedAt)}.${compare}</p>
<p class="hash">SHA-256 <code>${sha256}</code></p></li>
${gap}`
}

export const unknownMissing = html`<strong>Whether newer versions were taken out of the database is not known</strong>: what the ledger was last told cannot be read.`

function topHtml(missing: MissingAfter): Html {
  if (missing === "unknown")
    return html`<li><p>${unknownMissing}</p></li>
`
  return missing === 0 ? nothing : gapHtml(missing)
}

function gapHtml(missing: number): Html {
  const which =
    missing === 1
      ? "A version that was published here is"
      : `${missing} versions that were published here are`
  return html`<li><p><strong>${which} missing</strong>: taken out of the database. The <a href="/ledger/checkpoint">ledger</a> has the checksum.</p></li>
`
}

function turnHtml(page: number, pages: number): Html {
  const newer = html`<a href="/privacy/versions?page=${page - 1}" rel="prev">Newer</a>`
  const older = html`<a href="/privacy/versions?page=${page + 1}" rel="next">Older</a>`
  return html`<nav class="turn" aria-label="Pages of the list">
<p>${page > 1 ? newer : nothing}<span>Page ${page} of ${pages}</span>${page < pages ? older : nothing}</p>
</nav>
`
}

/** What is not on this page can be typed. */
function compareForm({ versions, pages }: VersionList): Html {
  const field = (name: string, chosen: string) =>
    pages === 1
      ? html`<select name="${name}">${versions.map(({ label }) => option(label, label === chosen))}</select>`
      : html`<input name="${name}" value="${chosen}" list="labels" required autocomplete="off" inputmode="decimal" pattern="[1-9][0-9]*([.][1-9][0-9]*)?">`
  const labels = html`<datalist id="labels">${versions.map(({ label }) => html`<option value="${label}">Version ${label}</option>`)}</datalist>
`
  const [to = "", from = to] = versions.map(({ label }) => label)
  return html`<section aria-labelledby="compare">
<h2 id="compare">Compare two versions</h2>
<form action="/privacy/diff" method="get">
<label>From ${pages === 1 ? nothing : html`version `}${field("from", from)}</label>
<label>to ${pages === 1 ? nothing : html`version `}${field("to", to)}</label>
<button type="submit">Compare</button>
</form>
${pages === 1 ? nothing : labels}</section>
`
}

function option(label: string, isChosen: boolean): Html {
  return isChosen
    ? html`<option value="${label}" selected>Version ${label}</option>`
    : html`<option value="${label}">Version ${label}</option>`
}
