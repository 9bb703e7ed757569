import type { AlteredVersion } from "../../../privacy/policy/index.ts"
import { frame } from "./frame.ts"
import { html } from "./html.ts"

/** In the place of a version that somebody altered in the database: what it said is not shown, and that is said. */
export function alteredPage({ label }: AlteredVersion): string {
  const body = html`<h1>Version ${label} was altered</h1>
<p class="signal" role="alert">Somebody changed version ${label} of the privacy policy in this server's database after it was published. What stands there now is not what was published, so it is not shown.</p>
<p>The <a href="/ledger/checkpoint">ledger</a> still has the checksum of what was published. Whoever kept the text can show by it what it said. <a href="/privacy/versions">All versions</a>.</p>
`
  return frame({ title: `Version ${label} of the policy was altered`, body })
}
