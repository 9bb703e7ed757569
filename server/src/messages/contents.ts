import type { Store } from "../store/index.ts"
import type { MailParts } from "./open-mail.ts"
import type { SealedIndex } from "./sealed-index/index.ts"
import { createSearch } from "./search/search.ts"

/** What of a session's mail comes from the sealed index: summaries, and the search that looks into bodies too. */
export function createContents(
  store: Pick<Store, "ask" | "sql">,
  sealed: Pick<SealedIndex, "forSession">,
): MailParts["contents"] {
  return (session, mail) => {
    const index = sealed.forSession(session)
    return {
      summaries: (emails, bodies) => index.summaries(emails, bodies),
      search: createSearch({ store, account: session.account, index, mail }),
    }
  }
}
