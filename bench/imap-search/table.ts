/** The figures of all sides, and whether they found the same. */
import { quantile } from "../measure/quantile.ts"
import type { BenchTable } from "../measure/result.ts"
import type { SideResult } from "./index.ts"

export function fillTable(results: readonly SideResult[]): BenchTable {
  return {
    title: "Filling by MULTIAPPEND",
    columns: ["", ...results.map(({ name }) => name)],
    rows: [
      ["messages a second", ...results.map(({ filled }) => filled.rate)],
      ["seconds until it rests, indexes made", ...results.map(({ filled }) => filled.after)],
      ["CPU seconds for 1,000, indexes made", ...results.map(({ filled }) => filled.cpu)],
      ["peak memory, MB", ...results.map(({ filled }) => filled.peak)],
      ["memory at rest, MB", ...results.map(({ filled }) => filled.rest)],
    ],
  }
}

export function tablesOf(results: readonly SideResult[]): readonly BenchTable[] {
  const [first] = results
  return (first?.searched ?? []).map(({ kind }) => ({
    title: `${kind.title}: ${kind.queries[0]}`,
    columns: ["", "fresh p50", "fresh p95", "warm p50", "warm p95", "CPU s", "memory MB", "found", "queries"],
    rows: results.flatMap(({ name, searched }) =>
      searched
        .filter(one => one.kind.name === kind.name)
        .map(({ fresh, warm, found, cpu, memory }) => [
          name,
          ...[quantile(fresh, 0.5), quantile(fresh, 0.95), quantile(warm, 0.5), quantile(warm, 0.95)],
          ...[cpu, memory, quantile(found.map(countOf), 0.5), fresh.length],
        ]),
    ),
  }))
}

function countOf(uids: string): number {
  return uids === "" ? 0 : uids.split(" ").length
}

/**
 * Sentences about answers that differ. Dovecot without an index reads every message: where Letterkeep finds something
 * else, the bench is none. An index for searches may leave something out by its design.
 */
export function compareAnswers(results: readonly SideResult[]): readonly string[] {
  const exact =
    results.find(({ name }) => name === "Dovecot") ?? results.find(({ name }) => name === "Letterkeep")
  const others = results.filter(one => one !== exact)
  return others.map(({ name, searched }) => {
    let asked = 0
    const wrong: string[] = []
    for (const { kind, found } of searched) {
      const right = exact?.searched.find(one => one.kind.name === kind.name)
      for (const [no, uids] of (right?.found ?? []).entries()) {
        if (found[no] === undefined) continue
        asked += 1
        if (!sameUids(found[no], uids)) wrong.push(kind.queries[no] ?? "")
      }
    }
    if (wrong.length > 0 && exact?.name === "Dovecot" && name === "Letterkeep")
      throw new Error(`Letterkeep and Dovecot find different messages: ${wrong.join("; ")}`)
    return `${name} found what ${exact?.name} found in ${asked - wrong.length} of ${asked} queries that both were asked.`
  })
}

/** A server may give them in any order. */
function sameUids(one: string, other: string): boolean {
  const sorted = (uids: string) =>
    uids
      .split(" ")
      .map(Number)
      .sort((a, b) => a - b)
      .join(" ")
  return one === other || sorted(one) === sorted(other)
}
