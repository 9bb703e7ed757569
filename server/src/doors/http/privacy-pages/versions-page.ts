import type { PublishedVersion } from "../../../privacy/policy/index.ts"
import { dayOf, frame, nothing } from "./frame.ts"
import { type Html, html } from "./html.ts"

/** All versions that were published, newest first, and a form that compares any two. */
export function versionsPage(versions: readonly PublishedVersion[]): string {
  const body = html`<h1>Versions of the policy</h1>
<p class="when">Newest first. A number with a dot is the same rules with other settings of the operator.</p>
<ul class="versions">
${versions.map((version, index) => line(version, versions[index + 1]?.label))}</ul>
${versions.length > 1 ? compareForm(versions) : nothing}`
  return frame({ title: "Versions of the policy", body })
}

function line({ label, publishedAt, sha256 }: PublishedVersion, before: string | undefined): Html {
  const compare =
    before === undefined
      ? nothing
      : html` <a href="/privacy/diff?from=${before}&amp;to=${label}">What changed from ${before}</a>`
  return html`<li><p><a href="/privacy/versions/${label}">Version ${label}</a>, in effect since ${dayOf(publishedAt)}.${compare}</p>
<p class="hash">SHA-256 <code>${sha256}</code></p></li>
`
}

function compareForm(versions: readonly PublishedVersion[]): Html {
  const choice = (chosen: number) =>
    versions.map(({ label }, index) =>
      index === chosen
        ? html`<option value="${label}" selected>Version ${label}</option>`
        : html`<option value="${label}">Version ${label}</option>`,
    )
  return html`<section aria-labelledby="compare">
<h2 id="compare">Compare two versions</h2>
<form action="/privacy/diff" method="get">
<label>From <select name="from">${choice(1)}</select></label>
<label>to <select name="to">${choice(0)}</select></label>
<button type="submit">Compare</button>
</form>
</section>
`
}
