import type { CounterSeries, Metrics } from "../../ports/metrics.ts"

/** What a door counts, whoever comes through it. No label comes from outside. */
export interface Figures {
  readonly accepted: CounterSeries
  readonly refused: CounterSeries
  readonly messages: { readonly [kind in (typeof messageKinds)[number]]: CounterSeries }
  readonly faults: CounterSeries
  readonly bytes: CounterSeries
  readonly tls: CounterSeries
}

export interface MailExchangeFigures extends Figures {
  readonly recipients: { readonly [kind in (typeof recipientKinds)[number]]: CounterSeries }
}

export interface SubmissionFigures extends Figures {
  readonly signIns: { readonly [result in (typeof signInResults)[number]]: CounterSeries }
  readonly senders: { readonly [kind in (typeof senderKinds)[number]]: CounterSeries }
  readonly recipients: { readonly [kind in (typeof toKinds)[number]]: CounterSeries }
}

export interface Gauges {
  readonly open: () => number
  readonly bytesInFlight: () => number
}

const messageKinds = ["kept", "refused", "later", "broken"] as const
const recipientKinds = ["local", "unknown", "not-ours", "over-quota", "busy"] as const
const signInResults = ["good", "wrong", "slowed", "limited"] as const
const senderKinds = ["yours", "not-yours", "over-limit", "busy"] as const
const toKinds = ["taken", "unknown", "no-domain", "over-quota", "over-limit", "busy"] as const

export function declareMailExchangeFigures(metrics: Metrics, gauges: Gauges): MailExchangeFigures {
  const recipients = metrics.counter("letterkeep_smtp_recipients_total", "Answers to RCPT", {
    kind: recipientKinds,
  })
  return {
    ...declareFigures(metrics, gauges, "letterkeep_smtp", "SMTP door"),
    recipients: {
      local: recipients.with({ kind: "local" }),
      unknown: recipients.with({ kind: "unknown" }),
      "not-ours": recipients.with({ kind: "not-ours" }),
      "over-quota": recipients.with({ kind: "over-quota" }),
      busy: recipients.with({ kind: "busy" }),
    },
  }
}

export function declareSubmissionFigures(
  metrics: Metrics,
  gauges: Gauges & { readonly signedIn: () => number },
): SubmissionFigures {
  const prefix = "letterkeep_submission"
  const signIns = metrics.counter(`${prefix}_sign_ins_total`, "Sign-ins to send, by what came of them", {
    result: signInResults,
  })
  const senders = metrics.counter(`${prefix}_senders_total`, "Answers to MAIL", { kind: senderKinds })
  const recipients = metrics.counter(`${prefix}_recipients_total`, "Answers to RCPT", { kind: toKinds })
  metrics.readGauge(`${prefix}_signed_in`, "Connections that have signed in to send", gauges.signedIn)
  return {
    ...declareFigures(metrics, gauges, prefix, "submission door"),
    signIns: {
      good: signIns.with({ result: "good" }),
      wrong: signIns.with({ result: "wrong" }),
      slowed: signIns.with({ result: "slowed" }),
      limited: signIns.with({ result: "limited" }),
    },
    senders: {
      yours: senders.with({ kind: "yours" }),
      "not-yours": senders.with({ kind: "not-yours" }),
      "over-limit": senders.with({ kind: "over-limit" }),
      busy: senders.with({ kind: "busy" }),
    },
    recipients: {
      taken: recipients.with({ kind: "taken" }),
      unknown: recipients.with({ kind: "unknown" }),
      "no-domain": recipients.with({ kind: "no-domain" }),
      "over-quota": recipients.with({ kind: "over-quota" }),
      "over-limit": recipients.with({ kind: "over-limit" }),
      busy: recipients.with({ kind: "busy" }),
    },
  }
}

function declareFigures(metrics: Metrics, gauges: Gauges, prefix: string, door: string): Figures {
  const connections = metrics.counter(`${prefix}_connections_total`, `Connections to the ${door}`, {
    result: ["accepted", "refused"],
  })
  const messages = metrics.counter(`${prefix}_messages_total`, "Messages, by what became of them", {
    kind: messageKinds,
  })
  metrics.readGauge(`${prefix}_connections`, `Open connections of the ${door}`, gauges.open)
  metrics.readGauge(`${prefix}_bytes_in_flight`, "Octets of messages not kept yet", gauges.bytesInFlight)
  return {
    accepted: connections.with({ result: "accepted" }),
    refused: connections.with({ result: "refused" }),
    messages: {
      kept: messages.with({ kind: "kept" }),
      refused: messages.with({ kind: "refused" }),
      later: messages.with({ kind: "later" }),
      broken: messages.with({ kind: "broken" }),
    },
    faults: metrics.counter(`${prefix}_faults_total`, "Commands and messages that broke a rule").with({}),
    bytes: metrics.counter(`${prefix}_message_bytes_total`, "Octets of messages that came in").with({}),
    tls: metrics.counter(`${prefix}_tls_total`, "TLS handshakes that succeeded").with({}),
  }
}
