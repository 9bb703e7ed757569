import { acc } from "./catalogue/acc.ts"
import { ads } from "./catalogue/ads.ts"
import { agg } from "./catalogue/agg.ts"
import { camp } from "./catalogue/camp.ts"
import { choice } from "./catalogue/choice.ts"
import { help } from "./catalogue/help.ts"
import { mail } from "./catalogue/mail.ts"
import { pay } from "./catalogue/pay.ts"
import { pol } from "./catalogue/pol.ts"
import type { Promised } from "./catalogue/promise.ts"
import { rep } from "./catalogue/rep.ts"
import { right } from "./catalogue/right.ts"
import { sec } from "./catalogue/sec.ts"
import { share } from "./catalogue/share.ts"
import { site } from "./catalogue/site.ts"
import { txt } from "./catalogue/txt.ts"
import { vox } from "./catalogue/vox.ts"

/**
 * All that Letterkeep promises, by area. A promise is open until `checks/ID.ts` proves it on a running server;
 * nothing else makes it proven.
 */
export const catalogue: readonly Promised[] = [
  ...acc,
  ...mail,
  ...vox,
  ...txt,
  ...rep,
  ...camp,
  ...site,
  ...ads,
  ...pay,
  ...share,
  ...choice,
  ...sec,
  ...pol,
  ...right,
  ...agg,
  ...help,
]
