/** A trace for people, a line for each entry. */
import type { TraceEntry } from "./run.ts"

export function traceText(trace: readonly TraceEntry[]): string {
  return trace.map(lineOf).join("\n")
}

function lineOf(entry: TraceEntry): string {
  const place = entry.at === undefined ? "end" : `line ${entry.at.line}`
  if (entry.kind === "note") return `${place}: ${entry.text}`
  const why = entry.why === "" ? "" : ` (${entry.why})`
  return `${place}: ${entry.said}: ${entry.yes ? "yes" : "no"}${why}`
}
