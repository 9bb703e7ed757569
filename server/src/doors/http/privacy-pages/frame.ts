import { Html, html } from "./html.ts"

/** What every page about privacy has around it: plain HTML, one stylesheet of our own, no script. */
export interface Framed {
  readonly title: string
  readonly body: Html
}

const inWords = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" })

/** UTC, as the server knows no other: "26 November 2026". */
export function dayOf(at: number): Html {
  const day = new Date(at)
  return html`<time datetime="${day.toISOString()}">${inWords.format(day)}</time>`
}

export function frame({ title, body }: Framed): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – Letterkeep</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/privacy/page.css">
</head>
<body>
<a class="skip" href="#content">To the text</a>
<header class="top">
<a class="name" href="/privacy"><img src="/favicon.svg" alt="" width="28" height="28">Letterkeep</a>
<nav aria-label="Pages about privacy">
<ul>
<li><a href="/privacy">Policy</a></li>
<li><a href="/privacy/versions">Versions</a></li>
<li><a href="/privacy/record.json">Record of processing</a></li>
<li><a href="/ledger/verify">Check your ledger</a></li>
</ul>
</nav>
</header>
<main id="content" tabindex="-1">
${body}
</main>
<footer class="foot">
<p>Everything on this page comes from this server. It sets no cookies and runs no script.</p>
</footer>
</body>
</html>
`.text
}

export const nothing = Html.of("")
