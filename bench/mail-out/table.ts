/** The figures of all ways side by side, and what ours are of the others'. */
import { median } from "../measure/quantile.ts"
import type { BenchTable } from "../measure/result.ts"
import type { Measured, Phase, Way } from "./phases.ts"

export interface WayRounds {
  readonly way: Way
  readonly rounds: readonly Readonly<Record<Phase, Measured>>[]
}

const titles: Readonly<Record<Phase, string>> = {
  in: "Into the queue: handed in by SMTP over 20 connections",
  out: "From the queue: to the sink over 20 connections",
  through: "Both at once: from the first mail handed in to the last at the sink",
}

const names = {
  none: "unsigned",
  rsa: "RSA",
  ed25519: "Ed25519",
  both: "RSA and Ed25519",
} as const

export function tableOf(phase: Phase, all: readonly WayRounds[]): BenchTable {
  const of = ({ rounds }: WayRounds, read: (measured: Measured) => number): number =>
    median(rounds.map(round => read(round[phase])))
  return {
    title: titles[phase],
    columns: [
      "",
      "mails/s",
      "of Postfix",
      "CPU s for 1,000",
      "of Postfix",
      "p50 ms",
      "p99 ms",
      "CPU by program",
    ],
    rows: all.map(each => {
      const other = counterpart(each, all)
      const ratio = (read: (measured: Measured) => number): string =>
        other === undefined ? "" : `${(of(each, read) / of(other, read)).toFixed(2)}×`
      return [
        `${each.way.side.name}, ${names[each.way.signed]}`,
        of(each, one => one.rate),
        ratio(one => one.rate),
        of(each, one => one.cpu),
        ratio(one => one.cpu),
        of(each, one => one.p50),
        of(each, one => one.p99),
        each.way.side.trees
          .map(({ program }) => `${program} ${of(each, one => one.cpuOf[program] ?? 0).toFixed(2)}`)
          .join(", "),
      ]
    }),
  }
}

/** Unsigned beside unsigned; what is signed, however, beside OpenDKIM's RSA. */
function counterpart({ way }: WayRounds, all: readonly WayRounds[]): WayRounds | undefined {
  if (way.side.name === "Postfix") return undefined
  const signed = way.signed === "none" ? "none" : "rsa"
  return all.find(other => other.way.side.name === "Postfix" && other.way.signed === signed)
}
