/** The figures of all sides side by side, with what the last is of the first. */
import { median } from "../measure/quantile.ts"
import type { BenchTable } from "../measure/result.ts"
import type { SideResults } from "./in-turns.ts"
import type { Measured } from "./measure.ts"
import type { Work } from "./works.ts"

export function tableOf(work: Work, sides: readonly SideResults[]): BenchTable {
  const lines: readonly (readonly [label: string, key: keyof Measured])[] = [
    [`${work.unit} a second`, "rate"],
    ["CPU seconds for 1,000", "cpu"],
    ["a command, p50 ms", "p50"],
    ["a command, p99 ms", "p99"],
    ["peak memory, MB", "memory"],
    ["octets on the wire", "octets"],
    ["client's CPU, cores", "client"],
  ]
  return {
    title: work.title,
    columns: ["", ...sides.map(({ name }) => name), ...(sides.length > 1 ? ["ratio"] : [])],
    rows: lines.map(([label, key]) => {
      const values = sides.map(({ of }) => median((of.get(work.name) ?? []).map(one => one[key])))
      const [first, last] = [values[0], values.at(-1)]
      const both = sides.length > 1 && first !== undefined && last !== undefined
      return [label, ...values, ...(both ? [`${(last / first).toFixed(2)}×`] : [])]
    }),
  }
}
