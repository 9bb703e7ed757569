import type { CounterSeries, Metrics } from "../../ports/metrics.ts"

/** What the door counts. No label comes from outside. */
export interface Figures {
  readonly accepted: CounterSeries
  readonly refused: CounterSeries
  readonly signIns: { readonly [result in (typeof signInResults)[number]]: CounterSeries }
  readonly retrieved: CounterSeries
  readonly deleted: CounterSeries
  readonly tls: CounterSeries
}

const signInResults = ["good", "wrong", "slowed", "in-use"] as const

export function declareFigures(metrics: Metrics, open: () => number): Figures {
  const connections = metrics.counter("letterkeep_pop3_connections_total", "Connections to the POP3 door", {
    result: ["accepted", "refused"],
  })
  const signIns = metrics.counter("letterkeep_pop3_sign_ins_total", "Sign-ins, by what came of them", {
    result: signInResults,
  })
  const messages = metrics.counter("letterkeep_pop3_messages_total", "Messages, by what was done with them", {
    what: ["retrieved", "deleted"],
  })
  metrics.readGauge("letterkeep_pop3_connections", "Open connections of the POP3 door", open)
  return {
    accepted: connections.with({ result: "accepted" }),
    refused: connections.with({ result: "refused" }),
    signIns: {
      good: signIns.with({ result: "good" }),
      wrong: signIns.with({ result: "wrong" }),
      slowed: signIns.with({ result: "slowed" }),
      "in-use": signIns.with({ result: "in-use" }),
    },
    retrieved: messages.with({ what: "retrieved" }),
    deleted: messages.with({ what: "deleted" }),
    tls: metrics.counter("letterkeep_pop3_tls_total", "TLS handshakes that succeeded").with({}),
  }
}
