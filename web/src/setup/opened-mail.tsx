import type { Correspondent, OpenedMail } from "./api.ts"
import { formatBytes, formatTime } from "./format.ts"

/** One mail, opened: what it says, why it was let in, and for those who ask, its figures. */
export function OpenedMailCard({ mail }: { readonly mail: OpenedMail }) {
  const { facts, verdict } = mail
  return (
    <article className="mail" aria-label={`Mail: ${mail.subject}`}>
      <header>
        <h2>{mail.subject === "" ? "(no subject)" : mail.subject}</h2>
        <dl className="mail-heads">
          <dt>From</dt>
          <dd>{spell(mail.from)}</dd>
          <dt>To</dt>
          <dd>{mail.to.map(spell).join(", ")}</dd>
          <dt>Came in</dt>
          <dd>{formatTime(mail.receivedAt)}</dd>
        </dl>
      </header>
      <div className="mail-text">{mail.text}</div>
      <section className="verdict" data-verdict={verdict.kind} aria-label="Verdict">
        <h3>{verdict.kind === "junk" ? "Put into Junk, because" : "Let in, because"}</h3>
        <ul>
          {verdict.reasons.map(reason => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      </section>
      <details>
        <summary>Technical facts</summary>
        <dl className="facts">
          <dt>Size as it came in</dt>
          <dd>{formatBytes(facts.size)}</dd>
          <dt>Sealed on disk</dt>
          <dd>{formatBytes(facts.sealedBytes)}</dd>
          <dt>Mailbox</dt>
          <dd>{mail.mailbox}</dd>
          {facts.more.map(({ name, value }) => (
            <div key={name} className="fact-pair">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </article>
  )
}

function spell({ name, address }: Correspondent): string {
  return name === "" ? address : `${name} <${address}>`
}
