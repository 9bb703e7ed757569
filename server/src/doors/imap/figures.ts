import type { CounterSeries, Metrics } from "../../ports/metrics.ts"

/** What the door counts. No label comes from outside. */
export interface Figures {
  readonly accepted: CounterSeries
  readonly refused: CounterSeries
  readonly signIns: { readonly [result in (typeof signInResults)[number]]: CounterSeries }
  readonly answers: { readonly [kind in (typeof answerKinds)[number]]: CounterSeries }
  readonly tls: CounterSeries
  readonly compressed: CounterSeries
}

const signInResults = ["good", "wrong", "slowed", "limited"] as const
const answerKinds = ["ok", "no", "bad"] as const

export interface Gauges {
  readonly open: () => number
  readonly signedIn: () => number
  readonly bytesInFlight: () => number
}

export function declareFigures(metrics: Metrics, gauges: Gauges): Figures {
  const connections = metrics.counter("letterkeep_imap_connections_total", "Connections to the IMAP door", {
    result: ["accepted", "refused"],
  })
  const signIns = metrics.counter("letterkeep_imap_sign_ins_total", "Sign-ins, by what came of them", {
    result: signInResults,
  })
  const answers = metrics.counter("letterkeep_imap_answers_total", "Commands, by how they were answered", {
    kind: answerKinds,
  })
  metrics.readGauge("letterkeep_imap_connections", "Open connections of the IMAP door", gauges.open)
  metrics.readGauge("letterkeep_imap_signed_in", "Connections that have signed in", gauges.signedIn)
  metrics.readGauge(
    "letterkeep_imap_bytes_in_flight",
    "Octets of messages not kept yet",
    gauges.bytesInFlight,
  )
  return {
    accepted: connections.with({ result: "accepted" }),
    refused: connections.with({ result: "refused" }),
    signIns: {
      good: signIns.with({ result: "good" }),
      wrong: signIns.with({ result: "wrong" }),
      slowed: signIns.with({ result: "slowed" }),
      limited: signIns.with({ result: "limited" }),
    },
    answers: {
      ok: answers.with({ kind: "ok" }),
      no: answers.with({ kind: "no" }),
      bad: answers.with({ kind: "bad" }),
    },
    tls: metrics.counter("letterkeep_imap_tls_total", "TLS handshakes that succeeded").with({}),
    compressed: metrics.counter("letterkeep_imap_compressed_total", "Connections that compress").with({}),
  }
}
