import type { Listed } from "./api.ts"
import { formatTime } from "./format.ts"

interface InboxListProps {
  readonly mails: readonly Listed[]
  readonly openId: string | undefined
  readonly onOpen: (id: string) => void
}

/** Newest first, as the server lists them. */
export function InboxList({ mails, openId, onOpen }: InboxListProps) {
  return (
    <section aria-labelledby="inbox-name">
      <h2 id="inbox-name" className="section-name">
        Your mail <span className="count">{mails.length}</span>
      </h2>
      <ul className="inbox">
        {mails.map(mail => (
          <li key={mail.id}>
            <button
              type="button"
              onClick={() => onOpen(mail.id)}
              aria-current={mail.id === openId ? "true" : undefined}
            >
              <span className="inbox-from">{mail.from.name === "" ? mail.from.address : mail.from.name}</span>
              <span className="inbox-subject">{mail.subject === "" ? "(no subject)" : mail.subject}</span>
              <span className="inbox-time">{formatTime(mail.receivedAt)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
