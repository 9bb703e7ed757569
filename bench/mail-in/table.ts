/** The figures of all sides side by side, with what the last is of the first. */
import { median } from "../measure/quantile.ts"
import type { BenchTable } from "../measure/result.ts"
import type { SideRounds } from "./in-turns.ts"
import type { Measured } from "./measure.ts"

const LINES: readonly (readonly [label: string, key: Exclude<keyof Measured, "cpuOf">])[] = [
  ["delivered a second", "rate"],
  ["answered 250 a second", "acceptedRate"],
  ["CPU seconds for 1,000", "cpu"],
  ["to the 250, p50 ms", "p50"],
  ["to the 250, p99 ms", "p99"],
  ["peak memory, MB", "memory"],
  ["generator's CPU s for 1,000", "generatorCpu"],
]

/** The last of the sides is compared with the one before. */
export function tableOf(title: string, sides: readonly SideRounds[]): BenchTable {
  const row = (label: string, values: readonly number[]): (string | number)[] => {
    const [before, last] = values
    return [
      label,
      ...values,
      ...(before === undefined || last === undefined ? [] : [`${(last / before).toFixed(2)}×`]),
    ]
  }
  const first = LINES.filter(([, key]) => key !== "memory" && key !== "generatorCpu")
  return {
    title,
    columns: ["", ...sides.map(side => side.name), ...(sides.length > 1 ? ["ratio"] : [])],
    rows: [
      ...LINES.map(([label, key]) =>
        row(
          label,
          sides.map(side => median(side.later.map(one => one[key]))),
        ),
      ),
      ...first.map(([label, key]) =>
        row(
          `first message: ${label}`,
          sides.map(side => side.first[key]),
        ),
      ),
    ],
  }
}

/** Where the CPU of each side goes, seconds for 1,000 messages. */
export function programsOf(title: string, sides: readonly SideRounds[]): BenchTable {
  return {
    title: `${title}: CPU seconds for 1,000 by program`,
    columns: ["", "first message", "later ones"],
    rows: sides.flatMap(({ first, later }) =>
      Object.keys(first.cpuOf).map(program => [
        program,
        first.cpuOf[program] ?? 0,
        median(later.map(one => one.cpuOf[program] ?? 0)),
      ]),
    ),
  }
}
