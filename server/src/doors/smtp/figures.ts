import type { CounterSeries, Metrics } from "../../ports/metrics.ts"

/** What the door counts. No label comes from outside. */
export interface Figures {
  readonly accepted: CounterSeries
  readonly refused: CounterSeries
  readonly recipients: { readonly [kind in (typeof recipientKinds)[number]]: CounterSeries }
  readonly messages: { readonly [kind in (typeof messageKinds)[number]]: CounterSeries }
  readonly faults: CounterSeries
  readonly bytes: CounterSeries
  readonly tls: CounterSeries
}

const recipientKinds = ["local", "unknown", "not-ours", "over-quota", "busy"] as const
const messageKinds = ["kept", "refused", "later", "broken"] as const

export function declareFigures(
  metrics: Metrics,
  openNow: () => number,
  bytesInFlight: () => number,
): Figures {
  const connections = metrics.counter("letterkeep_smtp_connections_total", "Connections to the SMTP door", {
    result: ["accepted", "refused"],
  })
  const recipients = metrics.counter("letterkeep_smtp_recipients_total", "Answers to RCPT", {
    kind: recipientKinds,
  })
  const messages = metrics.counter("letterkeep_smtp_messages_total", "Messages, by what became of them", {
    kind: messageKinds,
  })
  metrics.readGauge("letterkeep_smtp_connections", "Open connections of the SMTP door", openNow)
  metrics.readGauge("letterkeep_smtp_bytes_in_flight", "Octets of messages not kept yet", bytesInFlight)
  return {
    accepted: connections.with({ result: "accepted" }),
    refused: connections.with({ result: "refused" }),
    recipients: {
      local: recipients.with({ kind: "local" }),
      unknown: recipients.with({ kind: "unknown" }),
      "not-ours": recipients.with({ kind: "not-ours" }),
      "over-quota": recipients.with({ kind: "over-quota" }),
      busy: recipients.with({ kind: "busy" }),
    },
    messages: {
      kept: messages.with({ kind: "kept" }),
      refused: messages.with({ kind: "refused" }),
      later: messages.with({ kind: "later" }),
      broken: messages.with({ kind: "broken" }),
    },
    faults: metrics
      .counter("letterkeep_smtp_faults_total", "Commands and messages that broke a rule")
      .with({}),
    bytes: metrics.counter("letterkeep_smtp_message_bytes_total", "Octets of messages that came in").with({}),
    tls: metrics.counter("letterkeep_smtp_tls_total", "Handshakes after STARTTLS that succeeded").with({}),
  }
}
